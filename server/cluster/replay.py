"""Tells those who are connected here what was read from MongoDB's log of changes, as if it had been hinted.

Messages and receipts are told as they were; chats, seats and sessions as they are now: who missed a step on the way there has
missed nothing.
"""

from asyncio import gather
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.agents.seats import AgentPresence
from server.connections.presence import ConnectionRegistry, renew_all
from server.core.clock import Clock
from server.queue.events import AssignmentEvents
from server.queue.positions import QueuePositions
from server.realtime.announcer import Announcer, presence_of_customer
from server.realtime.broadcast import ChangedDocuments, SeenMessages
from server.realtime.delivery import is_heard
from server.realtime.desk_feed import DeskFeed
from server.realtime.rooms import Rooms
from server.realtime.serializers import receipts
from store.changes import Change
from store.collections import Collection, Replay
from store.log.history import History
from store.log.marks import Tallies
from store.log.messages import MessageLog
from store.log.records import Digest
from store.memberships import Memberships
from store.records import Membership, Message
from store.seats import Seats

# What is told in another way, or to nobody: who is there, warnings, deadlines.
SILENT = {
    *("here", "warned", "idle_at", "reply_at", "abandon_at", "away_at", "typed_at", "kept_open_at", "ending_until"),
    *("greet_at", "first_answer_at", "gone_at", "figures", "owes", "unread_at", "mailed"),
}
SIDES = {"customer", "agent"}


@dataclass(frozen=True)
class ChatReplay:
    """`announcer` and `assignment_events` tell those who are connected here, and only them.

    What happened to a chat and the line that speaks of it are hinted one after the other: either may have been heard
    without the other.
    """

    announcer: Announcer
    assignment_events: AssignmentEvents
    history: History
    memberships: Memberships
    tallies: Tallies
    log: MessageLog
    seen: SeenMessages
    registry: ConnectionRegistry
    rooms: Rooms
    clock: Clock
    # System lines whose event was told here because the line was read.
    replayed: SeenMessages = field(default_factory=SeenMessages)

    async def lines(self, lines: Sequence[Any]) -> int:
        """Those that were not told yet, and what those of the desk itself speak of; how many. Raises what the driver raises.

        A line is noted as told in the moment it is: one that was held up by an error is read, and told, again.
        """
        news = [line for line in lines if line and (line.system or not self.seen.has(line.chat_id, line.seq))]
        chats = await self._memberships(line.chat_id for line in news)
        count = 0
        for line in news:
            self.log.heard(line.chat_id, line.seq)
            if chat := chats[line.chat_id]:
                await self._system_event(line)
                if self.seen.note(line.chat_id, line.seq):  # it may have been hinted meanwhile
                    self.announcer.line(chat, line)
                    count += 1
        return count

    async def _system_event(self, line: Message) -> None:
        if not line.system or self.replayed.has(line.chat_id, line.seq):
            return
        await self._tell_system_event(line, line.system)
        self.replayed.note(line.chat_id, line.seq)

    async def _tell_system_event(self, line: Message, event: dict[str, Any]) -> None:
        digest = (await self.history.digests([line.chat_id])).get(line.chat_id)
        if digest is None:
            return
        if digest.chat.status == "ended":
            await self.announcer.chat("chat_ended", digest.chat)
        elif event.get("event") == "opened" and not digest.chat.agent_id:
            return  # it waits again, as a later line says
        elif event.get("event") in {"opened", "transferred", "requeued", "left_as_message"}:
            await self.assignment_events.announce(digest.chat, event)

    async def notes(self, notes: Sequence[Any]) -> None:
        """What agents wrote beside their chats."""
        chats = await self._memberships(note.chat_id for note in notes if note)
        for note in notes:
            if note and (chat := chats[note.chat_id]):
                await self.announcer.note(chat, note)

    async def marks(self, marks: Sequence[Any]) -> None:
        """The receipts that these marks come to: of each side's, the last one says it all."""
        last = {(mark.chat_id, mark.side): mark for mark in marks if mark and mark.side in SIDES}
        for mark in marks:
            if mark:
                self.tallies.note(mark)
        chats = await self._memberships(chat_id for chat_id, _ in last)
        for (chat_id, side), mark in last.items():
            chat = chats[chat_id]
            if chat and is_heard(chat, self.rooms):
                shown = receipts((await self.tallies.of(chat_id)).moved_by(mark))
                self.announcer.receipt(chat, side, shown[side], mark.at)

    async def _memberships(self, chat_ids: Iterable[str]) -> dict[str, Membership | None]:
        wanted = list(dict.fromkeys(chat_ids))
        return dict(zip(wanted, await gather(*(self.memberships.of(chat_id) for chat_id in wanted)), strict=True))

    async def states(self, written: Mapping[str, frozenset[str] | None]) -> None:
        """Chats as they are now, if something of them was written that somebody hears of."""
        digests = await self.history.digests(written)
        for chat_id, digest in digests.items():
            fields = written[chat_id]
            if fields is None or "customer_id" in fields:
                await renew_all(self.registry, digest.chat.customer_id, self.rooms)
            if fields is None:
                await self.announcer.chat("chat_updated", digest.chat)
            else:
                await self._state(digest, fields)

    async def _state(self, digest: Digest, fields: frozenset[str]) -> None:
        if "here" in fields:
            self._presence(digest)
        if "untold" in fields:  # it is told with its line
            return
        if "warned" in fields:
            self._warning(digest)
        if fields - SILENT:
            await self.announcer.chat("chat_updated", digest.chat)

    def _presence(self, digest: Digest) -> None:
        chat, shown = digest.chat, presence_of_customer(digest.chat, self.clock.now())
        agents = [chat.agent_id] if chat.agent_id else []
        self.announcer.customer_presence(chat.customer_id, shown["status"], agents, self.clock.now())
        self.announcer.customer_moved(chat)

    def _warning(self, digest: Digest) -> None:
        chat = digest.chat
        if chat.status == "open" and chat.warned and chat.idle_at:
            self.announcer.idle_warning(chat, chat.idle_at, self.clock.now())
        else:
            self.announcer.idle_cleared(chat)


