"""What the store hands to the rules: frozen records, never raw documents."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Record:
    """A document as a record: `id` is its _id, every other field keeps its name; what is missing is None."""

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(*[document.get(key) for _, key in _columns(cls)])

    def document(self) -> dict[str, Any]:
        """As stored: what is None is left out, so that partial unique indexes pass it by."""
        keys, values_of = _layout(type(self))
        return {key: value for key, value in zip(keys, values_of(self), strict=True) if value is not None}


def columns(record: type[Record]) -> list[str]:
    """What a query has to bring for this record."""
    return [key for _, key in _columns(record)]


# By class: each field's name, and its name in a document.
_columns: Callable[[Any], list[tuple[str, str]]] = cache(
    lambda record: [(field.name, "_id" if field.name == "id" else field.name) for field in fields(record)]
)

# By class: the names in a document, and a function that gets all values at once: every message and mark comes by here.
_layout: Callable[[Any], tuple[list[str], Callable[[Any], tuple[Any, ...]]]] = cache(
    lambda record: ([key for _, key in _columns(record)], attrgetter(*(name for name, _ in _columns(record))))
)


@dataclass(frozen=True, slots=True)
class Person(Record):
    """A customer, agent, admin or platform. `erasing`: {by, at}: what is known of it is being erased; `erased_at`: since when
    it is. `leaving`: it is being deleted, and is not enabled again.

    `verified_email`: the address of which it has shown that it reads it; `bounced`: {email, said, at}: nobody was at that one;
    `stopped_mails`: the kinds that it does not want.

    `attributes`: what other programs say of a customer. `scopes`: what a platform's credential is good for; None: for
    everything. `credentials_version` counts the changes of its password and the times its sessions were ended: a session
    that began under another one is over. `session_kept`: but for this one, in which the password was changed, or the others
    were ended.
    """

    id: str
    role: str
    name: str
    username: str | None
    email: str | None
    verified_email: str | None
    bounced: dict[str, Any] | None
    stopped_mails: list[str] | None
    avatar: str | None
    locale: str | None
    password_hash: str | None
    first_password: bool | None
    disabled: bool | None
    leaving: bool | None
    deleted_at: datetime | None
    tokens_from: datetime | None
    session_kept: str | None
    credentials_version: int | None
    made_with: str | None
    site_sub: str | None
    scopes: list[str] | None
    attributes: dict[str, str] | None
    erasing: dict[str, Any] | None
    erased_at: datetime | None
    created_at: datetime

    @property
    def has_verified_email(self) -> bool:
        return self.email is not None and self.email == self.verified_email

    @property
    def has_bounced(self) -> bool:
        """Whether nobody is at its address."""
        return self.email is not None and (self.bounced or {}).get("email") == self.email

    def has_credentials(self, version: int | None) -> bool:
        """Whether a session that began under this version goes on."""
        return (version or 0) == (self.credentials_version or 0)


@dataclass(frozen=True, slots=True)
class Seat(Record):
    """An agent's seat: the set of its chats (its size below max_chats is the guard), and where it is connected.

    `seats_given`: the number that an admin set, which the agent may lower (max_chats), not raise. `offline_at`: the end of
    the grace of an agent without a connection; `leaving`: it is over, its chats are returning. `hears_pushes`: they reach it,
    and give it a longer grace.
    """

    id: str
    chosen: str
    max_chats: int
    chats: list[str]
    departments: list[str]
    connections: list[str]
    offline_at: datetime | None
    leaving: bool | None
    last_assigned_at: datetime | None
    seats_given: int | None
    hears_pushes: bool | None

    @property
    def by_push(self) -> bool:
        """Whether nothing but pushes reaches the agent just now."""
        return bool(self.hears_pushes) and not self.connections and self.offline_at is not None

    @property
    def max_allowed(self) -> int:
        """What the agent may choose at most. Seats of before were never lowered apart from the admin's number."""
        return self.max_chats if self.seats_given is None else self.seats_given

    @property
    def is_there(self) -> bool:
        """Whether a connection of the agent lives, or may come back within its grace."""
        return bool(self.connections) or self.offline_at is not None

    @property
    def is_online(self) -> bool:
        """Whether the agent is connected and takes chats; one within its grace is not."""
        return self.chosen == "online" and bool(self.connections) and not self.leaving

    def serves(self, department: str | None) -> bool:
        """An agent without departments serves all; a chat without one may go to anybody."""
        return not self.departments or department is None or department in self.departments

    @property
    def status(self) -> str:
        """online, away or offline, as the others see it."""
        return self.chosen if self.is_there else "offline"


