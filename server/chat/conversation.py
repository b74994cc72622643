"""What is said in a chat, how far it was received and read, who types: through the one door, then stored, told, acked."""

from dataclasses import dataclass
from typing import Any

from server.chat import drafts
from server.chat.access import Access, Member
from server.chat.timers import IdleClock, ReplyClock
from server.core.clock import Clock, iso
from server.core.errors import ChatEnded, Invalid
from server.core.identity import Identity
from server.core.outage import Outage
from server.core.signals import Signals
from server.outbox.obligations import Obligations
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers, receipts
from server.realtime.typing import TypingEvents
from server.schemas.payload import Payload
from store.log.history import History
from store.log.marks import Marks, Tallies
from store.log.messages import MessageLog
from store.log.records import Mark
from store.records import Message, Upload
from store.uploads import Uploads


@dataclass(frozen=True)
class Receipts:
    access: Access
    log: MessageLog
    marks: Marks
    tallies: Tallies
    announcer: Announcer
    clock: Clock

    async def mark(self, who: Identity, chat_id: str, seq: int, kind: str) -> dict[str, Any]:
        """Moves this side's `kind` (delivered or read) mark to max(old, min(seq, last_seq)); tells it when it moved.

        Returns the receipts of both sides and since when this side's mark stands where it is (null: it has none).
        """
        member = await self.access.member_chat(who, chat_id)
        reached = 0 if member.chat.purged else await self.log.reached(chat_id, seq)
        tally = await self.tallies.of(chat_id)
        if reached <= tally.reached(member.side, kind):
            return {"receipts": receipts(tally), "at": iso(tally.since(member.side, kind))}
        now = self.clock.now()
        mark = Mark(chat_id, member.side, kind, reached, now)
        await self.marks.append(mark)
        shown = receipts((await self.tallies.of(chat_id)).moved_by(mark))
        self.announcer.receipt(member.chat, member.side, shown[member.side], now)
        return {"receipts": shown, "at": iso(now)}


@dataclass(frozen=True)
class Conversation:
    access: Access
    log: MessageLog
    history: History
    uploads: Uploads
    announcer: Announcer
    serializers: Serializers
    typing_events: TypingEvents
    idle: IdleClock
    replies: ReplyClock
    signals: Signals
    outage: Outage
    obligations: Obligations
    clock: Clock

    async def post(  # noqa: PLR0913, PLR0917  the payload's fields
        self,
        who: Identity,
        chat_id: str,
        client_id: str,
        kind: str,
        body: str,
        upload_id: str | None,
        via: str | None = None,
    ) -> dict[str, Any]:
        """Stores and tells a message; the same client_id again gets the one stored then, whatever its body. `via`: by which
        way it came, if not over a socket.

        Raises NotFound, ChatEnded, Invalid for an upload that is not the sender's or not of this kind, Unavailable.
        """
        member = await self.access.member_chat(who, chat_id)
        if member.chat.purged:  # its lines are gone, the closing one too: where its log ended nobody can tell
            raise ChatEnded
        upload = await self._upload(member, kind, upload_id) if upload_id else None
        line = drafts.said(
            chat_id,
            member.side,
            who.person,
            self.clock.now(),
            client_id=client_id,
            kind=kind,
            body=body,
            upload=upload,
            via=via,
        )
        posted = await self.log.append(self.obligations.line(line, member.chat))
        if not posted.is_news:
            self._is_there(member, posted.line)  # the first try may have been cut off before this
            return {"message": self.serializers.message(posted.line), "duplicate": True}
        told = self.announcer.line(member.chat, posted.line)
        self.obligations.line_stored(posted.line)
        await self.idle.spoken(member.chat, posted.line)
        await self.replies.spoken(member.chat, posted.line)
        self._is_there(member, posted.line)
        return {"message": told, "duplicate": posted.duplicate}

    async def is_resend(self, who: Identity, payload: Payload) -> bool:
        """Whether this payload's client_id is stored already: a repeat does not count against limits."""
        chat_id, client_id = getattr(payload, "chat_id", None), getattr(payload, "client_id", None)
        if not chat_id or not client_id:
            return False
        return await self.history.line_of(chat_id, who.id, client_id) is not None

    async def typing(self, who: Identity, chat_id: str, on: bool) -> dict[str, Any]:
        """Tells the other side; nothing is stored but that the idle clock waits for it, if it is about to run out.

        Raises NotFound, ChatEnded.
        """
        member = await self.access.recent_member_chat(who, chat_id)
        if member.chat.status == "ended":
            raise ChatEnded
        is_news = self.typing_events.said(member.chat, member.side, who.id, on)
        if on and is_news and not self.outage.is_on:
            await self.idle.typed(member.chat)
        return {}

    def _is_there(self, member: Member, line: Message) -> None:
        """A customer who writes into a left message is there to be talked to; not one who writes a mail."""
        if member.chat.offline and member.side == "customer" and line.via is None:
            self.signals.customer_wrote.emit(member.chat.id, line.sent_at)

    async def _upload(self, member: Member, kind: str, upload_id: str) -> Upload:
        upload = await self.uploads.find(upload_id)
        if upload is None or upload.owner_id != member.who.id or upload.purpose:
            raise Invalid(fields={"upload_id": ["There is no such upload of yours."]})
        if kind == "image" and upload.width is None:
            raise Invalid(fields={"kind": ["This upload is not an image; send it as a file."]})
        if not await self.uploads.show_in(upload.id, member.who.id, member.chat.id):
            raise Invalid(fields={"upload_id": ["This upload is not there any more; send the file again."]})
        return upload
