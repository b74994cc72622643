"""The outbox on the wire: what is to reach somebody who is not on a socket, and how far it has come."""

from marshmallow import Schema, fields

from server.schemas.fields import choice, count, identifier, listed, nested, time
from server.schemas.payload import Page, Payload
from server.schemas.rows import ADMIN, ALL, Command, Event

STATES = ("waiting", "held", "sending", "pending", "sent", "dead", "dropped")
CHANNELS = ("socket", "webhook", "email", "push", "wecom")


class About(Schema):
    chat_id = identifier()
    project_id = identifier()
    ticket_id = identifier()
    batch_id = identifier()


class Delivery(Schema):
    id = fields.String(required=True)
    key = fields.String(required=True, metadata={"description": "what, to whom, through what: there is one of each"})
    kind = fields.String(required=True)
    channel = choice(*CHANNELS, required=True)
    to = fields.String(required=True, metadata={"description": "a person's id, an address, a webhook's id"})
    state = choice(
        *STATES,
        required=True,
        metadata={"description": "held: not before somebody is there, or a time; pending: waits for a confirmation"},
    )
    attempts = fields.Integer(required=True)
    next_at = time(required=True, allow_none=True, metadata={"description": "when it is tried next"})
    error = fields.String(required=True, allow_none=True, metadata={"description": "why the last attempt failed"})
    created_at = time(required=True)
    sent_at = time(required=True, allow_none=True)
    about = nested(About, required=True)


class Notice(Schema):
    id = fields.String(required=True, metadata={"description": "that of its delivery: the same one is the same notice"})
    kind = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    at = time(required=True)


class ListDeliveries(Page):
    state: str | None = choice(*STATES, load_default=None, allow_none=True)
    channel: str | None = choice(*CHANNELS, load_default=None, allow_none=True)
    about: dict[str, str] | None = nested(About, load_default=None, allow_none=True)


class OneDelivery(Payload):
    id: str = identifier(required=True)


class DeliveryAck(Schema):
    delivery = nested(Delivery, required=True)


class DeliveriesAck(Schema):
    count = count()
    results = listed(Delivery, required=True)


COMMANDS = [
    Command(
        "list_deliveries",
        ADMIN,
        ListDeliveries,
        DeliveriesAck(),
        "What is to leave the desk, or has: the newest first. dead: it was given up, error says why.",
    ),
    Command(
        "retry_delivery",
        ADMIN,
        OneDelivery,
        DeliveryAck(),
        "Sends one at once that is dead, dropped, held or waiting, with all its attempts again. conflict: it is being sent, "
        "or was.",
    ),
    Command(
        "drop_delivery",
        ADMIN,
        OneDelivery,
        DeliveryAck(),
        "It never goes. Again: answers the same. conflict: it is being sent, or was.",
    ),
]

EVENTS = [
    Event(
        "notice",
        ALL,
        Notice(),
        "the person it is for",
        "Something that concerns this person, whatever page it has open.",
    ),
]
