"""The lines of a transcript in words: by days, in its reader's language and hours, as many as its reader gets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from server.core.words import say
from server.mail.letters import Letters
from store.records import Message

BABEL = {"en": "en_GB", "zh": "zh_Hans_CN"}
FIRST, LAST = (20, 15_000), (180, 45_000)  # lines and characters at both ends that a mail carries


@dataclass(frozen=True)
class Gap:
    """Where lines are left out: before that line, and how many."""

    before: int
    count: int


def shortened(lines: list[Message]) -> tuple[list[Message], Gap | None]:
    """The first and the last, as many as a mail carries: most servers refuse large ones, and nobody reads them."""
    first = _fitting(lines, *FIRST)
    last = _fitting(reversed(lines[len(first) :]), *LAST)[::-1]
    count = len(lines) - len(first) - len(last)
    return [*first, *last], Gap(last[0].seq if last else 0, count) if count else None


def _fitting(lines: Iterable[Message], most: int, characters: int) -> list[Message]:
    found: list[Message] = []
    for line in lines:
        characters -= len(line.body or "")
        if len(found) == most or characters < 0:
            break
        found.append(line)
    return found


@dataclass(frozen=True)
class TranscriptLines:
    """`token`: opens the files of this transcript."""

    language: str
    zone: ZoneInfo
    customer: str
    token: str
    letters: Letters

    def days(self, lines: Iterable[Message], gap: Gap | None) -> Iterator[dict[str, Any]]:
        """Days with their lines."""
        day: dict[str, Any] = {"date": None, "lines": []}
        for line in lines:
            here = line.sent_at.astimezone(self.zone)
            if here.date() != day["date"]:
                if day["lines"]:
                    yield day
                name = format_date(here, "full", BABEL[self.language])
                day = {"date": here.date(), "name": name, "lines": []}
            at = self._at(here)
            if gap and gap.before == line.seq:
                said = say("transcript.gap", self.language, count=gap.count)
                day["lines"].append({**at, "side": "system", "name": "", "body": said, "file": None})
            day["lines"].append({**at, **self._line(line)})
        if day["lines"]:
            yield day

    def _at(self, here: datetime) -> dict[str, str]:
        at = format_time(here, "short", locale=BABEL[self.language])
        return {"at": at, "iso": here.isoformat(timespec="minutes")}

    def _line(self, line: Message) -> dict[str, Any]:
        if line.system:
            said = system_words(line.system, self.language, self.customer)
            body = f"{said}\n{line.body}" if line.body and said else said or line.body
            return {"side": "system", "name": "", "body": body, "file": None}
        return {
            "side": line.side or "desk",
            "name": (line.sender or {}).get("name") or self.letters.desk,
            "body": line.body,
            "file": self._file(line) if line.upload else None,
        }

    def _file(self, line: Message) -> dict[str, str]:
        upload = line.upload or {}
        key = "mail.picture" if line.kind == "image" else "mail.file"
        words = say(key, self.language, name=upload.get("name", ""))
        return {"words": words, "url": self.letters.url(f"/media/{upload.get('path', '')}?token={self.token}")}


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
