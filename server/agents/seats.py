"""Agents' seats: the status they choose, what admins change of them, and who is told of it."""

from dataclasses import dataclass
from typing import Any

from server.core.clock import Clock
from server.core.errors import Invalid
from server.core.identity import Identity
from server.core.signals import Signals
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers, shown_seat
from server.schemas.render import listing
from store.chats import Chats
from store.records import Person, Seat
from store.seats import Seats, SeatSettings


@dataclass(frozen=True)
class AgentPresence:
    """`announcer` tells everybody, or those who are connected here."""

    chats: Chats
    announcer: Announcer
    clock: Clock

    async def tell(self, seat: Seat) -> None:
        """As it is now, to all agents and admins, and to the customers it serves."""
        self.announcer.agent_presence(seat, await self.chats.unended_of(seat.id), self.clock.now())


@dataclass(frozen=True)
class Seating:
    seats: Seats
    serializers: Serializers
    presence: AgentPresence
    signals: Signals
    default_seats: int

    async def ensure(self, who: Identity) -> None:
        """A seat for an account whose making was cut off before it."""
        if await self.seats.find(who.id) is None:
            await self.seats.open(who.id, self.default_seats, [])

    async def choose(self, who: Identity, status: str, max_chats: int | None) -> dict[str, Any]:
        """The status the agent chooses, kept until it chooses another; whoever waits is served if a seat got free.

        Raises Invalid for more seats than an admin gave it.
        """
        seat = await self.seats.choose_if_allowed(who.id, status, max_chats)
        if seat is None:
            raise await self._too_many(who)
        await self.tell(who.id)
        return {"seat": shown_seat(seat, who.person)}

    async def _too_many(self, who: Identity) -> Exception:
        seat = await self.seats.find(who.id)
        if seat is None:
            return RuntimeError(f"agent {who.id} is connected and has no seat")
        most = f"Your seats: 0 to {seat.max_allowed}. An admin can give you more."
        return Invalid("an admin gave you fewer seats than this", fields={"max_chats": [most]})

    async def seat(self, who: Identity) -> dict[str, Any] | None:
        seat = await self.seats.find(who.id)
        return shown_seat(seat, who.person) if seat else None

    async def listed(self) -> dict[str, Any]:
        """All seats of agents who are not disabled."""
        return listing(await self.serializers.seats())

    async def tell(self, agent_id: str) -> None:
        """Presence as it is now, to those concerned; whoever waits is served or hears another reason."""
        seat = await self.seats.find(agent_id)
        if seat:
            await self.presence.tell(seat)
        self.signals.capacity_changed.emit()


@dataclass(frozen=True)
class SeatChanges:
    seats: SeatSettings
    presence: AgentPresence
    announcer: Announcer
    signals: Signals

    async def arrange(self, agent: Person, max_chats: int | None, departments: list[str] | None) -> Seat | None:
        """Another number of chats, other departments; None leaves one as it is. Whoever fits now is served."""
        seat = await self.seats.arrange(agent.id, max_chats, departments)
        await self._tell(seat)
        return seat

    async def retire(self, agent: Person) -> Seat | None:
        """Offline, whatever the agent chose: it takes no chat until those it has returned (DisconnectGrace.empty)."""
        seat = await self.seats.retire(agent.id)
        if seat:
            self.announcer.own_seat(seat, agent)
        await self._tell(seat)
        return seat

    async def take_department_beside(self, before: str, now: str) -> None:
        """Who serves the department `before` serves `now`, too."""
        await self.seats.add_department_beside(before, now)

    async def leave_department_beside(self, before: str, now: str) -> None:
        """Who serves both serves `now` only."""
        for agent_id in await self.seats.drop_department_beside(before, now):
            self.announcer.seat(agent_id)

    async def _tell(self, seat: Seat | None) -> None:
        if seat:
            await self.presence.tell(seat)
            self.signals.capacity_changed.emit()
