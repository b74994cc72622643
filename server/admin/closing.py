"""Accounts that are closed: disabled for a while, or deleted when somebody leaves for good."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.agents.seats import SeatChanges
from server.core.clock import Clock
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.core.identity import Identity
from server.people.audit import Audit
from server.people.sessions import SessionRevoker
from server.people.step_up import StepUp
from server.queue import routing
from server.queue.assignment import Assigner
from server.queue.disconnects import DisconnectGrace
from server.queue.left_messages import LeftMessages
from store.chats import Chats
from store.credentials import AccountStates
from store.invitations import Invitations
from store.people import STAFF, People
from store.records import Person, Seat
from store.seats import Seats
from store.second_factors import SecondFactors


@dataclass(frozen=True)
class AccountClosing:
    states: AccountStates
    seat_changes: SeatChanges
    chats: Chats
    assigner: Assigner
    session_revoker: SessionRevoker
    left: LeftMessages
    disconnects: DisconnectGrace
    invitations: Invitations
    audit: Audit
    clock: Clock

    async def disable(self, who: Identity, person: Person) -> None:
        """Out at once; what it has waits for others. Raises Conflict for the last admin who can log in."""
        if await self.shut_out(person):
            await self.audit.note(who.id, "user_disabled", person.id)
            await self.empty(who, person)

    async def shut_out(self, person: Person) -> bool:
        """No session of it counts any more; whether it was enabled.

        Two admins who do this to each other at once may both hear Conflict; one admin is always left.
        """
        was_enabled = await self.states.disable_if_enabled(person.id, self.clock.now())
        if was_enabled:
            await self._closed(person, self.states.enable_if_disabled)
        return was_enabled

    async def let_go(self, person: Person) -> None:
        """As `shut_out`, and nobody enables it again. Also of one who is disabled already."""
        was_enabled = await self.states.leave(person.id, self.clock.now())
        await self._closed(person, self.states.stay if was_enabled else None)

    async def _closed(self, person: Person, undo: Callable[[str], Awaitable[object]] | None) -> None:
        if person.role == "admin" and not await self.states.has_enabled("admin"):
            if undo:
                await undo(person.id)
            raise Conflict("this is the last admin who can log in")
        await self.invitations.remove_all_by(person.id)

    async def empty(self, who: Identity, person: Person, to: Seat | None = None) -> None:
        """Its chats go to this agent as far as seats are free, the rest back into the line. Again: what is left of them."""
        if person.role == "agent":
            if to:
                await self._hand_over(who, person, to)
            await self.seat_changes.retire(person)
        await self.session_revoker.close_person(person.id)
        if person.role == "agent":  # with no connection left: nothing it asks for comes in between
            await self.disconnects.empty(person.id)
            await self.left.queue_those_of(person.id)

    async def _hand_over(self, who: Identity, person: Person, to: Seat) -> None:
        because = routing.because("assigned_by_admin", [to], by=who.id)
        for chat in await self.chats.unended_of(person.id):
            if chat.status == "open" and chat.agent_id == person.id and not chat.offline:
                await self.assigner.hand_over(chat, to.id, because)


@dataclass(frozen=True)
class Departures:
    """Each step may be made again: after a crash the account is there, disabled, and is deleted by asking once more.

    It is not enabled again meanwhile, and keeps its second factor for as long as it is an account.
    """

    people: People
    states: AccountStates
    seats: Seats
    second_factors: SecondFactors
    closing: AccountClosing
    step_up: StepUp
    audit: Audit
    clock: Clock

    async def delete(self, who: Identity, person_id: str, to: str | None, password: str) -> dict[str, str]:
        """The account of one who leaves for good. Its name stays with what it wrote; its user name is free again.

        Again: answers as the first time. Raises NotFound, Forbidden for oneself, Invalid for a wrong password or for `to` that
        is no other agent, Conflict for the last admin.
        """
        person = await self.people.find(person_id)
        if person is None or person.role not in STAFF:
            raise NotFound("there is no colleague with this id")
        if person.id == who.id:
            raise Forbidden("you cannot delete yourself: another admin can")
        heir = await self._heir(person, to)
        await self.step_up.require(who, password)
        if person.deleted_at:
            await self._clear(person.id)  # a crash may have come before it
            return {}
        await self.closing.let_go(person)
        await self.closing.empty(who, person, heir)
        if await self.states.bury_if_leaving(person.id, self.clock.now()):
            await self.audit.note(who.id, "user_deleted", person.id, role=person.role, to=to)
        await self._clear(person.id)
        return {}

    async def _clear(self, person_id: str) -> None:
        """What only a buried account has no need of. Raises Conflict when it was not buried."""
        person = await self.people.find(person_id)
        if person is None or person.deleted_at is None:
            raise Conflict("this account was changed by somebody else meanwhile: look at it, and delete it again")
        await self.second_factors.drop(person_id)
        await self.seats.remove(person_id)

    async def _heir(self, person: Person, to: str | None) -> Seat | None:
        if to is None:
            return None
        heir, seat = await self.people.find(to), await self.seats.find(to)
        if heir is None or seat is None or heir.disabled or heir.id == person.id:
            raise Invalid.of_field("to", "to: another agent, who is not disabled")
        return seat
