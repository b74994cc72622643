"""Sessions: log-in, log-out, who shows a token; and how the connections of one that is over are closed at once.

A session is a document that everybody looks at who lets somebody in: who ends one, changes a password or disables an account
races with nobody. It keeps the version of the credentials with which it began, and the person's document has the present one.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from server.core.clock import Clock
from server.core.errors import Unauthorized
from server.core.identity import Identity, public
from server.core.signals import Signals
from server.core.tokens import CHAT_LINK, SESSION, Claims, Tokens
from server.people.audit import Audit
from server.people.chat_links import ChatLinks
from server.people.names import ReservedNames
from server.people.session_lives import SessionLives
from server.realtime.broadcast import TellOthers
from server.realtime.delivery import Delivery
from server.realtime.rooms import Connection, Rooms
from store.people import People, visitor
from store.records import Person
from store.sessions import Session, SessionRecords, SessionsOfPeople


@dataclass(frozen=True)
class SessionRevoker:
    """The connections of a session that is over hear session_expired and are closed."""

    rooms: Rooms
    delivery: Delivery
    people: People
    records: SessionRecords
    clock: Clock
    tell_others: TellOthers
    signals: Signals

    async def close_session(self, session_id: str, *, soon: bool = False) -> None:
        """Every connection of the session hears session_expired and is closed. `soon`: here by the job that looks who has
        expired, so that an answer goes out before.
        """
        await self.signals.session_over.emit(session_id)
        self.tell_others("session over", session_id)
        if not soon:
            await self.close_session_here(session_id)
            return
        for connection in self._of_session(session_id):
            connection.who = replace(connection.who, expires_at=self.clock.now())

    async def close_person(self, person_id: str, *, but_session: str | None = None) -> None:
        """The same for every connection of this person, but for those of one session."""
        await self.signals.person_out.emit(person_id, but_session)
        self.tell_others("person out", person_id, but_session)
        await self.close_person_here(person_id, but_session=but_session)

    async def close_session_here(self, session_id: str) -> None:
        """As `close_session`, in this process."""
        await self._close(self._of_session(session_id))

    async def close_person_here(self, person_id: str, *, but_session: str | None = None) -> None:
        """As `close_person`, in this process."""
        theirs = [connection for connection in self.rooms if connection.who.id == person_id]
        await self._close([connection for connection in theirs if connection.who.session_id != but_session])

    async def close_ended_here(self, session_ids: list[str]) -> None:
        """Of sessions that were written: the connections here of those that are over, and those that a renewed one had before.

        The latter hear nothing: a browser's other windows come back with the token that it keeps.
        """
        here = {connection.who.session_id for connection in self.rooms}
        wanted = [session_id for session_id in session_ids if session_id in here]
        found, now = await self.records.find_many(wanted), self.clock.now()
        for session_id in wanted:
            if session_id not in found or found[session_id].is_over(now):
                await self.close_session_here(session_id)
            elif found[session_id].renewed_at:
                await self._close_of_before(found[session_id])

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

    async def _close_of_before(self, session: Session) -> None:
        for connection in self._of_session(session.id):
            if session.has_replaced(connection.who.issued_at):
                await connection.close()

    def _of_session(self, session_id: str) -> list[Connection]:
        return [connection for connection in self.rooms if connection.who.session_id == session_id]

    async def _close(self, connections: list[Connection]) -> None:
        for connection in connections:
            self.delivery.to_connection(connection, "session_expired", {})
            await connection.close()


def _is_shut_out(who: Identity, people: dict[str, Person]) -> bool:
    person = people.get(who.id)
    return person is None or bool(person.disabled) or replace(who, person=person).is_outdated


@dataclass(frozen=True)
class Device:
    """What a log-in came from."""

    address: str = ""
    browser: str = ""


UNKNOWN = Device()
SEEN_EVERY = timedelta(minutes=1)  # a session that is used all the time is written so often
RENEWAL_GRACE = timedelta(minutes=1)  # in which tokens of before a renewal still let in, and get no fresh one


@dataclass(frozen=True)
class Sessions:
    people: People
    records: SessionRecords
    sessions_of_people: SessionsOfPeople
    tokens: Tokens
    lives: SessionLives
    audit: Audit
    names: ReservedNames
    chat_links: ChatLinks
    clock: Clock

    async def guest(
        self, name: str | None, email: str | None, locale: str | None, device: Device = UNKNOWN
    ) -> dict[str, Any]:
        """A new visitor: {token, user}. Raises Invalid for a name that is kept for the desk's own people."""
        await self.names.check(name)
        number = await self.people.next_id("customer")
        given = name or visitor(number)
        person = await self.people.insert(number, "customer", given, self.clock.now(), email=email, locale=locale)
        return await self.let_in(person, device)

    async def let_in(self, person: Person, device: Device) -> dict[str, Any]:
        """Begins a session: {token, user}. Under the credentials that `person` was read with."""
        now, session_id = self.clock.now(), secrets.token_urlsafe(12)
        end = self.lives.end(person.role, now, now)
        session = Session.begun(
            session_id, person, now, end, seen_at=now, address=device.address, browser=device.browser
        )
        await self.records.begin(session)
        return {"token": self.tokens.issue(person.id, session_id, now, end), "user": public(person)}

    async def identify(self, token: object) -> Identity:
        """Who shows this token. Raises Unauthorized when it is bad or expired, its session over, or its person disabled; for a
        link to a chat what `ChatLinks.identify` does.
        """
        claims = self.tokens.read(token, self.clock.now(), (SESSION, CHAT_LINK))
        if claims.kind == CHAT_LINK:
            return await self.chat_links.identify(claims)
        person = await self.people.find(claims.person_id)
        if person is None or person.disabled:
            raise Unauthorized("this account is closed")
        session = self._live(await self.records.find(claims.session_id) or await self._adopt(claims, person))
        expires_at = min(claims.expires_at, session.expires_at)
        who = Identity(person, session.id, claims.issued_at, expires_at, session.credentials_version)
        if session.person_id != person.id or session.only_chat:
            raise Unauthorized("the token is not valid")
        if who.is_outdated:
            raise Unauthorized("the password was changed; log in again")
        return self._in_grace(who, session) if session.has_replaced(who.issued_at) else who

    async def visit(self, who: Identity) -> tuple[Identity, str | None]:
        """One who has just come in, and a fresh token if it is time for one. Raises Unauthorized if it was shut out meanwhile.

        The connection is in its rooms by now: whoever ends its session later finds it there.
        """
        session, now = self._live(await self.records.find(who.session_id)), self.clock.now()
        if who.only_chat:
            await self.records.see_if_live(session.id, now)
            return who, None
        end = self.lives.end(who.role, session.authenticated_at, now)
        is_replaced = session.has_replaced(who.issued_at)
        if is_replaced:
            who = self._in_grace(who, session)
        if is_replaced or not self.lives.is_renewal_due(who, end, now):
            if now - session.seen_at >= SEEN_EVERY:
                await self.records.see_if_live(session.id, now)
            return who, None
        if not await self.records.prolong_if_live(session.id, now, end):
            raise Unauthorized("this session is over; log in again")
        token = self.tokens.issue(who.id, session.id, now, end)
        return replace(who, issued_at=now, expires_at=self.tokens.read(token, now).expires_at), token

    async def end(self, who: Identity) -> None:
        """The session's tokens, the renewed ones too, are dead from now on."""
        await self.sessions_of_people.end(who.session_id, who.id, self.clock.now())
        await self.audit.note(who.id, "logged_out", who.id)

    def _live(self, session: Session | None) -> Session:
        if session is None or session.is_over(self.clock.now()):
            raise Unauthorized("this session is over; log in again")
        return session

    def _in_grace(self, who: Identity, session: Session) -> Identity:
        """With a token of before the renewal: for a moment only. Raises Unauthorized when that is over."""
        until = (session.renewed_at or who.expires_at) + RENEWAL_GRACE
        if self.clock.now() >= until:
            raise Unauthorized("the password was changed; log in again")
        return replace(who, expires_at=min(who.expires_at, until))

    async def _adopt(self, claims: Claims, person: Person) -> Session | None:
        """The session of a token that was issued when there were no documents of sessions, as if it had begun with it.

        It ends when one ends that began then, whatever the token says: whoever has the key could write a year into it.
        """
        until, now = await self.records.adopted_until(), self.clock.now()
        longest = self.lives.longest(person.role)
        if until is None or not now - longest < claims.issued_at < until:
            return None
        changed_at = person.tokens_from
        if changed_at and claims.issued_at < changed_at and claims.session_id != person.session_kept:
            raise Unauthorized("the password was changed; log in again")
        latest = claims.issued_at + longest
        end = min(max(claims.expires_at, self.lives.end(person.role, claims.issued_at, now)), latest)
        begun = Session.begun(claims.session_id, person, claims.issued_at, end, seen_at=now)
        return begun if await self.records.begin(begun) else await self.records.find(begun.id)
