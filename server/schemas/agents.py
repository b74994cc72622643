"""Agents on the wire: seats, presence, quick replies."""

from marshmallow import Schema, ValidationError, fields, validate

from server.schemas.fields import (
    MAX_BODY,
    choice,
    client_id,
    flag,
    identifier,
    nested,
    not_blank,
    page_of,
    time,
    whole,
)
from server.schemas.payload import Nothing, Payload
from server.schemas.people import User
from server.schemas.rows import AGENT, ALL, Command, Empty, Event

PRESENCES = ("online", "away", "offline")


class Seat(Schema):
    agent = nested(User, required=True)
    status = choice(*PRESENCES, required=True)
    chosen = choice(*PRESENCES, required=True)
    max_chats = whole(0, 50, required=True)
    max_allowed = whole(
        0, 50, required=True, metadata={"description": "the number that an admin gave; the agent may lower max_chats"}
    )
    open = whole(0, 10**6, required=True)
    departments = fields.List(fields.String(), required=True)
    by_push = fields.Boolean(
        required=True,
        metadata={
            "description": "no page of the agent is connected: pushes reach it, and it keeps its chats for a while"
        },
    )


class QuickReply(Schema):
    id = fields.String(required=True)
    shortcut = fields.String(required=True, metadata={"description": "without the /"})
    body = fields.String(required=True)
    shared = fields.Boolean(required=True)
    owner = nested(User, required=True)


class SetStatus(Payload):
    status: str = choice(*PRESENCES, required=True)
    max_chats: int | None = whole(0, 50, load_default=None)


SHORTCUT = validate.Regexp(
    r"/?[^\s/\u202a-\u202e\u2066-\u2069]{1,40}\Z",
    error="1 to 40 characters without blanks; a / before them is left out.",
)


class SaveQuickReply(Payload):
    id: str | None = identifier(load_default=None, allow_none=True)
    client_id: str | None = client_id(load_default=None, allow_none=True)
    shortcut: str = not_blank(41, SHORTCUT)
    body: str = not_blank(MAX_BODY)
    shared: bool | None = flag(load_default=None, allow_none=True)

    def check(self) -> None:
        if not self.id and not self.client_id:
            raise ValidationError("An id to edit, or a client_id to create.", "client_id")
        self.shortcut = self.shortcut.removeprefix("/")


class OneQuickReply(Payload):
    id: str = identifier(required=True)


SeatsAck = page_of(Seat, "SeatsAck")


class SeatAck(Schema):
    seat = nested(Seat, required=True)


class QuickReplyAck(Schema):
    quick_reply = nested(QuickReply, required=True)


QuickRepliesAck = page_of(QuickReply, "QuickRepliesAck")


class Presence(Schema):
    user_id = fields.String(required=True)
    role = choice("customer", "agent", required=True)
    status = choice(*PRESENCES, required=True)
    at = time(required=True)


COMMANDS = [
    Command(
        "set_status",
        AGENT,
        SetStatus,
        SeatAck(),
        "Online takes new chats; away and offline do not, open ones stay. max_chats lowers the number of seats, or "
        "raises it up to what an admin gave; more is invalid.",
    ),
    Command("list_agents", AGENT, Nothing, SeatsAck(), "The colleagues and their seats."),
    Command("list_quick_replies", AGENT, Nothing, QuickRepliesAck(), "One's own and the shared ones, by shortcut."),
    Command(
        "save_quick_reply",
        AGENT,
        SaveQuickReply,
        QuickReplyAck(),
        "With an id changes one's own (shared left out: as it is); without one makes it, once for each client_id. A "
        "shortcut one has already is a conflict; another agent's shared one is forbidden.",
    ),
    Command(
        "delete_quick_reply",
        AGENT,
        OneQuickReply,
        Empty(),
        "Deletes one's own; again answers as the first time.",
    ),
]


EVENTS = [
    Event(
        "presence",
        ALL,
        Presence(),
        "an agent's: all agents and admins, and its customers; a customer's: its agent and all admins",
        "Somebody came, went, or chose another status.",
    ),
    Event(
        "seat",
        (AGENT,),
        Seat(),
        "every connection of that agent",
        "One's own seat changed, wherever that was done: status, number of seats, chats, departments.",
    ),
]