@dataclass(frozen=True, slots=True)
class Message(Record):
    """One message of a chat's log, of a side, of a program (its side is `bot`) or of the desk itself (`system`).

    `via`: by which way it came, None for a socket. `owes`: the event that the world outside is still to hear of it.
    """

    chat_id: str
    seq: int
    kind: str
    body: str
    sent_at: datetime
    side: str | None = None
    sender_id: str | None = None
    sender: dict[str, Any] | None = None
    client_id: str | None = None
    upload: dict[str, Any] | None = None
    system: dict[str, Any] | None = None
    closing: bool | None = None
    via: str | None = None
    owes: str | None = None


@dataclass(frozen=True, slots=True)
class Membership(Record):
    """Whose a chat is and which clocks run: what every command in a chat has to know, and no more.

    `offline`: a left message, which has no clocks. `purged`: its words were removed. Deadlines, null when nothing is due:
    `idle_at` for a look at the idle clock (`warned`: the next one ends the chat), `reply_at` for a look at what the agent owes.
    `beyond_wall`: it went from its last agent to a department behind that agent's wall, and nobody has had it since.
    `earlier`: the chats that it goes on from, the last one first; chats of before have no such list.
    """

    id: str
    status: str
    customer_id: str
    agent_id: str | None
    last_agent_id: str | None
    offline: bool
    assigned_at: datetime | None
    idle_at: datetime | None
    warned: bool | None
    reply_at: datetime | None
    purged: bool | None
    beyond_wall: bool | None
    earlier: list[str] | None

    def is_or_goes_on_from(self, chat_id: str) -> bool:
        return chat_id == self.id or chat_id in (self.earlier or ())

    @property
    def its_agent(self) -> str | None:
        """The agent who takes part in it; in an ended chat the last one, if it did not go behind a wall from there."""
        if self.status != "ended":
            return self.agent_id
        return None if self.beyond_wall else self.last_agent_id

    def side_of(self, user_id: str) -> str | None:
        """customer or agent: the side on which this person may speak; None for everybody else."""
        if user_id == self.customer_id:
            return "customer"
        return "agent" if user_id == self.its_agent else None


@dataclass(frozen=True, slots=True)
class Chat(Membership):
    """A chat, as its document says and its log overrules: a closed log is an ended chat.

    `unread_at`: when what its customer has not read is mailed to it, who was gone by then; `mailed`: {by, after, upto,
    round}: the lines that the last delivery of mail took, and how many there were. `transcripts_from`: links to
    transcripts that were made until then are over.

    `here`: its customer's connections; `abandon_at`: when one who waits and has none has left the queue; `away_at`: when
    one whose chat is open and who has none has left it as a message, counted from `gone_at`, when the last one went;
    `greet_at` and `first_answer_at`: when the desk says something by itself if no agent has spoken.
    `ending_until`: somebody is about to end a warned chat and has claimed that until then. `was_left`: it was a left message
    at any time; `left_by_absence`: it last became one because its customer was away; `live_at`: since when it has been a
    chat again. `was_live`: it waited in the queue or was open as a live chat at any time; `waited_from`: since when it had
    waited in the queue when its first agent came, None if it had not.
    """

    department: str | None
    topic: str | None
    form: dict[str, str] | None
    page_url: str | None
    continues: str | None
    was_live: bool
    was_left: bool | None
    left_by_absence: bool | None
    live_at: datetime | None
    waited_from: datetime | None
    priority: int
    returned: bool
    tags: list[str]
    created_at: datetime
    queued_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    ended_reason: str | None
    ended_by: str | None
    ended_type: str | None
    ended_comment: str | None
    rating: dict[str, Any] | None
    assigned_because: dict[str, Any] | None
    untold: dict[str, Any] | None
    preferred_agent_id: str | None
    here: list[str] | None
    abandon_at: datetime | None
    away_at: datetime | None
    gone_at: datetime | None
    unread_at: datetime | None
    mailed: dict[str, Any] | None
    transcripts_from: datetime | None
    kept_open_at: datetime | None
    typed_at: datetime | None
    ending_until: datetime | None
    greet_at: datetime | None
    first_answer_at: datetime | None


@dataclass(frozen=True, slots=True)
class Upload(Record):
    """A stored file. `path` is relative to the media folder. `purpose`: "avatar", None for chats. `gone`: nobody may send it
    any more, and it is about to be removed. `charset`: of a text, empty when nobody can tell; None for UTF-8. `thumb`: there
    is a thumbnail beside it.
    """

    id: str
    owner_id: str
    chat_ids: list[str]
    name: str
    size: int
    content_type: str
    width: int | None
    height: int | None
    path: str
    created_at: datetime
    purpose: str | None
    gone: bool | None
    charset: str | None
    thumb: bool | None

    def kept(self) -> dict[str, Any]:
        """What a message keeps of it."""
        names = ("id", "name", "size", "content_type", "width", "height", "path")
        return {name: getattr(self, name) for name in names} | ({"thumb": True} if self.thumb else {})
