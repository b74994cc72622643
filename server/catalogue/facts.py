"""Every fact, declared once, with the people to whom it goes."""

from server.catalogue import payloads, shapes, tidings
from server.catalogue.commands import ADMIN, AGENT, COMMANDS, CUSTOMER
from server.catalogue.entries import Catalogue, Event
from server.catalogue.office.shapes import NoteAdded

ALL = (CUSTOMER, AGENT, ADMIN)
SIDES = "the chat's customer, its agent, and the admins who watch it"

FACTS = [
    Event(
        "welcome",
        ALL,
        tidings.Welcome(),
        "the connection itself",
        "The first fact on every connection: where things stand.",
    ),
    Event(
        "message", ALL, shapes.Message(), SIDES + "; every connection of theirs, the sending one too", "A stored line."
    ),
    Event("receipt", ALL, tidings.ReceiptFact(), SIDES, "How far a side has received and read."),
    Event(
        "typing",
        ALL,
        tidings.Typing(),
        "the other side, and the admins who watch the chat",
        "Somebody types, or stopped: at most one a second a chat and side, and the last state always.",
    ),
    Event(
        "seat",
        (AGENT,),
        shapes.Seat(),
        "every connection of that agent",
        "One's own seat changed, wherever that was done: status, number of seats, chats, departments.",
    ),
    Event("queue_position", (CUSTOMER,), shapes.Queue(), "the waiting customer", "Its place changed."),
    Event(
        "chat_opened", (CUSTOMER, AGENT), shapes.Chat(), "the chat's customer and its agent", "An agent has the chat."
    ),
    Event(
        "chat_updated",
        ALL,
        shapes.Chat(),
        SIDES,
        "Something about the chat changed: opened, rated, left as a message, live again.",
    ),
    Event(
        "chat_transferred",
        ALL,
        tidings.Transferred(),
        "both agents, the customer, and the admins who watch it",
        "Another agent has the chat now.",
    ),
    Event("idle_warning", ALL, tidings.IdleWarning(), SIDES, "Nobody has said anything; the chat ends at ends_at."),
    Event("idle_cleared", ALL, tidings.IdleCleared(), SIDES, "The warning is taken back."),
    Event(
        "note_added",
        (AGENT, ADMIN),
        NoteAdded(),
        "the chat's agent, and the admins who watch it",
        "A note beside a chat.",
    ),
    Event("chat_ended", ALL, shapes.Chat(), SIDES, "The chat has ended; its closing line is in the log."),
    Event(
        "presence",
        ALL,
        tidings.Presence(),
        "an agent's: all agents and admins, and its customers; a customer's: its agent and all admins",
        "Somebody came, went, or chose another status.",
    ),
    Event(
        "queue_changed",
        (AGENT, ADMIN),
        tidings.QueueChanged(),
        "all agents and admins, at most 10 a second",
        "How many wait, and how long the first one has.",
    ),
    Event(
        "desk",
        (ADMIN,),
        tidings.Desk(),
        "the admins who watch the desk, at most 10 a second",
        "What changed on the desk.",
    ),
    Event(
        "session_expired",
        ALL,
        payloads.Nothing(),
        "the connections of that session",
        "The token's life is over; closed next.",
    ),
    Event(
        "server_stopping",
        ALL,
        tidings.ServerStopping(),
        "every connection",
        "The server goes away; come back in a moment: at a random one within spread_seconds, as everybody else does.",
    ),
]

CATALOGUE = Catalogue(COMMANDS, FACTS)
