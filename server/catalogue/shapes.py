"""The things the server speaks of: users, chats, messages ... The rules build plain dictionaries; the tests hold every one
against these."""

from marshmallow import Schema, fields

from server.catalogue.fields import MAX_SEQ, choice, form, nested, time, whole

ROLES = ("customer", "agent", "admin", "platform")
STATUSES = ("queued", "open", "ended")
PRESENCES = ("online", "away", "offline")
KINDS = ("text", "image", "file", "system")
CHANNELS = ("web", "wecom")


class User(Schema):
    id = fields.String(required=True)
    role = choice(*ROLES, required=True)
    name = fields.String(required=True)
    avatar = fields.String(required=True, allow_none=True)
    email = fields.String(allow_none=True, metadata={"description": "only for the agent who serves it, and for admins"})


class Upload(Schema):
    id = fields.String(required=True)
    url = fields.String(required=True, metadata={"description": "signed; good for at least a day"})
    name = fields.String(required=True)
    size = whole(0, 10**9, required=True, metadata={"description": "bytes"})
    content_type = fields.String(required=True)
    width = whole(1, 10**6, required=True, allow_none=True)
    height = whole(1, 10**6, required=True, allow_none=True)


class _SystemEvent(Schema):
    event = choice("opened", "transferred", "requeued", "left_as_message", "ended", required=True)
    agent = nested(User, allow_none=True)
    because = fields.String(allow_none=True)
    ended_type = choice("customer", "agent", "timeout", "system")
    ended_reason = choice("resolved", "left", "abandoned", "timeout", "other")
    ended_by = fields.String(allow_none=True)
    to = nested(User, allow_none=True)
    department = fields.String()
    reason = choice("agent_vanished", "no_reply", "no_seat")


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


class Receipt(Schema):
    delivered_seq = whole(0, MAX_SEQ, required=True)
    read_seq = whole(0, MAX_SEQ, required=True)


class Receipts(Schema):
    customer = nested(Receipt, required=True)
    agent = nested(Receipt, required=True)


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


class Estimate(Schema):
    low = fields.Float(required=True)
    high = fields.Float(required=True)


class Queue(Schema):
    chat_id = fields.String(required=True)
    position = whole(1, 10**9, required=True)
    ahead = whole(0, 10**9, required=True)
    waiting = whole(1, 10**9, required=True)
    eta = nested(Estimate, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    opens_at = time(required=True, allow_none=True)


class Seat(Schema):
    agent = nested(User, required=True)
    status = choice(*PRESENCES, required=True)
    chosen = choice(*PRESENCES, required=True)
    max_chats = whole(0, 50, required=True)
    open = whole(0, 10**6, required=True)
    departments = fields.List(fields.String(), required=True)


class Figures(Schema):
    waiting = whole(0, 10**9, required=True)
    oldest_wait = fields.Float(
        required=True, metadata={"description": "seconds the first waiting chat has waited; 0: none"}
    )
    open = whole(0, 10**9, required=True)
    online = whole(0, 10**9, required=True)
    away = whole(0, 10**9, required=True)
    offline = whole(0, 10**9, required=True)
    seats = whole(0, 10**9, required=True, metadata={"description": "seats of the agents who are online"})
    free_seats = whole(0, 10**9, required=True)


class Sides(Schema):
    """What a client needs to know of the server's settings."""

    max_file_size = whole(1, 10**9, required=True)
    upload_types = fields.List(fields.String(), required=True)
    max_body = whole(1, 10**6, required=True)
    rating_days = whole(1, 1000, required=True)
    idle_warning_seconds = fields.Float(required=True)
    idle_end_seconds = fields.Float(required=True)
    departments = fields.List(fields.String(), required=True)
