"""The queue on the wire: asking for a chat, places, taking, handing over; and what a page may know beforehand."""

from marshmallow import Schema, ValidationError, fields

from server.schemas.chat import Chat, ChatAck, ChatsAck
from server.schemas.fields import (
    email,
    flag,
    form,
    identifier,
    line,
    listed,
    nested,
    text,
    time,
    visitor_name,
    web_page,
    whole,
    words,
)
from server.schemas.payload import Nothing, OneChat, Page, Payload
from server.schemas.people import User
from server.schemas.rows import ADMIN, AGENT, ALL, CUSTOMER, Command, Event, Route


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


class Availability(Schema):
    name = fields.String(required=True, allow_none=True, metadata={"description": "null: there are no departments"})
    is_open = fields.Boolean(required=True)
    opens_at = time(required=True, allow_none=True, metadata={"description": "null: open, or within 400 days never"})
    staffed = fields.Boolean(required=True, metadata={"description": "somebody of it is online"})
    waiting = whole(0, 10**9, required=True, metadata={"description": "in its line; no left messages"})
    usual_answer_seconds = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "median from the first agent to its first line, of the latest chats; null: none"},
    )


class AvailabilityAnswer(Schema):
    departments = listed(Availability, required=True)


OF_A_PERSON = {"name": visitor_name(allow_none=True), "email": email(allow_none=True)}


class RequestChat(Payload):
    topic: str | None = line(200, allow_none=True, load_default=None)
    department: str | None = line(60, allow_none=True, load_default=None)
    form: dict[str, str] | None = form(allow_none=True, load_default=None)
    page_url: str | None = web_page(allow_none=True, load_default=None)
    leave_message: bool = flag(load_default=False)
    continues: str | None = identifier(allow_none=True, load_default=None)

    def check(self) -> None:
        """What a form says of the person is held to what a guest may say of itself."""
        for key, field in OF_A_PERSON.items():
            if self.form and key in self.form:
                try:
                    self.form[key] = field.deserialize(self.form[key]) or ""
                except ValidationError as error:
                    raise ValidationError({key: error.messages}, "form") from None


class ListQueue(Page):
    offline: bool | None = flag(allow_none=True, load_default=None)


class TransferChat(OneChat):
    agent_id: str | None = identifier(allow_none=True, load_default=None)
    department: str | None = words(60, allow_none=True, load_default=None)
    note: str | None = text(2000, allow_none=True, load_default=None)


class SetPriority(OneChat):
    priority: int = whole(-10, 10, required=True)


class AssignChat(OneChat):
    agent_id: str = identifier(required=True)


class PlaceAck(Schema):
    chat = nested(Chat, required=True, allow_none=True)
    queue = nested(Queue, required=True, allow_none=True)


class RequestedAck(PlaceAck):
    opens_at = time(
        required=True,
        allow_none=True,
        metadata={"description": "of the chat's department; null: open, or nobody knows"},
    )


class QueueChanged(Schema):
    waiting = whole(0, 10**9, required=True)
    oldest_wait = fields.Float(required=True, metadata={"description": "seconds"})


# `from` is a word of Python's: such a shape is made from a dictionary.
Transferred = Schema.from_dict(
    {"chat": nested(Chat, required=True), "from": nested(User, required=True), "to": nested(User, required=True)},
    name="Transferred",
)


COMMANDS = [
    Command(
        "request_chat",
        CUSTOMER,
        RequestChat,
        RequestedAck(),
        "Asks for a chat: opened at once if a seat is free, else queued. A customer with an unended chat gets that one. "
        "leave_message, or a closed department: a left message, which waits without a place. Once there are departments, an "
        "unknown one is invalid. continues: an own ended chat (else not_found), whose last agent is preferred.",
        limit="request_chat",
        writes=True,
        by_link=True,
    ),
    Command("queue_status", CUSTOMER, Nothing, PlaceAck(), "The unended chat and its place, if any.", by_link=True),
    Command(
        "leave_queue",
        CUSTOMER,
        OneChat,
        ChatAck(),
        "Gives up waiting; again answers as the first time, conflict once an agent has the chat.",
        by_link=True,
    ),
    Command(
        "list_queue",
        AGENT,
        ListQueue,
        ChatsAck(),
        "The waiting chats in the order of service, behind them the left messages; offline: only these, or only those.",
    ),
    Command(
        "take_chat",
        AGENT,
        OneChat,
        ChatAck(),
        "Picks a waiting chat by hand; conflict if somebody else has it or no seat is free. A left message needs none, at any "
        "hour.",
    ),
    Command(
        "transfer_chat",
        AGENT,
        TransferChat,
        ChatAck(),
        "Gives an open chat to a colleague with a free seat, or back to the front of a department's queue; a left message, "
        "which stays one, without a seat. The note is for colleagues only.",
    ),
    Command(
        "assign_chat",
        ADMIN,
        AssignChat,
        ChatAck(),
        "Gives a waiting or open chat to this agent; conflict if it is not online or has no free seat, which a left message "
        "does not need.",
    ),
    *(
        Command(
            "set_priority",
            namespace,
            SetPriority,
            ChatAck(),
            "Moves a chat up (to 10) or down (to -10) its queue, now or when it returns to it; agents: their own.",
        )
        for namespace in (AGENT, ADMIN)
    ),
]


EVENTS = [
    Event("queue_position", (CUSTOMER,), Queue(), "the waiting customer", "Its place changed."),
    Event(
        "queue_changed",
        (AGENT, ADMIN),
        QueueChanged(),
        "all agents and admins, at most 10 a second",
        "How many wait, and how long the first one has; also told when one of them comes or goes.",
    ),
    Event(
        "chat_transferred",
        ALL,
        Transferred(),
        "both agents, the customer, and the admins who watch it",
        "Another agent has the chat now.",
    ),
]


ROUTES = (
    Route(
        "GET",
        "/api/availability",
        AvailabilityAnswer(),
        "Whether each department is open and somebody is there, how many wait and how soon chats are answered; without "
        "departments one row. For everybody, also from the sites in CORS_ORIGINS; at most 10 s old.",
    ),
)
