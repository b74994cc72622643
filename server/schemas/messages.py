"""Messages on the wire: what is said in a chat, how far it was delivered and read, who types."""

from typing import Any, Self

from marshmallow import Schema, ValidationError, fields

from server.core.characters import is_visible
from server.schemas.fields import (
    MAX_BODY,
    MAX_SEQ,
    choice,
    client_id,
    flag,
    identifier,
    is_identifier,
    is_text,
    nested,
    text,
    time,
    whole,
)
from server.schemas.payload import OneChat, Payload
from server.schemas.people import User
from server.schemas.rows import AGENT, ALL, CUSTOMER, Command, Empty, Event, Route

KINDS = ("text", "image", "file", "system")
SYSTEM_EVENTS = (
    *("opened", "transferred", "requeued", "left_as_message", "ended"),
    *("mail_from_another", "mail_left_out", "mail_bounced"),
)
WAYS = ("socket", "email", "wecom", "api")


class Upload(Schema):
    id = fields.String(required=True)
    url = fields.String(
        required=True, metadata={"description": "signed for whoever hears it; good for at least an hour"}
    )
    thumb_url = fields.String(metadata={"description": "a WebP to 480 pixels, of larger pictures; signed as `url`"})
    name = fields.String(required=True)
    size = whole(0, 10**9, required=True, metadata={"description": "bytes"})
    content_type = fields.String(required=True)
    width = whole(1, 10**6, required=True, allow_none=True)
    height = whole(1, 10**6, required=True, allow_none=True)


class _SystemEvent(Schema):
    event = choice(*SYSTEM_EVENTS, required=True)
    agent = nested(User, allow_none=True)
    because = fields.String(allow_none=True)
    ended_type = choice("customer", "agent", "timeout", "system")
    ended_reason = choice("resolved", "left", "abandoned", "timeout", "other")
    ended_by = fields.String(allow_none=True)
    to = nested(User, allow_none=True)
    department = fields.String()
    reason = choice("agent_vanished", "no_reply", "no_seat")
    address = fields.String(
        metadata={
            "description": "mail_from_another: who wrote it, the words are in `body`; mail_bounced: where nobody is"
        }
    )
    files = fields.List(fields.String(), metadata={"description": "mail_left_out: what of a mail was left out"})


# `from` is a word of Python's: this field comes from a dictionary.
SystemEvent = _SystemEvent.from_dict({"from": nested(User, allow_none=True)}, name="SystemEvent")


class Message(Schema):
    id = fields.String(required=True)
    chat_id = fields.String(required=True)
    seq = whole(1, MAX_SEQ, required=True)
    client_id = fields.String(required=True, allow_none=True)
    kind = choice(*KINDS, required=True)
    body = fields.String(required=True)
    upload = nested(Upload, required=True, allow_none=True)
    sender = nested(User, required=True, allow_none=True)
    status = choice("sent", "delivered", "read", required=True)
    sent_at = time(required=True)
    delivered_at = time(required=True, allow_none=True)
    read_at = time(required=True, allow_none=True)
    system = nested(SystemEvent, required=True, allow_none=True)
    via = choice(*WAYS, required=True, metadata={"description": "by which way it came; api: another program wrote it"})


class Receipt(Schema):
    delivered_seq = whole(0, MAX_SEQ, required=True)
    read_seq = whole(0, MAX_SEQ, required=True)


class Receipts(Schema):
    customer = nested(Receipt, required=True)
    agent = nested(Receipt, required=True)


TEXT = {"chat_id", "client_id", "body"}
TEXT_OF_A_KIND = TEXT | {"kind"}
MARK = {"chat_id", "seq"}


