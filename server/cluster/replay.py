"""Agents' seats and people's sessions as they are told again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.cluster.chat_replay import ChatReplay
from server.core.clock import Clock
from server.people.session_revoker import SessionRevoker
from server.queue.positions import QueuePositions
from server.realtime.announcer import Announcer
from store.changes import Change
from store.chats import Chats
from store.seats import Seats

FILLING = {"chats", "last_assigned_at"}  # who has how many chats: only the agent and the live desk are shown it


@dataclass(frozen=True)
class PeopleReplay:
    """`announcer` tells those who are connected here, and only them."""

    announcer: Announcer
    stored_seats: Seats
    chats: Chats
    session_revoker: SessionRevoker
    clock: Clock

    async def seats(self, written: Mapping[str, frozenset[str] | None]) -> None:
        """Agents as they are now, if something of their seats was written that somebody hears of."""
        for agent_id, fields in written.items():
            seat = await self.stored_seats.find(agent_id)
            if seat and (fields is None or fields - FILLING):
                customers = [chat.customer_id for chat in await self.chats.unended_of(agent_id)]
                self.announcer.agent_presence(seat, customers, self.clock.now())
            self.announcer.feed.seat(agent_id)

    async def sessions(self, session_ids: Iterable[str]) -> None:
        """Those that were ended: their connections here are closed."""
        for session_id in session_ids:
            await self.session_revoker.close_session_here(session_id)

    async def send_away(self) -> None:
        """Everybody's connections end; their clients come back by themselves."""
        for connection in self.session_revoker.rooms:
            await connection.close()


Fields = frozenset[str] | None  # of a document that was written; None: it is new


@dataclass(frozen=True)
class ChangeReplay:
    chats: ChatReplay
    people: PeopleReplay
    positions: QueuePositions

    async def tell(self, changes: Iterable[Change]) -> int:
        """How many lines nobody had told here. Raises what the driver raises."""
        by: dict[str, list[Change]] = {}
        for change in changes:
            by.setdefault(change.collection, []).append(change)
        told = await self.chats.lines([change.record for change in by.get("messages", ())])
        await self.chats.marks([change.record for change in by.get("marks", ())])
        await self.chats.notes([change.record for change in by.get("notes", ())])
        await self.chats.states(written(by.get("chats", ())))
        await self.people.seats(written(by.get("seats", ())))
        await self.people.sessions([change.id for change in by.get("revocations", ())])
        if "chats" in by or "seats" in by:
            self.positions.moved()
        return told

    async def give_up(self) -> None:
        """Nobody can say what was missed: everybody here comes again, and is whole by its welcome."""
        await self.people.send_away()


def written(changes: Iterable[Change]) -> dict[str, Fields]:
    """What was written of each document, all its changes together."""
    found: dict[str, Fields] = {}
    for change in changes:
        before = found.get(change.id, frozenset())
        found[change.id] = None if before is None or change.fields is None else before | change.fields
    return found
