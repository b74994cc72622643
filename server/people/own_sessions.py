"""One's own sessions: what is logged in where, and how it is ended from elsewhere."""

from dataclasses import dataclass, replace
from typing import Any

from server.core.clock import Clock
from server.core.errors import NotFound
from server.core.identity import Identity
from server.people.audit import Audit
from server.people.session_renewal import OtherSessions
from server.people.sessions import SessionRevoker
from server.realtime.rooms import Rooms
from server.schemas.render import listing, render
from server.schemas.sessions import Session as SessionShown
from store.people import People
from store.sessions import SessionsOfPeople


@dataclass(frozen=True)
class OwnSessions:
    people: People
    records: SessionsOfPeople
    session_revoker: SessionRevoker
    other_sessions: OtherSessions
    rooms: Rooms
    audit: Audit
    clock: Clock

    async def listed(self, who: Identity) -> dict[str, Any]:
        """Those that are not over, the latest seen first."""
        person = await self.people.find(who.id) or who.person
        live = [
            session
            for session in await self.records.live_of(who.id, self.clock.now())
            if session.id == who.session_id or person.has_credentials(session.credentials_version)
        ]
        results = [render(SessionShown, session, current=session.id == who.session_id) for session in live]
        return listing(results, len(results))

    async def end(self, who: Identity, session_id: str) -> dict[str, Any]:
        """Its connections are closed; again: answers as the first time. Raises NotFound for another's.

        Of the one in which this is said, once this has been answered: by the job that looks who has expired.
        """
        if not await self.records.end(session_id, who.id, self.clock.now()):
            raise NotFound("there is no such session of yours")
        await self.audit.note(who.id, "session_ended", who.id)
        if session_id == who.session_id:
            for connection in self.rooms:
                if connection.who.session_id == session_id:
                    connection.who = replace(connection.who, expires_at=self.clock.now())
            self.session_revoker.tell_others("session over", session_id)
        else:
            await self.session_revoker.close_session(session_id)
        return {}

    async def end_others(self, who: Identity) -> dict[str, Any]:
        """All but the one in which this is said; how many there were."""
        ended = await self.other_sessions.end(who)
        await self.audit.note(who.id, "other_sessions_ended", who.id, ended=ended)
        return {"ended": ended}
