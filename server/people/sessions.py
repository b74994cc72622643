"""Sessions: log-in, log-out, who shows a token; and how the connections of one that is over are closed at once."""

import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from server.core.clock import Clock
from server.core.errors import Unauthorized
from server.core.identity import Identity, public
from server.core.tokens import Tokens
from server.people import passwords
from server.people.audit import Audit
from server.people.names import ReservedNames
from server.realtime.broadcast import TellOthers
from server.realtime.delivery import Delivery
from server.realtime.rooms import Connection, Rooms
from store.people import People
from store.records import Person
from store.revocations import Revocations


@dataclass(frozen=True)
class SessionRevoker:
    """The connections of a session that is over hear session_expired and are closed."""

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


@dataclass(frozen=True)
class Sessions:
    people: People
    revocations: Revocations
    tokens: Tokens
    audit: Audit
    names: ReservedNames
    clock: Clock

    async def guest(self, name: str | None, email: str | None, locale: str | None) -> dict[str, Any]:
        """A new visitor: {token, user}. Raises Invalid for a name that is kept for the desk's own people."""
        await self.names.check(name)
        number = await self.people.next_id("customer")
        given = name or f"Visitor {number[1:]}"
        person = await self.people.insert(number, "customer", given, self.clock.now(), email=email, locale=locale)
        return self.let_in(person)

    def let_in(self, person: Person) -> dict[str, Any]:
        """Begins a session: {token, user}."""
        return {"token": self.tokens.issue(person.id, self.clock.now()), "user": public(person)}

    async def identify(self, token: object) -> Identity:
        """Who shows this token. Raises Unauthorized when it is bad, expired or revoked, or its person is disabled."""
        claims = self.tokens.read(token, self.clock.now())
        person = await self.people.find(claims.person_id)
        if person is None or person.disabled:
            raise Unauthorized("this account is closed")
        who = Identity(person, claims.session_id, claims.issued_at, claims.expires_at)
        if who.is_outdated:
            raise Unauthorized("the password was changed; log in again")
        if await self.revocations.is_revoked(claims.session_id):
            raise Unauthorized("you are logged out")
        return who

    async def platform(self, credential: str) -> Person:
        """The platform that shows this credential. Raises Unauthorized."""
        number, _, secret = credential.partition(".")
        person = await self.people.find(number) if number.startswith("p") else None
        known = person.password_hash if person and not person.disabled else None
        if person is None or not hmac.compare_digest(passwords.credential_hash(secret), known or ""):
            raise Unauthorized("this credential is not valid")
        return person

    def renewed(self, who: Identity) -> tuple[Identity, str | None]:
        """The session with a fresh token when less than half of this one's life is left, else as it is."""
        now = self.clock.now()
        if who.expires_at - now >= self.tokens.lifetime / 2:
            return who, None
        token = self.tokens.issue(who.id, now, who.session_id)
        return replace(who, expires_at=self.tokens.read(token, now).expires_at), token

    async def end(self, who: Identity) -> None:
        """The session's tokens, the renewed ones too, are dead from now on."""
        await self.revocations.revoke(who.session_id, self.clock.now() + self.tokens.lifetime + timedelta(minutes=1))
