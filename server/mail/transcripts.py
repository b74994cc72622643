"""A transcript: what was said in a chat, in its reader's language and hours. Internal notes are in no log, and so in none.

Pictures and files are links through the transcript's own token: they open for as long as the chat is kept. What is read from
the database becomes a text in a thread, for a long chat makes a long one.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date

from server.core.text_threads import TextThreads
from server.core.words import say
from server.mail.letters import HTML, TEXT, Letters
from server.mail.transcript_lines import BABEL, TranscriptLines, shortened
from server.people.chat_links import ChatLinks
from store.log.history import History
from store.people import People
from store.records import Chat, Message

MOST = 5000  # lines
PAGE = 500
STYLE = Path(__file__).parents[2] / "static" / "transcript" / "transcript.css"


@dataclass(frozen=True)
class Wish:
    """How its reader wants a transcript. `upto`: its last line; None: all that was said by now."""

    language: str
    zone: ZoneInfo
    upto: int | None = None


@dataclass(frozen=True)
class Said:
    """What was read for a transcript. `has_more`: there are earlier lines."""

    chat: Chat
    customer: str
    lines: list[Message]
    has_more: bool

    @property
    def upto(self) -> int:
        return self.lines[-1].seq if self.lines else 0


@dataclass(frozen=True)
class Transcripts:
    history: History
    people: People
    chat_links: ChatLinks
    letters: Letters
    threads: TextThreads

    async def said(self, chat: Chat, wish: Wish) -> Said:
        lines, has_more = await self._lines(chat.id, wish.upto)
        customer = await self.people.find(chat.customer_id)
        return Said(chat, customer.name if customer else "", lines, has_more)

    async def html(self, chat: Chat, wish: Wish, *, sheet: str = "") -> str:
        """A page of its own: with its style in it, or that of a sheet."""
        return await self.threads.run(self._html, await self.said(chat, wish), wish, sheet)

    async def text(self, chat: Chat, wish: Wish) -> str:
        return await self.threads.run(self._text, await self.said(chat, wish), wish)

    def told(self, said: Said, wish: Wish, *, is_mailed: bool = False) -> dict[str, Any]:
        """What the templates of a transcript name. In a mail stand as many lines as mails carry. For a thread."""
        token = self.chat_links.transcript_token(said.chat.customer_id, said.chat.id, said.upto)
        shown, gap = shortened(said.lines) if is_mailed else (said.lines, None)
        lines = TranscriptLines(wish.language, wish.zone, said.customer, token, self.letters)
        agents = (str((line.sender or {}).get("name") or "") for line in said.lines if line.side == "agent")
        return {
            "language": wish.language,
            "say": partial(say, language=wish.language),
            "desk": self.letters.desk,
            "day": format_date(said.chat.created_at.astimezone(wish.zone), "long", BABEL[wish.language]),
            "zone": wish.zone.key,
            "topic": said.chat.topic,
            "names": list(dict.fromkeys([said.customer, *agents])),
            "days": list(lines.days(shown, gap)),
            "is_shortened": gap is not None,
            "left_out": MOST if said.has_more else 0,
            "page_url": self.letters.url(f"/chat?token={token}&zone={quote(wish.zone.key)}&lang={wish.language}"),
        }

    def _html(self, said: Said, wish: Wish, sheet: str) -> str:
        style = "" if sheet else STYLE.read_text()
        return HTML.get_template("transcript_page.html").render(self.told(said, wish), sheet=sheet, style=style)

    def _text(self, said: Said, wish: Wish) -> str:
        return TEXT.get_template("transcript_file.txt").render(self.told(said, wish)).strip() + "\n"

    async def _lines(self, chat_id: str, upto: int | None) -> tuple[list[Message], bool]:
        """The last MOST, ascending, and whether there are more."""
        before = 2**31 if upto is None else upto + 1
        found, has_more = await self.history.lines(chat_id, before=before, limit=PAGE)
        while has_more and len(found) < MOST:
            earlier, has_more = await self.history.lines(chat_id, before=found[0].seq, limit=PAGE)
            found = [*earlier, *found]
        return found, has_more
