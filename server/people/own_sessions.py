"""One's own sessions: what is logged in where, and how it is ended from elsewhere."""

from dataclasses import dataclass
from typing import Any

from server.core.clock import Clock
from server.core.errors import NotFound
from server.core.identity import Identity
from server.people.audit import Audit
from server.people.session_renewal import OtherSessions
from server.people.sessions import SessionRevoker
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

        Those of the one in which this is said, once it has been answered.
        """
        if not await self.records.end(session_id, who.id, self.clock.now()):
            raise NotFound("there is no such session of yours")
        await self.audit.note(who.id, "session_ended", who.id)
        await self.session_revoker.close_session(session_id, soon=session_id == who.session_id)
        return {}

    async def end_others(self, who: Identity) -> dict[str, Any]:
        """All but the one in which this is said; how many there were."""
        ended = await self.other_sessions.end(who)
        await self.audit.note(who.id, "other_sessions_ended", who.id, ended=ended)
        return {"ended": ended}
