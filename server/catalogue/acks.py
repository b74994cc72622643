"""The shapes of the answers to commands."""

from marshmallow import Schema, fields

from server.catalogue.fields import MAX_SEQ, listed, nested, time, whole
from server.catalogue.shapes import Chat, Figures, Message, Queue, Receipts, Seat


class Nothing(Schema):
    pass


class ChatAck(Schema):
    chat = nested(Chat, required=True)


class PlaceAck(Schema):
    chat = nested(Chat, required=True, allow_none=True)
    queue = nested(Queue, required=True, allow_none=True)


class RequestedAck(PlaceAck):
    opens_at = time(
        required=True,
        allow_none=True,
        metadata={"description": "of the chat's department; null: open, or nobody knows"},
    )


class MessageAck(Schema):
    message = nested(Message, required=True)
    duplicate = fields.Boolean(required=True)


class ReceiptsAck(Schema):
    receipts = nested(Receipts, required=True)
    at = time(required=True, allow_none=True)


class SyncAck(Schema):
    chat = nested(Chat, required=True)
    messages = listed(Message, required=True)
    has_more = fields.Boolean(required=True)


class ChatsAck(Schema):
    count = whole(0, MAX_SEQ, required=True)
    results = listed(Chat, required=True)


class SeatsAck(Schema):
    count = whole(0, MAX_SEQ, required=True)
    results = listed(Seat, required=True)


class SeatAck(Schema):
    seat = nested(Seat, required=True)


class WatchDeskAck(Schema):
    agents = listed(Seat, required=True)
    queue = listed(Chat, required=True)
    chats = listed(Chat, required=True)
    figures = nested(Figures, required=True)


class WatchChatAck(Schema):
    chat = nested(Chat, required=True)
    messages = listed(Message, required=True)


class JobRun(Schema):
    name = fields.String(required=True)
    began_at = time(required=True)
    seconds = fields.Float(required=True)
    outcome = fields.String(required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class JobRunsAck(Schema):
    count = whole(0, MAX_SEQ, required=True)
    results = listed(JobRun, required=True)