FILLING = {"chats", "last_assigned_at"}  # who has how many chats: only the agent and the live desk are shown it


@dataclass(frozen=True)
class PeopleReplay:
    """`presence` and `feed` tell those who are connected here, and only them."""

    presence: AgentPresence
    feed: DeskFeed
    stored_seats: Seats
    rooms: Rooms

    async def seats(self, written: Mapping[str, frozenset[str] | None]) -> None:
        """Agents as they are now, if something of their seats was written that somebody hears of."""
        for agent_id, fields in written.items():
            seat = await self.stored_seats.find(agent_id)
            if seat and (fields is None or fields - FILLING):
                await self.presence.tell(seat)
            self.feed.seat(agent_id)

    async def send_away(self) -> None:
        """Everybody's connections end; their clients come back by themselves."""
        for connection in self.rooms:
            await connection.close()


Fields = frozenset[str] | None  # of a document that was written; None: it is new


TOLD_HERE = frozenset({"messages", "marks", "notes", "chats", "seats"})  # the rest: ChangedDocuments


@dataclass(frozen=True)
class ChangeReplay:
    chats: ChatReplay
    people: PeopleReplay
    positions: QueuePositions
    changed: ChangedDocuments

    def require(self, collections: Iterable[Collection]) -> None:
        """Raises ValueError for a collection whose row says that its changes are replayed while nobody here takes them."""
        replayed = {row.name for row in collections if row.replay is not Replay.NO}
        if missing := {name for name in replayed - TOLD_HERE if not self.changed.knows(name)}:
            raise ValueError(f"nobody takes the changes of {sorted(missing)}: connect a receiver (ChangedDocuments)")

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
        for collection in by.keys() - TOLD_HERE:
            await self.changed.heard(collection, list(written(by[collection])))
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
