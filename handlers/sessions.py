"""What staff do with their sessions: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.people.own_sessions import OwnSessions
from server.realtime.rooms import Connection
from server.schemas.payload import Nothing
from server.schemas.sessions import OneSession


@dataclass(frozen=True)
class SessionCommands:
    own_sessions: OwnSessions

    async def list_sessions(self, at: Connection, p: Nothing) -> Answer:
        return await self.own_sessions.listed(at.who)

    async def end_session(self, at: Connection, p: OneSession) -> Answer:
        return await self.own_sessions.end(at.who, p.id)

    async def end_other_sessions(self, at: Connection, p: Nothing) -> Answer:
        return await self.own_sessions.end_others(at.who)
