"""A transcript: what was said in a chat, in its reader's language and hours. Internal notes are in no log, and so in none.

Pictures and files are links through the transcript's own token: they open for as long as the chat is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from server.core.words import say
from server.mail.letters import HTML, TEXT, Letters
from server.people.chat_links import ChatLinks
from store.log.history import History
from store.people import People
from store.records import Chat, Message

BABEL = {"en": "en_GB", "zh": "zh_Hans_CN"}
MOST = 5000  # lines
PAGE = 500
STYLE = Path(__file__).parents[2] / "static" / "transcript" / "transcript.css"


@dataclass(frozen=True)
class Wish:
    """How its reader wants a transcript."""

    language: str
    zone: ZoneInfo


@dataclass(frozen=True)
class Transcripts:
    history: History
    people: People
    chat_links: ChatLinks
    letters: Letters

    async def told(self, chat: Chat, wish: Wish) -> dict[str, Any]:
        """What the templates of a transcript name."""
        lines, has_more = await self._lines(chat.id)
        token = self.chat_links.transcript_token(chat.customer_id, chat.id)
        customer = await self.people.find(chat.customer_id)
        name = customer.name if customer else ""
        return {
            "language": wish.language,
            "say": partial(say, language=wish.language),
            "desk": self.letters.desk,
            "day": format_date(chat.created_at.astimezone(wish.zone), "long", BABEL[wish.language]),
            "zone": wish.zone.key,
            "topic": chat.topic,
            "names": list(dict.fromkeys([name, *(_name(line) for line in lines if line.side == "agent")])),
            "days": list(self._days(lines, wish, name, token)),
            "left_out": MOST if has_more else 0,
            "page_url": self.letters.url(f"/chat?token={token}&zone={quote(wish.zone.key)}&lang={wish.language}"),
        }

    async def html(self, chat: Chat, wish: Wish, *, sheet: str = "") -> str:
        """A page of its own: with its style in it, or that of a sheet."""
        style = "" if sheet else STYLE.read_text()
        told = await self.told(chat, wish)
        return HTML.get_template("transcript_page.html").render(told, sheet=sheet, style=style)

    async def text(self, chat: Chat, wish: Wish) -> str:
        return TEXT.get_template("transcript_file.txt").render(await self.told(chat, wish)).strip() + "\n"

    async def _lines(self, chat_id: str) -> tuple[list[Message], bool]:
        """The last MOST, ascending, and whether there are more."""
        found, has_more = await self.history.lines(chat_id, before=2**31, limit=PAGE)
        while has_more and len(found) < MOST:
            earlier, has_more = await self.history.lines(chat_id, before=found[0].seq, limit=PAGE)
            found = [*earlier, *found]
        return found, has_more

    def _days(self, lines: Iterable[Message], wish: Wish, customer: str, token: str) -> Iterable[dict[str, Any]]:
        """Days with their lines."""
        day: dict[str, Any] = {"name": "", "lines": []}
        for line in lines:
            here, locale = line.sent_at.astimezone(wish.zone), BABEL[wish.language]
            name = format_date(here, "full", locale)
            if name != day["name"]:
                if day["lines"]:
                    yield day
                day = {"name": name, "lines": []}
            at = format_time(here, "short", locale=locale)
            day["lines"].append({"at": at, "iso": _iso(here), **self._line(line, wish.language, customer, token)})
        if day["lines"]:
            yield day

    def _line(self, line: Message, language: str, customer: str, token: str) -> dict[str, Any]:
        if line.system:
            said = system_words(line.system, language, customer)
            body = f"{said}\n{line.body}" if line.body else said
            return {"side": "system", "name": "", "body": body, "file": None}
        return {
            "side": line.side or "desk",
            "name": _name(line) or self.letters.desk,
            "body": line.body,
            "file": self._file(line, language, token) if line.upload else None,
        }

    def _file(self, line: Message, language: str, token: str) -> dict[str, str]:
        upload = line.upload or {}
        words = say("mail.picture" if line.kind == "image" else "mail.file", language, name=upload.get("name", ""))
        return {"words": words, "url": self.letters.url(f"/media/{upload.get('path', '')}?token={token}")}


def system_words(system: dict[str, Any], language: str, customer: str) -> str:
    """What happened to the chat, as its customer may know it: not why."""
    event = system.get("event", "")
    name = ((system.get("to") or system.get("agent")) or {}).get("name") or system.get("department") or ""
    if event == "ended":
        kind = system.get("ended_type")
        if kind == "timeout":
            return say("transcript.ended.timeout", language)
        return (
            say("transcript.ended.by", language, name=customer)
            if kind == "customer"
            else say("transcript.ended", language)
        )
    if event in {"opened", "transferred"} and not name:
        return ""
    if event in {"mail_from_another", "mail_left_out", "mail_bounced"}:
        files = ", ".join(system.get("files") or ())
        return say(f"transcript.{event}", language, address=system.get("address", ""), files=files)
    known = {"opened", "requeued", "transferred", "left_as_message"}
    return say(f"transcript.{event}", language, name=name) if event in known else ""


def _name(line: Message) -> str:
    return str((line.sender or {}).get("name") or "")


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="minutes")
