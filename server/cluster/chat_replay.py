"""Chats as they are told again: their lines, their marks, and how they stand now."""

from asyncio import gather
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.agents.connections import ConnectionRegistry, renew_all
from server.chat.notes import tell_note
from server.core.clock import Clock, iso
from server.queue.events import AssignmentEvents
from server.realtime.announcer import presence_of_customer
from server.realtime.broadcast import SeenMessages
from server.realtime.delivery import is_heard
from server.realtime.rooms import Rooms
from server.realtime.serializers import receipts
from store.log.history import History
from store.log.messages import MessageLog
from store.log.records import Digest
from store.log.tallies import Tallies
from store.memberships import Memberships
from store.records import Membership, Message

# What is told in another way, or to nobody: who is there, warnings, deadlines.
SILENT = {
    *("here", "warned", "idle_at", "reply_at", "abandon_at", "away_at", "typed_at", "kept_open_at", "ending_until"),
    "figures",
}
SIDES = {"customer", "agent"}


@dataclass(frozen=True)
class ChatReplay:
    """`deeds` tells those who are connected here, and only them.

    A deed and the line that speaks of it are hinted one after the other: either may have been heard without the other.
    """

    assignment_events: AssignmentEvents
    history: History
    memberships: Memberships
    tallies: Tallies
    log: MessageLog
    told: SeenMessages
    registry: ConnectionRegistry
    rooms: Rooms
    clock: Clock
    retold: SeenMessages = field(default_factory=SeenMessages)  # the deeds that were told here because they were read

    async def lines(self, lines: Sequence[Any]) -> int:
        """Those that were not told yet, and what those of the desk itself speak of; how many. Raises what the driver raises.

        A line is noted as told in the moment it is: one that was held up by an error is read, and told, again.
        """
        news = [line for line in lines if line and (line.system or not self.told.has(line.chat_id, line.seq))]
        chats = await self._memberships(line.chat_id for line in news)
        count = 0
        for line in news:
            self.log.heard(line.chat_id, line.seq)
            if chat := chats[line.chat_id]:
                await self._deed(line)
                if self.told.note(line.chat_id, line.seq):  # it may have been hinted meanwhile
                    self.assignment_events.announcer.line(chat, line)
                    count += 1
        return count

    async def _deed(self, line: Message) -> None:
        if not line.system or self.retold.has(line.chat_id, line.seq):
            return
        await self._tell_deed(line, line.system)
        self.retold.note(line.chat_id, line.seq)

    async def _tell_deed(self, line: Message, event: dict[str, Any]) -> None:
        digest = (await self.history.digests([line.chat_id])).get(line.chat_id)
        if digest is None:
            return
        if digest.chat.status == "ended":
            await self.assignment_events.announcer.chat("chat_ended", digest.chat)
        elif event.get("event") == "opened" and not digest.chat.agent_id:
            return  # it waits again, as a later line says
        elif event.get("event") in {"opened", "transferred", "requeued", "left_as_message"}:
            await self.assignment_events.announce(digest.chat, event)

    async def notes(self, notes: Sequence[Any]) -> None:
        """What agents wrote beside their chats."""
        chats = await self._memberships(note.chat_id for note in notes if note)
        for note in notes:
            if note and (chat := chats[note.chat_id]):
                await tell_note(self.assignment_events.announcer, chat, note)

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
                self.assignment_events.announcer.receipt(chat, side, shown[side], mark.at)

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
                await self.assignment_events.announcer.chat("chat_updated", digest.chat)
            else:
                await self._state(digest, fields)

    async def _state(self, digest: Digest, fields: frozenset[str]) -> None:
        if "here" in fields:
            self._presence(digest)
        if "untold" in fields:  # a deed: it is told with its line
            return
        if "warned" in fields:
            self._warning(digest)
        if fields - SILENT:
            await self.assignment_events.announcer.chat("chat_updated", digest.chat)

    def _presence(self, digest: Digest) -> None:
        chat, shown = digest.chat, presence_of_customer(digest.chat, self.clock.now())
        agents = [chat.agent_id] if chat.agent_id else []
        self.assignment_events.announcer.customer_presence(chat.customer_id, shown["status"], agents, self.clock.now())
        self.assignment_events.announcer.feed.chat(chat.id)

    def _warning(self, digest: Digest) -> None:
        chat = digest.chat
        if chat.status == "open" and chat.warned and chat.idle_at:
            seconds = max(0.0, (chat.idle_at - self.clock.now()).total_seconds())
            body = {"chat_id": chat.id, "ends_at": iso(chat.idle_at), "seconds_left": seconds}
            self.assignment_events.announcer.idle(chat, "idle_warning", body)
        else:
            self.assignment_events.announcer.idle(chat, "idle_cleared", {"chat_id": chat.id})
