"""How a chat ends: a closing line in its log, which nothing can follow; document and seat follow the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.chat import drafts
from server.chat.access import Access
from server.core.clock import Clock
from server.core.errors import Conflict
from server.core.identity import Identity
from server.core.signals import Signals
from server.outbox.obligations import Obligations
from server.people.audit import Audit
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers
from store.chats import ENDING, Chats
from store.errors import LogClosed, LogMoved
from store.log.history import History
from store.log.messages import MessageLog
from store.log.records import Digest
from store.records import Chat, Membership
from store.seats import Seats


@dataclass(frozen=True)
class ChatFinalizer:
    chats: Chats
    seats: Seats
    history: History
    announcer: Announcer
    signals: Signals

    async def finalize(self, chat_id: str) -> Chat | None:
        """Writes what the closing line says into the document, gives the seat back and tells everybody at least once.

        None while the log is open.
        """
        digest = (await self.history.digests([chat_id])).get(chat_id)
        if digest is None or digest.chat.status != "ended":
            return None
        chat = digest.chat
        ending = {name: getattr(chat, name) for name in ENDING}
        was_first = await self.chats.settle_if_unended(chat.id, ending, await self._figures(chat))
        if chat.last_agent_id:
            await self.seats.give_back(chat.last_agent_id, chat.id)
        if was_first or chat.untold:  # else somebody has told it
            await self._tell(digest)
        return chat

    async def _tell(self, digest: Digest) -> None:
        if digest.closing:  # first: nothing of a chat comes after its end
            self.announcer.line(digest.chat, digest.closing)
        await self.announcer.chat("chat_ended", digest.chat)
        self.signals.capacity_changed.emit()
        await self.chats.end_told(digest.chat.id)

    async def _figures(self, chat: Chat) -> dict[str, float | None]:
        """Seconds from the queue to the first agent, from there to its first message, and to the end; None: it never came.

        Read from the log while it stands: reports outlive it.
        """
        opened_at, answered_at = await self.history.beginnings(chat.id)
        return {
            "waiting_seconds": _seconds(chat.waited_from, opened_at),
            "first_response_seconds": _seconds(opened_at, answered_at),
            "handling_seconds": _seconds(opened_at, chat.ended_at),
        }


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    return max(0.0, (until - since).total_seconds()) if since and until else None


@dataclass(frozen=True)
class Endings:
    log: MessageLog
    finalizer: ChatFinalizer
    obligations: Obligations
    clock: Clock

    async def end(  # noqa: PLR0913  how it ended, all named
        self,
        chat: Membership,
        *,
        by: str | None,
        kind: str,
        reason: str,
        comment: str | None = None,
        only_after: int | None = None,
    ) -> bool:
        """Closes the log, settles document and seat, tells everybody, and lets the next one in. Again: nothing happens.

        With `only_after` the chat ends only if nothing was said after that seq: False, then.

        `kind` is customer, agent, timeout or system; `reason` resolved, left, abandoned, timeout or other.
        """
        now = self.clock.now()
        how = {"ended_type": kind, "ended_reason": reason, "ended_by": by, "ended_at": now, "ended_comment": comment}
        line = drafts.system(chat.id, now, {"event": "ended", **how}, closing=True)
        try:
            posted = await self.log.append(self.obligations.line(line, chat), only_after=only_after)
            self.obligations.line_stored(posted.line)
        except LogMoved:
            return False
        except LogClosed:  # somebody was faster: what the log says is how it ended
            pass
        await self.finalizer.finalize(chat.id)
        return True


@dataclass(frozen=True)
class Leaving:
    access: Access
    endings: Endings
    serializers: Serializers

    async def end_chat(self, who: Identity, chat_id: str, reason: str | None, comment: str | None) -> dict[str, Any]:
        """Ends the chat; a customer who still waited has `left`. Again: answers as the first time. Raises NotFound."""
        member = await self.access.member_chat(who, chat_id)
        usual = "left" if member.chat.status == "queued" else "resolved"
        await self.endings.end(member.chat, by=who.id, kind=member.side, reason=reason or usual, comment=comment)
        return {"chat": await self.serializers.chat(chat_id, who.role)}

    async def leave_queue(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """Gives up waiting. Again: answers as the first time. Raises NotFound, Conflict once an agent has the chat."""
        chat = await self.access.own_chat(who, chat_id)
        if chat.status == "open" or (chat.status == "ended" and chat.ended_reason != "left"):
            raise Conflict("this chat does not wait any more")
        await self.endings.end(chat, by=who.id, kind="customer", reason="left")
        return {"chat": await self.serializers.chat(chat_id, who.role)}


@dataclass(frozen=True)
class EndingByAdmins:
    access: Access
    endings: Endings
    serializers: Serializers
    audit: Audit

    async def end_chat(self, who: Identity, chat_id: str, reason: str | None, comment: str | None) -> dict[str, Any]:
        """Ends anybody's chat, waiting or open. Again: answers as the first time. Raises NotFound."""
        chat = await self.access.any_chat(chat_id)
        if chat.status != "ended":
            await self.endings.end(chat, by=who.id, kind="system", reason=reason or "other", comment=comment)
        shown = await self.serializers.chat(chat_id, who.role)
        if chat.status != "ended" and shown["ended_by"] == who.id:  # else its sides were faster
            await self.audit.note(who.id, "chat_ended", chat_id)
        return {"chat": shown}
