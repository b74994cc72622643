"""A session that goes on alone: its owner has ended the others, or typed the password anew and gets a token nobody has seen."""

from dataclasses import dataclass, replace

from server.core.clock import Clock
from server.core.identity import Identity
from server.core.tokens import Tokens
from server.people.session_lives import SessionLives
from server.people.sessions import RENEWAL_GRACE, SessionRevoker
from server.realtime.broadcast import ChangedDocuments
from server.realtime.delivery import Delivery
from server.realtime.rooms import Connection
from store.credentials import Credentials
from store.records import Person
from store.sessions import SessionRecords, SessionsOfPeople


@dataclass(frozen=True)
class OtherSessions:
    credentials: Credentials
    records: SessionsOfPeople
    session_revoker: SessionRevoker
    clock: Clock

    async def end(self, who: Identity) -> int:
        """All but the one in which this is said; how many documents of them there were.

        The person's document is what ends them: also a log-in that is just going on, and tokens that have no document yet.
        """
        now = self.clock.now()
        await self.credentials.end_sessions(who.id, now, but=who.session_id)
        ended = await self.records.end_all_of(who.id, now, but=who.session_id)
        await self.session_revoker.close_person(who.id, but_session=who.session_id)
        return len(ended)


@dataclass(frozen=True)
class SessionRenewal:
    records: SessionRecords
    sessions_of_people: SessionsOfPeople
    tokens: Tokens
    lives: SessionLives
    session_revoker: SessionRevoker
    changed: ChangedDocuments
    delivery: Delivery
    clock: Clock

    async def keep_only(self, at: Connection, person: Person) -> None:
        """`person` has a new password: its other sessions end, and this one begins anew.

        Only the connection that typed the password is told the fresh token: on another one somebody may sit who has copied the
        old one. They are closed, and the browser's other windows come back with what this one keeps for them. The person's
        document names the session as the one that is kept, so that a crash on the way here loses nothing.
        """
        who, now = at.who, self.clock.now()
        await self.sessions_of_people.end_all_of(who.id, now, but=who.session_id)
        expires_at = self.lives.end(who.role, now, now)
        if await self.records.renew_if_live(who.session_id, now, expires_at, person.credentials_version or 0):
            token = self.tokens.issue(who.id, who.session_id, now, expires_at)
            at.who = replace(who, person=person, issued_at=now, expires_at=self.tokens.read(token, now).expires_at)
            self.delivery.to_connection(at, "session_renewed", {"token": token})
            await self.session_revoker.close_ended_here([who.session_id])
            self.changed.tell("sessions", [who.session_id])
        await self.session_revoker.close_person(who.id, but_session=who.session_id)

    async def has_just_renewed(self, who: Identity) -> bool:
        """Whether the password was changed in this session a moment ago: then it may be said again."""
        session = await self.records.find(who.session_id)
        renewed_at = session.renewed_at if session else None
        return renewed_at is not None and self.clock.now() < renewed_at + RENEWAL_GRACE
