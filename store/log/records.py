"""Marks; and what is derived from logs and marks: never stored, so it cannot drift."""

from dataclasses import dataclass
from datetime import datetime

from store.records import Chat, Message, Record


@dataclass(frozen=True, slots=True)
class Mark(Record):
    """`side` has had delivered (or has read) everything up to `seq`, first noted at `at`."""

    chat_id: str
    side: str
    kind: str
    seq: int
    at: datetime

    def says(self, side: str, kind: str) -> bool:
        """Whether it speaks of this: what was read was delivered."""
        return self.side == side and kind in {self.kind, "delivered"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How far each side has come, by the latest marks of a chat."""

    marks: tuple[Mark, ...]

    def reached(self, side: str, kind: str) -> int:
        """Up to which seq `side` has `kind` (delivered or read); read implies delivered."""
        found = 0
        for mark in self.marks:  # written out: every mark asks this a dozen times
            if mark.seq > found and mark.side == side and kind in (mark.kind, "delivered"):
                found = mark.seq
        return found

    def since(self, side: str, kind: str) -> datetime | None:
        """Since when it has reached that; None when it never did."""
        reached = self.reached(side, kind)
        return min([mark.at for mark in self.marks if mark.says(side, kind) and mark.seq == reached], default=None)

    def first_at(self, side: str, kind: str, seq: int) -> datetime | None:
        """When `side` first had `kind` as far as `seq`, as far back as these marks say; None when it has not."""
        return min([mark.at for mark in self.marks if mark.says(side, kind) and mark.seq >= seq], default=None)

    def has(self, mark: Mark) -> bool:
        """Whether its side has come as far already."""
        return any(old.side == mark.side and old.kind == mark.kind and old.seq >= mark.seq for old in self.marks)

    def moved_by(self, mark: Mark) -> "Tally":
        """With this mark; those that it overtakes say nothing any more."""
        kept = [old for old in self.marks if old.side != mark.side or old.kind != mark.kind or old.seq >= mark.seq]
        return Tally((*kept, mark))


@dataclass(frozen=True, slots=True)
class Digest:
    """A chat with what is derived from its log: never stored, so it cannot drift."""

    chat: Chat
    last_seq: int
    last_line_at: datetime | None
    last_message: Message | None
    closing: Message | None
    tally: Tally
