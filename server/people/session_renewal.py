"""A session that goes on alone: its owner has ended the others, or typed the password anew and gets a token nobody has seen."""

from dataclasses import dataclass

from server.core.clock import Clock
from server.core.identity import Identity
from server.core.tokens import Tokens
from server.people.session_lives import SessionLives
from server.people.sessions import SessionRevoker
from server.realtime.delivery import Delivery
from server.realtime.rooms import Rooms
from store.people import People
from store.records import Person
from store.sessions import SessionRecords, SessionsOfPeople


@dataclass(frozen=True)
class OtherSessions:
    people: People
    records: SessionsOfPeople
    session_revoker: SessionRevoker
    clock: Clock

    async def end(self, who: Identity) -> int:
        """All but the one in which this is said; how many documents of them there were.

        The person's document is what ends them: also a log-in that is just going on, and tokens that have no document yet.
        """
        now = self.clock.now()
        await self.people.end_sessions(who.id, now, but=who.session_id)
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
    rooms: Rooms
    delivery: Delivery
    clock: Clock

    async def keep_only(self, who: Identity, person: Person) -> None:
        """`person` has a new password: its other sessions end, and this one begins anew.

        Its connections are told a fresh token, and the tokens of before end a minute later. The person's document names it as
        the one that is kept, so that a crash on the way here loses nothing.
        """
        now = self.clock.now()
        await self.sessions_of_people.end_all_of(who.id, now, but=who.session_id)
        expires_at = self.lives.end(who.role, now, now)
        if await self.records.renew_if_live(who.session_id, now, expires_at, person.credentials_version or 0):
            token = self.tokens.issue(who.id, who.session_id, now, expires_at)
            for connection in self.rooms:
                if connection.who.session_id == who.session_id:
                    self.delivery.to_connection(connection, "session_renewed", {"token": token})
        await self.session_revoker.close_person(who.id, but_session=who.session_id)
