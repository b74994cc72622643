"""Delivered and read: each side's marks only move on, and only the other side's lines change by them."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.core.clock import Clock, iso
from server.core.identity import Identity
from server.realtime.announcer import Announcer
from server.realtime.serializers import receipts
from store.log.marks import Marks
from store.log.messages import MessageLog
from store.log.records import Mark


@dataclass(frozen=True)
class Receipts:
    access: Access
    log: MessageLog
    marks: Marks
    announcer: Announcer
    clock: Clock

    async def mark(self, who: Identity, chat_id: str, seq: int, kind: str) -> dict[str, Any]:
        """Moves this side's `kind` (delivered or read) mark to max(old, min(seq, last_seq)); tells it when it moved.

        Returns the receipts of both sides and since when this side's mark stands where it is (null: it has none).
        """
        member = await self.access.member_chat(who, chat_id)
        reached, tally = await self.log.reached(chat_id, seq), await self.marks.tallies.of(chat_id)
        if reached <= tally.reached(member.side, kind):
            return {"receipts": receipts(tally), "at": iso(tally.since(member.side, kind))}
        now = self.clock.now()
        mark = Mark(chat_id, member.side, kind, reached, now)
        await self.marks.append(mark)
        shown = receipts((await self.marks.tallies.of(chat_id)).moved_by(mark))
        self.announcer.receipt(member.chat, member.side, shown[member.side], now)
        return {"receipts": shown, "at": iso(now)}
