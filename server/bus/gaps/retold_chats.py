"""Chats as they are told again: their lines, their marks, and how they stand now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.bus.told import Told
from server.chat.views import receipts
from server.clock import Clock, iso
from server.delivery import is_heard
from server.live.announcer import presence_of_customer
from server.live.deeds import Deeds
from server.rooms import Rooms
from server.seats.register import Register, renew_all
from store.log.history import History
from store.log.records import Digest, Mark
from store.log.tallies import Tallies
from store.memory.memberships import Memberships
from store.records import Line

# What nobody outside hears of: deadlines, and what a deed keeps to be told.
SILENT = {"untold", "idle_at", "reply_at", "abandon_at", "typed_at", "kept_open_at", "ending_until", "figures"}
WHEREABOUTS = {"here"}


@dataclass(frozen=True)
class RetoldChats:
    """`deeds` tells those who are connected here, and only them."""

    deeds: Deeds
    history: History
    memberships: Memberships
    tallies: Tallies
    told: Told
    register: Register
    rooms: Rooms
    clock: Clock

    async def lines(self, lines: Sequence[Any]) -> int:
        """Those that were not told yet, and what those of the desk itself speak of; how many."""
        new = [line for line in lines if line and self.told.note(line.chat_id, line.seq)]
        for line in new:
            chat = await self.memberships.of(line.chat_id)
            if chat is None:
                continue
            if line.system:
                await self._deed(line)
            self.deeds.announcer.line(chat, line)
        return len(new)

    async def _deed(self, line: Line) -> None:
        event = line.system or {}
        digest = await self._digest(line.chat_id)
        if digest is None:
            return
        if event.get("event") == "ended":
            await self.deeds.announcer.chat("chat_ended", digest.chat)
        elif event.get("event") in {"opened", "transferred", "requeued"}:
            await self.deeds.announce(digest.chat, event)

    async def marks(self, marks: Iterable[Any]) -> None:
        """The receipts that these marks come to."""
        for mark in marks:
            if not isinstance(mark, Mark):
                continue
            self.tallies.note(mark)
            chat = await self.memberships.of(mark.chat_id)
            if chat and is_heard(chat, self.rooms):
                shown = receipts((await self.tallies.of(chat.id)).moved_by(mark))
                self.deeds.announcer.receipt(chat, mark.side, shown[mark.side], mark.at)

    async def states(self, written: Mapping[str, frozenset[str] | None]) -> None:
        """Chats as they are now, if something of them was written that somebody hears of."""
        for chat_id, fields in written.items():
            digest = await self._digest(chat_id)
            if digest is None:
                continue
            if fields is None or "customer_id" in fields:
                await renew_all(self.register, digest.chat.customer_id, self.rooms)
            if fields is not None and fields & WHEREABOUTS:
                self._presence(digest)
            is_deed = fields is not None and "untold" in fields  # it is told with its line
            if fields is not None and "warned" in fields and not is_deed:
                self._warning(digest)
            if not is_deed and (fields is None or fields - SILENT - WHEREABOUTS - {"warned"}):
                await self.deeds.announcer.chat("chat_updated", digest.chat)

    def _presence(self, digest: Digest) -> None:
        chat, shown = digest.chat, presence_of_customer(digest.chat, self.clock.now())
        agents = [chat.agent_id] if chat.agent_id else []
        self.deeds.announcer.customer_presence(chat.customer_id, shown["status"], agents, self.clock.now())

    def _warning(self, digest: Digest) -> None:
        chat = digest.chat
        if chat.status == "open" and chat.warned and chat.idle_at:
            seconds = max(0.0, (chat.idle_at - self.clock.now()).total_seconds())
            body = {"chat_id": chat.id, "ends_at": iso(chat.idle_at), "seconds_left": seconds}
            self.deeds.announcer.idle(chat, "idle_warning", body)
        else:
            self.deeds.announcer.idle(chat, "idle_cleared", {"chat_id": chat.id})

    async def _digest(self, chat_id: str) -> Digest | None:
        return (await self.history.digests([chat_id])).get(chat_id)
