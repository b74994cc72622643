"""Delivered and read: each side's marks only move on, and only the other side's lines change by them."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.chat.views import receipts
from server.clock import Clock, iso
from server.live.announcer import Announcer
from server.people.identity import Identity
from store.log.history import History
from store.log.marks import Marks
from store.records import Mark


@dataclass(frozen=True)
class Receipts:
    access: Access
    history: History
    marks: Marks
    announcer: Announcer
    clock: Clock

    async def mark(self, who: Identity, chat_id: str, seq: int, kind: str) -> dict[str, Any]:
        """Moves this side's `kind` (delivered or read) mark to max(old, min(seq, last_seq)); tells it when it moved.

        Returns the receipts of both sides and since when this side's mark stands where it is (null: it has none).
        """
        member = await self.access.member_chat(who, chat_id)
        digest = (await self.history.digests([chat_id]))[chat_id]
        shown = receipts(digest)
        reached = min(seq, digest.last_seq)
        if reached <= digest.reached(member.side, kind):
            return {"receipts": shown, "at": iso(digest.since(member.side, kind))}
        now = self.clock.now()
        await self.marks.append(Mark(chat_id, member.side, kind, reached, now))
        mine = shown[member.side]
        mine["delivered_seq"] = max(mine["delivered_seq"], reached)
        if kind == "read":
            mine["read_seq"] = reached
        self.announcer.receipt(member.chat, member.side, mine, now)
        return {"receipts": shown, "at": iso(now)}