class SendMessage(OneChat):
    client_id: str = client_id(required=True)
    kind: str = choice("text", "image", "file", load_default="text")
    body: str = text(MAX_BODY, load_default="")
    upload_id: str | None = identifier(allow_none=True, load_default=None)

    @classmethod
    def fast_path(cls, given: dict[str, Any]) -> Self | None:
        keys = given.keys()
        if not (keys == TEXT or (keys == TEXT_OF_A_KIND and given["kind"] == "text")):
            return None
        chat_id, client_id, body = given["chat_id"], given["client_id"], given["body"]
        if is_identifier(chat_id) and is_text(client_id, 64) and is_text(body, MAX_BODY) and is_visible(body):
            return cls(chat_id=chat_id, client_id=client_id, kind="text", body=body, upload_id=None)
        return None

    def check(self) -> None:
        if self.kind == "text":
            if not is_visible(self.body):
                raise ValidationError("A text has 1 to 4000 characters, and one at least that can be seen.", "body")
            if self.upload_id:
                raise ValidationError("A text carries no upload.", "upload_id")
        elif not self.upload_id:
            raise ValidationError("An image or a file carries an upload.", "upload_id")


class UploadFor(Payload):
    purpose: str | None = choice("avatar", data_key="for", load_default=None)


class Mark(OneChat):
    seq: int = whole(0, MAX_SEQ, required=True)

    @classmethod
    def fast_path(cls, given: dict[str, Any]) -> Self | None:
        if given.keys() == MARK and type(given["seq"]) is int and 0 <= given["seq"] <= MAX_SEQ:
            return cls(chat_id=given["chat_id"], seq=given["seq"]) if is_identifier(given["chat_id"]) else None
        return None


class Typing(OneChat):
    on: bool = flag(required=True)


class MessageAck(Schema):
    message = nested(Message, required=True)
    duplicate = fields.Boolean(required=True)


class ReceiptsAck(Schema):
    receipts = nested(Receipts, required=True)
    at = time(required=True, allow_none=True)


class ReceiptEvent(Schema):
    chat_id = fields.String(required=True)
    side = choice("customer", "agent", required=True)
    delivered_seq = whole(0, MAX_SEQ, required=True)
    read_seq = whole(0, MAX_SEQ, required=True)
    at = time(required=True)


class TypingEvent(Schema):
    chat_id = fields.String(required=True)
    user_id = fields.String(required=True)
    on = fields.Boolean(required=True)


SIDES = "the chat's customer, its agent, and the admins who watch it"


def _participants(namespace: str) -> list[Command]:
    """What a customer and an agent do alike, each in its own chats."""
    return [
        Command(
            "send_message",
            namespace,
            SendMessage,
            MessageAck(),
            "Says something. Acked once it is stored by the majority and journaled; the same client_id again answers "
            "with the message stored then, duplicate true.",
            limit="send_message",
            writes=True,
            by_link=True,
        ),
        Command(
            "typing",
            namespace,
            Typing,
            Empty(),
            "Begins or stops typing; not stored. Said more often than once a second, the last state is told.",
            limit="typing",
            allowed_in_outage=True,
            writes=True,
            by_link=True,
        ),
    ]


def _marks(namespace: str) -> list[Command]:
    """How far a customer and an agent say they are."""
    return [
        Command(
            "mark_delivered",
            namespace,
            Mark,
            ReceiptsAck(),
            "Has received everything up to seq: the mark of one's side becomes max(old, min(seq, last_seq)).",
            concurrent=True,
            by_link=True,
        ),
        Command(
            "mark_read",
            namespace,
            Mark,
            ReceiptsAck(),
            "Has read everything up to seq; read implies delivered.",
            concurrent=True,
            by_link=True,
        ),
    ]


COMMANDS = [row for namespace in (CUSTOMER, AGENT) for row in (*_participants(namespace), *_marks(namespace))]

EVENTS = [
    Event("message", ALL, Message(), SIDES + "; every connection of theirs, the sending one too", "A stored line."),
    Event("receipt", ALL, ReceiptEvent(), SIDES, "How far a side has received and read."),
    Event(
        "typing",
        ALL,
        TypingEvent(),
        "the other side, and the admins who watch the chat",
        "Somebody types, or stopped: at most one a second a chat and side, and the last state always.",
    ),
]

ROUTES = (
    Route(
        "POST",
        "/api/uploads",
        Upload(),
        "A file, to be sent with send_message. A customer needs an unended chat (else 409), but for=avatar: a picture to 2 MB.",
        query=UploadFor,
        takes_file=True,
        session=True,
        status=201,
        also=(403, 408, 409, 413, 415, 507),
    ),
)
