"""The people of the desk, as admins see them, and new agents."""

from dataclasses import dataclass
from typing import Any

from server.chat.views import shown_seat
from server.clock import iso
from server.office.audit import Audit
from server.people import passwords
from server.people.accounts import Accounts
from server.people.identity import Identity, with_email
from store.errors import Conflict
from store.people import People
from store.records import Person, Seat
from store.seats import Seats

STAFF = ("admin", "agent")


@dataclass(frozen=True)
class Staff:
    people: People
    seats: Seats
    accounts: Accounts
    audit: Audit

    async def listed(self, role: str | None, page: int, page_size: int) -> dict[str, Any]:
        """People of this role, without one admins and agents; the newest first."""
        count, people = await self.people.page([role] if role else list(STAFF), page, page_size)
        seats = {seat.id: seat for seat in await self.seats.all()}
        results = [{**account(person), "seat": seat_of(seats.get(person.id), person)} for person in people]
        return {"count": count, "results": results}

    async def create_agent(
        self, who: Identity, *, username: str, password: str | None, client_id: str | None, **wishes: Any
    ) -> dict[str, Any]:
        """A new agent: {user, seat, password}; password is the one invented where none was given, shown this once.

        The same client_id again: the agent made then, password null. Raises Conflict for a taken user name, Invalid.
        """
        invented = None if password else passwords.invent()
        made_with = f"{who.id} {client_id}" if client_id else None
        try:
            number = await self.people.next_id("agent")
            agent = await self.accounts.create_agent(
                number, username, password or invented or "", made_with=made_with, **wishes
            )
            await self.audit.note(who.id, "agent_created", agent.id, username=username)
        except Conflict:
            found = await self.people.by_username(username)
            if found is None or made_with is None or found.made_with != made_with:
                raise
            agent, invented = found, None
            await self.accounts.open_seat(
                agent.id, wishes["max_chats"], wishes["departments"]
            )  # if it was cut off there
        seat = await self.seats.find(agent.id)
        return {"user": account(agent), "seat": seat_of(seat, agent), "password": invented}


def account(person: Person) -> dict[str, Any]:
    """The User, and what only admins see of it."""
    return {
        **with_email(person),
        "username": person.username,
        "disabled": bool(person.disabled),
        "created_at": iso(person.created_at),
    }


def seat_of(seat: Seat | None, person: Person) -> dict[str, Any] | None:
    return shown_seat(seat, person) if seat else None
