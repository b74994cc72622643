"""Chats on the wire: their states, how they end, what is thought of them; notes and tags beside them."""

from datetime import datetime

from marshmallow import Schema, ValidationError, fields, validate

from server.schemas.fields import (
    MAX_BODY,
    MAX_SEQ,
    choice,
    client_id,
    each_once,
    form,
    identifier,
    listed,
    nested,
    not_blank,
    page_of,
    remark,
    time,
    whole,
    words,
)
from server.schemas.messages import SIDES, Message, Receipts
from server.schemas.payload import OneChat, Page
from server.schemas.people import User
from server.schemas.rows import ADMIN, AGENT, ALL, CUSTOMER, Command, Event

STATUSES = ("queued", "open", "ended")
CHANNELS = ("web", "wecom")


class Rating(Schema):
    score = whole(1, 5, required=True)
    comment = fields.String(required=True, allow_none=True)
    at = time(required=True)


class Because(Schema):
    rule = fields.String(required=True)
    by = fields.String(metadata={"description": "who decided, when it was a person"})
    candidates = fields.List(fields.Dict(), required=True)


class Chat(Schema):
    id = fields.String(required=True)
    status = choice(*STATUSES, required=True)
    customer = nested(User, required=True)
    agent = nested(User, required=True, allow_none=True)
    department = fields.String(required=True, allow_none=True)
    topic = fields.String(required=True, allow_none=True)
    created_at = time(required=True)
    queued_at = time(required=True)
    opened_at = time(required=True, allow_none=True)
    ended_at = time(required=True, allow_none=True)
    ended_reason = fields.String(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)
    ended_type = fields.String(required=True, allow_none=True)
    rating = nested(Rating, required=True, allow_none=True)
    last_seq = whole(0, MAX_SEQ, required=True)
    last_message = nested(Message, required=True, allow_none=True)
    last_message_at = time(required=True, allow_none=True)
    unread = whole(0, MAX_SEQ, required=True, allow_none=True)
    ends_at = time(required=True, allow_none=True)
    offline = fields.Boolean(
        required=True, metadata={"description": "a left message: no place, no seat, no clock, until it becomes live"}
    )
    continues = fields.String(
        required=True, allow_none=True, metadata={"description": "the ended chat that this one goes on with"}
    )
    receipts = nested(Receipts, required=True)
    priority = whole(-10, 10, metadata={"description": "this and the following: agents and admins only"})
    tags = fields.List(fields.String())
    ended_comment = fields.String(allow_none=True)
    form = form(allow_none=True)
    page_url = fields.String(allow_none=True)
    assigned_because = nested(Because, allow_none=True)
    customer_here = fields.Boolean(
        metadata={"description": "whether a connection of the customer lives; its `presence` says when that changes"}
    )
    channel = choice(*CHANNELS, metadata={"description": "by which way the customer came"})
    updated_at = time(metadata={"description": "of its last line, system lines too, or its rating"})


class Note(Schema):
    id = fields.String(required=True)
    chat_id = fields.String(required=True)
    client_id = fields.String(required=True)
    author = nested(User, required=True)
    body = fields.String(required=True)
    at = time(required=True)


class SyncChat(OneChat):
    after: int | None = whole(0, MAX_SEQ, load_default=None)
    before: int | None = whole(1, MAX_SEQ, load_default=None)
    limit: int = whole(1, 500, load_default=200)

    def check(self) -> None:
        if self.after is not None and self.before is not None:
            raise ValidationError("Either after or before, not both.", "before")


class EndChat(OneChat):
    reason: str | None = choice("resolved", "left", "other", allow_none=True, load_default=None)
    comment: str | None = remark(1000)


class RateChat(OneChat):
    score: int = whole(1, 5, required=True)
    comment: str | None = remark(1000)


class ListChats(Page):
    status: str | None = choice(*STATUSES, allow_none=True, load_default=None)


class ListAllChats(ListChats):
    agent_id: str | None = identifier(allow_none=True, load_default=None)
    customer_id: str | None = identifier(allow_none=True, load_default=None)
    since: datetime | None = time(allow_none=True, load_default=None)
    until: datetime | None = time(allow_none=True, load_default=None)


class AddNote(OneChat):
    client_id: str = client_id(required=True)
    body: str = not_blank(MAX_BODY)


