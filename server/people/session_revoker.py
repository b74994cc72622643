"""Ends sessions at once: their connections hear session_expired and are closed."""

from dataclasses import dataclass, replace

from server.core.clock import Clock
from server.core.identity import Identity
from server.realtime.broadcast import TellOthers
from server.realtime.delivery import Delivery
from server.realtime.rooms import Connection, Rooms
from store.people import People
from store.records import Person


@dataclass(frozen=True)
class SessionRevoker:
    rooms: Rooms
    delivery: Delivery
    people: People
    clock: Clock
    tell_others: TellOthers

    async def close_session(self, session_id: str) -> None:
        """Every connection of the session hears session_expired and is closed."""
        self.tell_others("session over", session_id)
        await self.close_session_here(session_id)

    async def close_person(self, person_id: str, *, but_session: str | None = None) -> None:
        """The same for every connection of this person, but for those of one session."""
        self.tell_others("person out", person_id, but_session)
        await self.close_person_here(person_id, but_session=but_session)

    async def close_session_here(self, session_id: str) -> None:
        """As `close_session`, in this process."""
        await self._close([connection for connection in self.rooms if connection.who.session_id == session_id])

    async def close_person_here(self, person_id: str, *, but_session: str | None = None) -> None:
        """As `close_person`, in this process."""
        theirs = [connection for connection in self.rooms if connection.who.id == person_id]
        await self._close([connection for connection in theirs if connection.who.session_id != but_session])

    async def close_expired(self) -> None:
        """The same for every session whose token has run out by now."""
        now = self.clock.now()
        await self._close([connection for connection in self.rooms if connection.who.expires_at <= now])

    async def close_shut_out(self) -> None:
        """The same for staff whose accounts were closed or passwords changed elsewhere: by a command, by another process.

        The others are known by the names that they have now.
        """
        staff = [connection for connection in self.rooms if connection.who.role != "customer"]
        people = await self.people.by_ids(connection.who.id for connection in staff)
        await self._close([connection for connection in staff if _is_shut_out(connection.who, people)])
        for connection in staff:
            if person := people.get(connection.who.id):
                connection.who = replace(connection.who, person=person)

    async def _close(self, connections: list[Connection]) -> None:
        for connection in connections:
            self.delivery.to_connection(connection, "session_expired", {})
            await connection.close()


def _is_shut_out(who: Identity, people: dict[str, Person]) -> bool:
    person = people.get(who.id)
    return person is None or bool(person.disabled) or replace(who, person=person).is_outdated
