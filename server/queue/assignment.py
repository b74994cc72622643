"""Who waits gets an agent: take the seat, claim the chat, else give the seat back. Never two agents, never over seats."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.chat.access import NOT_YOURS, Access
from server.chat.timers import ChatTimers, GracePeriods
from server.core.clock import Clock
from server.core.coalesce import Coalesced
from server.core.errors import Conflict, NotFound
from server.core.identity import Identity, public
from server.departments.walls import DepartmentWalls
from server.queue import routing
from server.queue.events import PendingEvents
from server.queue.positions import QueuePositions
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers
from store.people import People
from store.queue import Queue
from store.records import Chat, Person
from store.seats import Seats


@dataclass(frozen=True)
class Assigner:
    queue: Queue
    seats: Seats
    people: People
    pending_events: PendingEvents
    announcer: Announcer
    timers: ChatTimers
    graces: GracePeriods
    clock: Clock

    async def open(self, chat: Chat, agent_id: str, because: dict[str, Any], *, by_hand: bool = False) -> bool | None:
        """Opens a waiting chat for this agent. None: no seat is free; False: the chat did not wait any more."""
        if not await self.pending_events.catch_up(chat):
            return False
        now = self.clock.now()
        agent = (await self.people.by_ids([agent_id]))[agent_id]
        if not await self._take_seat(chat, agent, now, by_hand=by_hand):
            return None
        event = {"event": "opened", "agent": public(agent), "because": because["rule"]}
        looks = {} if chat.offline else {**self.timers.first_looks(now), "away_at": self.graces.away_at(now)}
        claimed = await self.queue.claim_if_queued(
            chat.id, agent_id, now, because, event, offline=chat.offline, department=chat.department, **looks
        )
        if claimed is None:
            await self._give_back(agent_id, chat)
            return False
        return await self.pending_events.tell(claimed)

    async def hand_over(self, chat: Chat, to_agent: str, because: dict[str, Any]) -> bool | None:
        """Gives an open chat to a colleague. None: no seat is free there; False: it was not its agent's any more."""
        if not await self.pending_events.catch_up(chat):
            return False
        now, from_agent = self.clock.now(), str(chat.agent_id)
        people = await self.people.by_ids([from_agent, to_agent])
        if not await self._take_seat(chat, people[to_agent], now):
            return None
        event = {"event": "transferred", "from": public(people[from_agent]), "to": public(people[to_agent])}
        reply_at = None if chat.offline else self.timers.first_looks(now)["reply_at"]
        moved = await self.queue.hand_over_if_held(chat, to_agent, now, because, event, reply_at=reply_at)
        if moved is None:
            await self._give_back(to_agent, chat)
            return False
        await self.seats.give_back(from_agent, chat.id)
        return await self.pending_events.tell(moved)

    async def _give_back(self, agent_id: str, chat: Chat) -> None:
        """The seat was taken for nothing; its agent may have been told so meanwhile."""
        await self.seats.give_back(agent_id, chat.id)
        self.announcer.seat(agent_id)

    async def _take_seat(self, chat: Chat, agent: Person, now: datetime, *, by_hand: bool = False) -> bool:
        if chat.offline or agent.disabled:
            return not agent.disabled
        take = self.seats.take_by_hand if by_hand else self.seats.take
        return await take(agent.id, chat.id, now)


class Assignment:
    def __init__(self, queue: Queue, seats: Seats, assigner: Assigner, positions: QueuePositions) -> None:
        self._queue = queue
        self._seats = seats
        self._assigner = assigner
        self._positions = positions
        self._one_at_a_time = asyncio.Lock()  # not for correctness: racers would only take seats to give them back
        self._soon = Coalesced("assignment", 0, self._fill_and_tell)

    def wake(self) -> None:
        """Seats or queue changed: those who wait are served, or hear their place, without holding up the caller."""
        self._soon.poke()

    async def stop(self) -> None:
        await self._soon.stop()

    async def fill(self, within: float | None = None) -> None:
        """Gives chats to free seats until either is used up; after `within` seconds the rest is left to `wake`."""
        try:
            async with asyncio.timeout(within) as limit:
                await self._one_at_a_time.acquire()
        except TimeoutError:
            self.wake()
            return
        try:
            await self._give(limit.when())
        finally:
            self._one_at_a_time.release()

    async def _give(self, until: float | None) -> None:
        """`until`, by the loop's clock, is asked between two chats: cut off in its middle, a giving leaks a seat."""
        passed_over: set[str] = set()
        while await self._give_next(passed_over):
            self._positions.changed()
            if until is not None and asyncio.get_running_loop().time() >= until:
                self.wake()
                return

    async def overlooked(self) -> str | None:
        """A chat that waits while a fitting seat is free; None, as it should be."""
        free = await self._seats.free()
        chat = await self._queue.next(routing.departments_of(free)) if free else None
        return chat.id if chat and routing.choose_agent(free, chat) else None

    async def could_serve(self, department: str | None) -> bool:
        """Whether a seat is free for a chat of this department."""
        return any(seat.serves(department) for seat in await self._seats.free())

    async def _fill_and_tell(self) -> None:
        await self.fill()
        self._positions.changed()

    async def _give_next(self, passed_over: set[str]) -> bool:
        """One try; whether another one may succeed.

        A chat that every fitting seat holds already (a crash or an outage between two writes) is passed over: it must not
        hold up those behind it until the reconciler comes.
        """
        free = await self._seats.free()
        chat = await self._queue.next(routing.departments_of(free), but=passed_over) if free else None
        if chat is None:
            return False
        choice = routing.choose_agent(free, chat)
        if choice:
            await self._assigner.open(chat, choice.agent_id, choice.because)
        else:
            passed_over.add(chat.id)
        return True


FILL_SECONDS = 1.0  # an agent waits no longer for what is being given just now


@dataclass(frozen=True)
class Picking:
    access: Access
    assigner: Assigner
    assignment: Assignment
    seats: Seats
    walls: DepartmentWalls
    serializers: Serializers

    async def take(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """The chat, now this agent's; again by its holder: the same. Raises NotFound, Conflict."""
        chat = await self.access.any_chat(chat_id)
        if chat.status != "open" or chat.agent_id != who.id:
            if await self.walls.hide(who, chat.department):
                raise NotFound(NOT_YOURS)
            seat = await self.seats.find(who.id)
            because = routing.because("picked", [seat] if seat else [])
            taken = await self.assigner.open(chat, who.id, because, by_hand=True)
            self.assignment.wake()  # also when it failed: for a moment its seat looked taken to somebody who came
            if not taken and await self._has_got(who, chat_id):
                taken = True
            if taken is None:
                raise Conflict("no seat is free: end a chat or raise your number of chats")
            if not taken:
                raise Conflict("somebody else has this chat, or it is over")
        return {"chat": await self.serializers.chat(chat_id, "agent")}

    async def _has_got(self, who: Identity, chat_id: str) -> bool:
        """Whether the assignment was just giving this agent the chat that it picked."""
        await self.assignment.fill(FILL_SECONDS)
        chat = await self.access.any_chat(chat_id)
        return chat.status == "open" and chat.agent_id == who.id
