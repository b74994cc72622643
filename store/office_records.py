"""What the office's store hands to the rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.records import Record


@dataclass(frozen=True, slots=True)
class Note(Record):
    """What an agent wrote beside a chat. `author` is its User as it was then."""

    id: str
    chat_id: str
    client_id: str
    author_id: str
    author: dict[str, Any]
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class QuickReply(Record):
    """A text kept under a shortcut. Of a deleted one only owner and client_id are left, so that repeats are known."""

    id: str
    owner_id: str
    client_id: str
    shortcut: str
    body: str
    shared: bool
    deleted: bool | None


@dataclass(frozen=True, slots=True)
class Department(Record):
    """A department and when it is open: hours by weekday (mon..sun), special days by date; ranges of local times."""

    id: str
    name: str
    time_zone: str
    hours: dict[str, list[list[str]]]
    special_days: dict[str, list[list[str]]]


@dataclass(frozen=True, slots=True)
class AuditEntry(Record):
    """Who did what to whom. `whom` is the id of a person, a chat or a department."""

    id: str
    at: datetime
    who_id: str | None
    what: str
    whom: str | None
    details: dict[str, Any]
