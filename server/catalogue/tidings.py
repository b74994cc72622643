"""The shapes of the facts that are not just a chat or a message."""

from marshmallow import Schema, fields

from server.catalogue.fields import MAX_SEQ, choice, listed, nested, time, whole
from server.catalogue.shapes import PRESENCES, Chat, Figures, Message, Queue, Seat, Sides, User


class Welcome(Schema):
    user = nested(User, required=True)
    token = fields.String(required=True, allow_none=True, metadata={"description": "a fresh one under half its life"})
    now = time(required=True)
    session_expires_at = time(required=True)
    chats = listed(Chat, required=True)
    queue = nested(Queue, required=True, allow_none=True)
    seat = nested(Seat, required=True, allow_none=True)
    settings = nested(Sides, required=True)


class ReceiptFact(Schema):
    chat_id = fields.String(required=True)
    side = choice("customer", "agent", required=True)
    delivered_seq = whole(0, MAX_SEQ, required=True)
    read_seq = whole(0, MAX_SEQ, required=True)
    at = time(required=True)


class Typing(Schema):
    chat_id = fields.String(required=True)
    user_id = fields.String(required=True)
    on = fields.Boolean(required=True)


class Presence(Schema):
    user_id = fields.String(required=True)
    role = choice("customer", "agent", required=True)
    status = choice(*PRESENCES, required=True)
    at = time(required=True)


class QueueChanged(Schema):
    waiting = whole(0, 10**9, required=True)
    oldest_wait = fields.Float(required=True, metadata={"description": "seconds"})


class Desk(Schema):
    at = time(required=True)
    figures = nested(Figures, required=True)
    agents = listed(Seat, required=True)
    chats = listed(Chat, required=True)
    messages = listed(Message, required=True)
    more = fields.Boolean(required=True, metadata={"description": "more happened than fits: watch_desk tells all"})


class IdleWarning(Schema):
    chat_id = fields.String(required=True)
    ends_at = time(required=True)
    seconds_left = fields.Float(required=True)


class IdleCleared(Schema):
    chat_id = fields.String(required=True)


# `from` is a word of Python's: such a shape is made from a dictionary.
Transferred = Schema.from_dict(
    {"chat": nested(Chat, required=True), "from": nested(User, required=True), "to": nested(User, required=True)},
    name="Transferred",
)


class ServerStopping(Schema):
    spread_seconds = fields.Float(required=True)  # come back at a random moment within these: many others do too
