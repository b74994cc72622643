"""Mails to customers of what was said to them in a chat while they were not there to read it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.channels.base import Gone, Later
from server.channels.mail import Mail
from server.core.clock import Clock
from server.core.words import language_of, say
from server.mail.addresses import ANSWERS, UNREAD, CustomerAddresses, Reader
from server.mail.letters import Letters
from server.people.chat_links import ChatLinks
from store.chats import Chats
from store.log.history import History
from store.log.records import Digest
from store.mail.chats import MailedChats
from store.outbox.deliveries import Delivery
from store.records import Chat, Message

ANSWER, UNREAD_LINES = "answer", "unread_lines"  # kinds of deliveries
MOST_LINES = 50  # in one mail
AGAIN = timedelta(seconds=1)
QUOTED = 1000  # characters of what the customer asked
NOTHING = Gone("everything was read, or mailed before", is_unwanted=True)


@dataclass(frozen=True)
class Unread:
    """`lines`: the agent's after `after`, which no other mail takes."""

    lines: list[Message]
    question: Message | None
    has_more: bool


@dataclass(frozen=True)
class ChatLines:
    chats: Chats
    history: History
    mailed: MailedChats
    addresses: CustomerAddresses
    letters: Letters
    chat_links: ChatLinks
    clock: Clock

    async def compose(self, delivery: Delivery) -> Mail | Gone | Later:
        """Whatever is unread by now, in one mail: later lines of the same wait go with it."""
        chat_id = delivery.about["chat_id"]
        digest = (await self.history.digests([chat_id])).get(chat_id)
        if digest is None or digest.chat.purged:
            return Gone("the chat is not kept any more", is_unwanted=True)
        chat, kind = digest.chat, ANSWERS if delivery.kind == ANSWER else UNREAD
        after = _after(chat, delivery)
        refusal = await self.addresses.refusal(chat.customer_id, kind) or await self._is_unwanted(digest, after)
        if refusal:  # what is said from now on gets a delivery of its own
            await self.mailed.note_mailed(chat, delivery.id, after, after)
            return refusal
        reader = await self.addresses.reader(delivery, chat.customer_id, kind)
        if isinstance(reader, Later):
            return reader
        unread = await self._take(digest, delivery, after)
        return self._mail(delivery, chat, reader, unread) if unread else Later(self.clock.now() + AGAIN)

    async def _is_unwanted(self, digest: Digest, after: int) -> Gone | None:
        if digest.chat.here and not digest.chat.offline:
            return Gone("the customer is back", is_unwanted=True)
        return None if (await self._unread(digest, after)).lines else NOTHING

    async def _take(self, digest: Digest, delivery: Delivery, after: int) -> Unread | None:
        """Notes that these lines go with this delivery, before they are read: whatever is said after the note is seen by
        whoever says it as not mailed, and gets a delivery of its own. None: somebody else noted something meanwhile.
        """
        if not await self.mailed.note_mailed(digest.chat, delivery.id, after, digest.last_seq):
            return None
        chat_id = digest.chat.id
        later = (await self.history.digests([chat_id])).get(chat_id)
        if later and later.last_seq > digest.last_seq:
            return await self._take(later, delivery, after)
        return await self._unread(digest, after)

    async def _unread(self, digest: Digest, after: int) -> Unread:
        start = max(after, digest.tally.reached("customer", "read"))
        lines, has_more = await self.history.lines(digest.chat.id, after=start, limit=MOST_LINES)
        said = [line for line in lines if _is_said(line)]
        before, _ = await self.history.lines(digest.chat.id, before=said[0].seq, limit=10) if said else ([], False)
        asked = [line for line in before if line.side == "customer" and line.body]
        return Unread(said, asked[-1] if asked else None, has_more)

    def _mail(self, delivery: Delivery, chat: Chat, reader: Reader, unread: Unread) -> Mail:
        """Nothing that the customer wrote stands in a mail to an address that it only typed: anybody's may be typed."""
        language = language_of(reader.person.locale)
        may_quote = reader.confirm_url is None and unread.question is not None
        return self.letters.mail(
            delivery,
            reader.to,
            language,
            subject=f"{delivery.kind}.subject",
            template="lines",
            chat_id=chat.id,
            stop_url=reader.stop_url,
            intro=say(f"{delivery.kind}.intro", language),
            quoted=unread.question.body[:QUOTED] if may_quote and unread.question else None,
            lines=[self._line(language, line) for line in unread.lines],
            has_more=unread.has_more,
            chat_url=self.chat_links.url(chat.customer_id, chat.id, reader.to.address),
            confirm_url=reader.confirm_url,
        )

    def _line(self, language: str, line: Message) -> dict[str, Any]:
        name = (line.upload or {}).get("name", "")
        shown = say("mail.picture" if line.kind == "image" else "mail.file", language, name=name) if line.upload else ""
        return {
            "name": (line.sender or {}).get("name", ""),
            "at": self.letters.time(language, line.sent_at),
            "body": "\n".join(part for part in (line.body, shown) if part),
        }


def _is_said(line: Message) -> bool:
    """By the agent, or by another program; what the desk says by itself (greetings) need not be read later."""
    return line.side == "agent" or (line.sender or {}).get("role") == "platform"


def _after(chat: Chat, delivery: Delivery) -> int:
    """The line after which this delivery's begin: it keeps them when it is tried again."""
    mailed = chat.mailed or {}
    if mailed.get("by") == delivery.id:
        return int(mailed["after"])
    return int(mailed.get("upto", 0))
