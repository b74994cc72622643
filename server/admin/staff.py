"""The people of the desk as admins see and change them. Whoever is disabled is out at once."""

from dataclasses import dataclass, replace
from typing import Any

from server.admin.closing import AccountClosing
from server.agents.seats import SeatChanges
from server.core.clock import Clock
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.core.identity import Identity
from server.people import password_rules, passwords
from server.people.accounts import Accounts
from server.people.audit import Audit
from server.people.sessions import SessionRevoker
from server.people.step_up import StepUp
from server.realtime import rooms
from server.realtime.rooms import Rooms
from server.realtime.serializers import shown_seat
from server.schemas.admin import CreateAgent, UpdateUser
from server.schemas.customers import STAYS
from server.schemas.people import Account
from server.schemas.render import listing, render
from store.credentials import AccountStates, Credentials
from store.errors import Conflict as StoreConflict
from store.mail.addresses import MailAddresses
from store.people import STAFF, People
from store.records import Person, Seat
from store.seats import Seats
from store.second_factors import SecondFactors


@dataclass(frozen=True)
class Staff:
    people: People
    seats: Seats
    second_factors: SecondFactors
    accounts: Accounts
    audit: Audit

    async def listed(self, role: str | None, page: int, page_size: int) -> dict[str, Any]:
        """People of this role, without one admins and agents; the newest first."""
        count, people = await self.people.page([role] if role else list(STAFF), page, page_size)
        seats = {seat.id: seat for seat in await self.seats.all()}
        confirmed = await self.second_factors.confirmed_among([person.id for person in people])
        results = [
            {
                **account(person),
                "second_factor": person.id in confirmed,
                "seat": seat_of(seats.get(person.id), person),
            }
            for person in people
        ]
        return listing(results, count)

    async def create_agent(self, who: Identity, given: CreateAgent) -> dict[str, Any]:
        """A new agent: {user, seat, password}; password is the one invented where none was given, shown this once.

        The same client_id again: the agent made then, password null. Raises Conflict for a taken user name, Invalid.
        """
        invented = None if given.password else passwords.invent()
        made_with = f"{who.id} {given.client_id}" if given.client_id else None
        try:
            number = await self.people.next_id("agent")
            agent = await self.accounts.create_agent(
                number,
                given.username,
                given.password or invented or "",
                name=given.name,
                departments=given.departments,
                max_chats=given.max_chats,
                made_with=made_with,
                first_password=True,
                email=given.email,
            )
            await self.audit.note(who.id, "agent_created", agent.id)
        except StoreConflict:
            found = await self.people.by_username(given.username)
            if found is None or made_with is None or found.made_with != made_with:
                raise
            agent, invented = found, None
            await self.accounts.open_seat(agent.id, given.max_chats, given.departments)  # if it was cut off there
        seat = await self.seats.find(agent.id)
        return {"user": account(agent), "seat": seat_of(seat, agent), "password": invented}


def account(person: Person) -> dict[str, Any]:
    """The User, and what only admins see of it."""
    is_out = bool(person.disabled)
    return render(Account, person, email=person.email, attributes=person.attributes, disabled=is_out)


def seat_of(seat: Seat | None, person: Person) -> dict[str, Any] | None:
    return shown_seat(seat, person) if seat else None


@dataclass(frozen=True)
class StaffChanges:
    people: People
    credentials: Credentials
    states: AccountStates
    seat_changes: SeatChanges
    closing: AccountClosing
    session_revoker: SessionRevoker
    rooms: Rooms
    step_up: StepUp
    addresses: MailAddresses
    audit: Audit
    clock: Clock

    async def update(self, who: Identity, given: UpdateUser) -> dict[str, Any]:
        """Changes what is given, leaves the rest: {user, seat}.

        Raises NotFound; Invalid for seats of one who is no agent, a password of one who has none or without the admin's own
        beside it; Forbidden for disabling oneself or setting one's own password; Conflict for disabling the last enabled admin,
        or enabling one who is being deleted.
        """
        person = await self.people.find(given.id)
        if person is None or person.deleted_at:
            raise NotFound("there is nobody with this id")
        _check(who, person, given)
        if given.password is not None:
            await self.step_up.require(who, given.own_password, "own_password")
            await password_rules.check(given.password, str(person.username), person.name)
        if given.disabled is not None:
            await (self.closing.disable(who, person) if given.disabled else self._enable(who, person))
        if given.password is not None:
            await self._set_password(who, person, given.password)
        if given.name is not None and given.name != person.name:
            await self._rename(who, person, given.name)
        if given.email is not STAYS and await self.addresses.give(person.id, given.email):
            await self.audit.note(who.id, "user_address_changed", person.id)
        changed = await self.people.find(given.id) or person
        seat = await self._arrange(who, changed, given.max_chats, given.departments)
        return {"user": account(changed), "seat": seat_of(seat, changed)}

    async def _enable(self, who: Identity, person: Person) -> None:
        if await self.states.enable_if_disabled(person.id):
            await self.audit.note(who.id, "user_enabled", person.id)
        elif (present := await self.people.find(person.id)) and (present.leaving or present.deleted_at):
            raise Conflict("this account is being deleted; if it stays here, delete it once more")

    async def _set_password(self, who: Identity, person: Person, password: str) -> None:
        """Its owner is asked for one of its own when it logs in with this one."""
        hashed = await passwords.hash_password(password)
        await self.credentials.set_password(person.id, hashed, self.clock.now(), is_first=True)
        await self.audit.note(who.id, "password_set", person.id)
        await self.session_revoker.close_person(person.id)

    async def _rename(self, who: Identity, person: Person, name: str) -> None:
        """What its connections say from now on carries the new name; what was said keeps the old one."""
        await self.people.rename(person.id, name)
        await self.audit.note(who.id, "user_renamed", person.id)
        for connection in self.rooms.members(f"/{person.role}", rooms.of_person(person.id)):
            connection.who = replace(connection.who, person=replace(person, name=name))

    async def _arrange(
        self, who: Identity, person: Person, max_chats: int | None, departments: list[str] | None
    ) -> Seat | None:
        if person.role != "agent":
            return None
        seat = await self.seat_changes.arrange(person, max_chats, departments)
        given = {"max_chats": max_chats, "departments": departments}
        if given := {name: value for name, value in given.items() if value is not None}:
            await self.audit.note(who.id, "seat_changed", person.id, **given)
        return seat


def _check(who: Identity, person: Person, given: UpdateUser) -> None:
    wants_seat = given.max_chats is not None or given.departments is not None
    if person.role != "agent" and wants_seat:
        raise Invalid(fields={"max_chats": ["Only agents have seats and departments."]})
    if person.role not in STAFF and given.email is not STAYS:
        raise Invalid(fields={"email": ["Here only agents and admins are given an address."]})
    if person.role not in STAFF and given.password is not None:
        raise Invalid(fields={"password": [f"A {person.role} has no password."]})
    if person.id == who.id and given.password is not None:
        raise Forbidden("change_password changes your own password")
    if person.id == who.id and given.disabled:
        raise Forbidden("you cannot disable yourself")
