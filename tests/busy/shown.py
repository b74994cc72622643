"""What a page shows, as shown.js reads it, and the marks by which foreign words are known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = (Path(__file__).parent / "shown.js").read_text().split("\n", 1)[1]
KINDS = "line|answer|note|topic|tag|comment"
MARK = re.compile(rf"#([a-z]+-\d\d)-(?:{KINDS})-\d+")
SECRET = "for colleagues only"  # stands in every note, and in nothing that a visitor may see


def key_of(name: str) -> str:
    """How the marks call this person: "Ann 17" writes "#ann-17-line-3"."""
    return name.lower().replace(" ", "-")


def mark(key: str, kind: str, number: int) -> str:
    """Stands in front of everything that is written by or to this customer."""
    return f"#{key}-{kind}-{number}"


def owners(text: str) -> set[str]:
    """Whose words these are, by their marks."""
    return set(MARK.findall(text))


@dataclass(frozen=True)
class Message:
    """`is_going`: it is on its way to the desk, or was refused, and need not be stored."""

    body: str
    is_system: bool = False
    is_going: bool = False


@dataclass(frozen=True)
class Row:
    title: str
    words: str = ""
    load: str = ""
    status: str = ""
    is_ended: bool = False
    is_current: bool = False
    is_here: str = ""  # yes, no, or "" for nobody asks


@dataclass(frozen=True)
class Shown:
    """One moment of one page. A list that the page does not have is empty."""

    raw: dict[str, Any]
    lines: list[Message]

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Shown:
        return cls(raw, [Message(each["body"], each["isSystem"], each["isGoing"]) for each in raw["lines"]])

    def rows(self, name: str) -> list[Row]:
        return [
            Row(
                each["title"],
                each["words"],
                each["load"],
                each["status"],
                each["isEnded"],
                each["isCurrent"],
                each["isHere"],
            )
            for each in self.raw[name]
        ]

    def has_button(self, label: str) -> bool:
        return any(each.startswith(label) for each in self.raw["buttons"])

    def __getitem__(self, name: str) -> Any:
        return self.raw[name]
