"""A mail becomes lines of a chat: the words, then the files; what was left out is said in the chat."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from server.chat import drafts
from server.chat.conversation import Conversation
from server.core.characters import is_visible
from server.core.errors import QuotaSpent, StorageFull, TooLarge, UnsupportedType
from server.core.identity import Identity
from server.mail.left_out import LeftOutMails
from server.mail.mail_worker import MailFile, ReadMail
from server.mail.whole_mails import line_id
from server.realtime.announcer import Announcer
from server.schemas.fields import MAX_BODY
from server.uploads.files import Files, Given
from store.log.history import History
from store.log.messages import MessageLog
from store.mail.incoming import MailCounts
from store.memberships import Memberships
from store.records import Person

LINES_MAX = 5  # of the words of one mail
PIECE = 1 << 16
NOT_TAKEN = (TooLarge, QuotaSpent, StorageFull, UnsupportedType)
KIB = 1024


@dataclass(frozen=True)
class MailLines:
    conversation: Conversation
    files: Files
    log: MessageLog
    history: History
    memberships: Memberships
    announcer: Announcer
    counts: MailCounts
    left_out: LeftOutMails

    async def post(self, key: str, mail: ReadMail, customer: Person, chat_id: str, now: datetime) -> None:
        """Says it in the chat as its customer's words, each line once, and what was left out. Raises ChatEnded."""
        who = identity(customer, now)
        words, rest = _words(mail)
        for number, body in enumerate(words):
            await self.conversation.post(who, chat_id, line_id(key, str(number)), "text", body, None, via="email")
        left_out = [*mail.too_many, *([f"… ({rest})"] if rest else [])]
        for number, file in enumerate(mail.files):
            if not await self._is_known_picture(key, customer, file):
                left_out += await self._file(who, key, number, file, chat_id)
        if left_out:
            event = {"event": "mail_left_out", "files": left_out[:50]}
            await self.left_out.note(customer, chat_id, await self.note(chat_id, event, line_id(key, "left"), now))

    async def note(self, chat_id: str, event: dict[str, Any], key: str, now: datetime, body: str = "") -> int:
        """A line of the desk's own, once; its number. Raises LogClosed."""
        posted = await self.log.append(drafts.system(chat_id, now, event, key=key, body=body, via="email"))
        chat = await self.memberships.of(chat_id)
        if posted.is_news and chat:
            self.announcer.line(chat, posted.line)
        return posted.line.seq

    async def _is_known_picture(self, key: str, customer: Person, file: MailFile) -> bool:
        """Pictures that the text shows are mostly those of a signature: each is taken once of a customer."""
        return file.is_inline and await self.counts.has_picture(customer.id, file.digest, key)

    async def _file(self, who: Identity, key: str, number: int, file: MailFile, chat_id: str) -> list[str]:
        """What was left out: nothing, or this file."""
        client_id = line_id(key, f"file{number}")
        if await self.history.line_of(chat_id, who.id, client_id):
            return []
        given = Given(name=file.name, address=f"mail of {who.id}", expected=file.size, purpose=None)
        try:
            upload = await self.files.receive(who, given, _pieces(Path(file.path)))
        except NOT_TAKEN:
            return [f"{file.name} ({_size(file.size)})"]
        kind = "file" if upload["width"] is None else "image"
        await self.conversation.post(who, chat_id, client_id, kind, "", upload["id"], via="email")
        return []


def identity(person: Person, now: datetime) -> Identity:
    """Who has written a mail, for rules that ask who it is: without a session."""
    return Identity(person, "mail", now, now, person.credentials_version)


def _words(mail: ReadMail) -> tuple[list[str], str]:
    """The words in lines of a chat, and how much more there is."""
    text = mail.text if is_visible(mail.text) else "" if mail.files else mail.subject
    text = text if is_visible(text) else "" if mail.files else "…"
    lines = [text[start : start + MAX_BODY] for start in range(0, len(text), MAX_BODY)]
    rest = sum(len(line) for line in lines[LINES_MAX:])
    return [line for line in lines[:LINES_MAX] if is_visible(line)], _size(rest) if rest else ""


def _size(size: int) -> str:
    return f"{size / KIB / KIB:.1f} MB" if size >= KIB * KIB else f"{max(1, size // KIB)} KB"


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