class SetTags(OneChat):
    tags: list[str] = each_once(words(40, lower=True), required=True, validate=validate.Length(max=20))


class CustomerHistory(Page):
    customer_id: str = identifier(required=True)


class ChatAck(Schema):
    chat = nested(Chat, required=True)


class SyncAck(Schema):
    chat = nested(Chat, required=True)
    messages = listed(Message, required=True)
    has_more = fields.Boolean(required=True)


ChatsAck = page_of(Chat, "ChatsAck")


class NoteAck(Schema):
    note = nested(Note, required=True)


NotesAck = page_of(Note, "NotesAck")


class IdleWarning(Schema):
    chat_id = fields.String(required=True)
    ends_at = time(required=True)
    seconds_left = fields.Float(required=True)


class IdleCleared(Schema):
    chat_id = fields.String(required=True)


class NoteAdded(Schema):
    chat_id = fields.String(required=True)
    note = nested(Note, required=True)


def _participants(namespace: str) -> list[Command]:
    """What a customer and an agent do alike, each on its own chats."""
    return [
        Command(
            "sync_chat",
            namespace,
            SyncChat,
            SyncAck(),
            "The lines after or before a seq, ascending; without either the last ones. has_more: more lie that way. "
            "An agent may read what its own chat continues, too.",
            by_link=True,
        ),
        Command(
            "end_chat",
            namespace,
            EndChat,
            ChatAck(),
            "Ends the chat with a closing line; again answers as the first time.",
            limit="end_chat",
            by_link=True,
        ),
        Command("list_chats", namespace, ListChats, ChatsAck(), "One's own chats, the newest first.", by_link=True),
    ]


def _staff(namespace: str) -> list[Command]:
    return [
        Command(
            "list_notes",
            namespace,
            OneChat,
            NotesAck(),
            "All notes beside a chat, the oldest first. Customers never see them.",
        ),
    ]


COMMANDS = [
    *_participants(CUSTOMER),
    *_participants(AGENT),
    *_staff(AGENT),
    *_staff(ADMIN),
    Command(
        "rate_chat",
        CUSTOMER,
        RateChat,
        ChatAck(),
        "Rates an ended chat that an agent had, once, within 7 days; equal values again answer as the first time.",
        limit="rate_chat",
        writes=True,
        by_link=True,
    ),
    Command(
        "keep_open",
        CUSTOMER,
        OneChat,
        ChatAck(),
        '"I\'m still here": clears an idle warning and begins the idle clock anew; chat_ended once the end has begun.',
        writes=True,
        by_link=True,
    ),
    Command(
        "add_note",
        AGENT,
        AddNote,
        NoteAck(),
        "Writes a note beside one's chat, also after its end; the same client_id again answers with the note kept then.",
    ),
    Command(
        "set_tags",
        AGENT,
        SetTags,
        ChatAck(),
        "These tags instead of those the chat had: at most 20 of 40 characters, in small letters, trimmed, without repeats.",
    ),
    Command(
        "customer_history",
        AGENT,
        CustomerHistory,
        ChatsAck(),
        "Every chat of a customer whom this agent serves or has served, the newest first; others are not_found.",
    ),
    Command(
        "end_chat",
        ADMIN,
        EndChat,
        ChatAck(),
        "Ends any chat with a closing line, as the desk itself does (`ended_type` system); `ended_by` says who. The reason is "
        "other if none is given. Again: answers as the first time.",
        limit="end_chat",
    ),
    Command("list_chats", ADMIN, ListAllChats, ChatsAck(), "Any chats, the newest first."),
]

EVENTS = [
    Event("chat_opened", (CUSTOMER, AGENT), Chat(), "the chat's customer and its agent", "An agent has the chat."),
    Event(
        "chat_updated",
        ALL,
        Chat(),
        SIDES,
        "Something about the chat changed: opened, rated, left as a message, live again.",
    ),
    Event("idle_warning", ALL, IdleWarning(), SIDES, "Nobody has said anything; the chat ends at ends_at."),
    Event("idle_cleared", ALL, IdleCleared(), SIDES, "The warning is taken back."),
    Event(
        "note_added",
        (AGENT, ADMIN),
        NoteAdded(),
        "the chat's agent, and the admins who watch it",
        "A note beside a chat.",
    ),
    Event("chat_ended", ALL, Chat(), SIDES, "The chat has ended; its closing line is in the log."),
]
