"""Webhooks on the wire: other programs that are told what happens on the desk, by HTTP (Standard Webhooks)."""

from marshmallow import Schema, fields, validate

from server.schemas.chat import Chat
from server.schemas.customers import Customer
from server.schemas.fields import (
    choice,
    client_id,
    each_once,
    flag,
    identifier,
    listed,
    nested,
    not_blank,
    page_of,
    time,
)
from server.schemas.messages import Message
from server.schemas.payload import Nothing, Payload
from server.schemas.rows import ADMIN, Command, Empty

OF_CHATS = (
    "chat_requested",
    "chat_opened",
    "chat_transferred",
    "message_posted",
    "chat_ended",
    "chat_rated",
    "message_left",
)
CUSTOMER_IDENTIFIED = "customer_identified"
NAMES = (*OF_CHATS, CUSTOMER_IDENTIFIED, "notice_*", "ticket_*")
URL_MAX = 2048


class Call(Schema):
    at = time(required=True)
    status = fields.Integer(required=True, allow_none=True, metadata={"description": "null: no answer came"})
    took_ms = fields.Integer(required=True)
    error = fields.String(allow_none=True, metadata={"description": "why it did not count as delivered"})


class Webhook(Schema):
    id = fields.String(required=True)
    url = fields.String(required=True)
    events = fields.List(choice(*NAMES), required=True)
    enabled = fields.Boolean(required=True, metadata={"description": "false: it is paused, or was disabled"})
    created_at = time(required=True)
    last = nested(Call, required=True, allow_none=True, metadata={"description": "the last call"})
    calls = listed(Call, required=True, metadata={"description": "the last ten, the newest first"})
    failing_since = time(required=True, allow_none=True, metadata={"description": "no call went well since then"})
    disabled_because = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "why the desk disabled it; null where an admin paused it"},
    )


class WebhookEvent(Schema):
    """The body of a call. `data`: {chat}, and {message} of message_posted; {customer} of customer_identified."""

    type = choice(*OF_CHATS, CUSTOMER_IDENTIFIED, "webhook_test", required=True)
    timestamp = time(required=True, metadata={"description": "when it happened"})
    data = fields.Dict(required=True)


class AboutChat(Schema):
    chat = nested(Chat, required=True, metadata={"description": "as admins see it, at the moment of the call"})
    message = nested(Message, metadata={"description": "the line of message_posted; its `sender` says who posted it"})


class AboutCustomer(Schema):
    customer = nested(Customer, required=True)


class SaveWebhook(Payload):
    id: str | None = identifier(load_default=None, allow_none=True)
    client_id: str | None = client_id(load_default=None, allow_none=True)
    url: str = not_blank(URL_MAX)
    events: list[str] = each_once(
        choice(*NAMES), validate=validate.Length(1, len(NAMES), error="At least one event."), required=True
    )
    enabled: bool | None = flag(load_default=None, allow_none=True)


class OneWebhook(Payload):
    id: str = identifier(required=True)


class WebhookAck(Schema):
    webhook = nested(Webhook, required=True)
    secret = fields.String(
        metadata={"description": "whsec_...: with it the calls are signed; of a new one, shown this once"}
    )


class SecretAck(Schema):
    secret = fields.String(required=True, metadata={"description": "shown this once"})


class TestAck(Schema):
    status = fields.Integer(required=True, allow_none=True, metadata={"description": "null: no answer came"})
    took_ms = fields.Integer(required=True)
    answer = fields.String(required=True, metadata={"description": "how it begins; without one: why none came"})


WebhooksAck = page_of(Webhook, "WebhooksAck")

COMMANDS = [
    Command("list_webhooks", ADMIN, Nothing, WebhooksAck(), "All of them, the oldest first."),
    Command(
        "save_webhook",
        ADMIN,
        SaveWebhook,
        WebhookAck(),
        "Without id a new one, with its secret; with the client_id of one that is there: that one. With id: address and events "
        "change; enabled false pauses it, true sends what waits and forgets that it failed. Addresses are public, and https; "
        "others WEBHOOK_ALLOW names (else invalid).",
    ),
    Command(
        "rotate_webhook",
        ADMIN,
        OneWebhook,
        SecretAck(),
        "A new secret. For a day calls are signed with the one before as well.",
    ),
    Command("delete_webhook", ADMIN, OneWebhook, Empty(), "It is told nothing more. Again: nothing is left to do."),
    Command(
        "test_webhook",
        ADMIN,
        OneWebhook,
        TestAck(),
        "Calls it now, with the event webhook_test, and says what came back. Nothing is disabled by it or sent again.",
    ),
]
