"""The live picture on the wire: the welcome, and what admins watch."""

from marshmallow import Schema, fields

from server.schemas.admin import saying_texts
from server.schemas.agents import Seat
from server.schemas.chat import Chat
from server.schemas.fields import choice, listed, nested, time, whole
from server.schemas.messages import Message
from server.schemas.payload import Nothing, OneChat
from server.schemas.people import User
from server.schemas.queue import Queue
from server.schemas.rows import ADMIN, ALL, Command, Empty, Event


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


class ClientSettings(Schema):
    """What a client needs to know of the server's settings."""

    max_file_size = whole(1, 10**9, required=True)
    upload_types = fields.List(fields.String(), required=True)
    max_body = whole(1, 10**6, required=True)
    rating_days = whole(1, 1000, required=True)
    idle_warning_seconds = fields.Float(required=True)
    idle_end_seconds = fields.Float(required=True)
    departments = fields.List(fields.String(), required=True)
    mail = fields.Boolean(required=True, metadata={"description": "whether the desk sends e-mail"})
    usual_texts = saying_texts(
        metadata={
            "description": "admins: what is said where a department has no words of its own; {when} becomes a sentence"
        }
    )
    department_walls = fields.Boolean(
        required=True, metadata={"description": "agents see the chats of their departments only"}
    )
    vapid_public_key = fields.String(
        required=True, metadata={"description": "what a browser subscribes to pushes with (save_push)"}
    )


class WatchDeskAck(Schema):
    agents = listed(Seat, required=True)
    queue = listed(Chat, required=True)
    chats = listed(Chat, required=True)
    figures = nested(Figures, required=True)


class WatchChatAck(Schema):
    chat = nested(Chat, required=True)
    messages = listed(Message, required=True)


class Welcome(Schema):
    user = nested(User, required=True)
    token = fields.String(required=True, allow_none=True, metadata={"description": "a fresh one under half its life"})
    now = time(required=True)
    session_expires_at = time(required=True)
    chats = listed(Chat, required=True)
    queue = nested(Queue, required=True, allow_none=True)
    seat = nested(Seat, required=True, allow_none=True)
    settings = nested(ClientSettings, required=True)
    email = fields.String(
        allow_none=True, metadata={"description": "customers: where their answers may go while they are away"}
    )
    second_factor = choice(
        "on", "off", "needed", metadata={"description": "staff's; needed: nothing but setting it up is answered"}
    )


class Desk(Schema):
    at = time(required=True)
    figures = nested(Figures, required=True)
    agents = listed(Seat, required=True)
    chats = listed(Chat, required=True)
    messages = listed(Message, required=True)
    more = fields.Boolean(required=True, metadata={"description": "more happened than fits: watch_desk tells all"})


class ServerStopping(Schema):
    spread_seconds = fields.Float(required=True)  # come back at a random moment within these: many others do too


COMMANDS = [
    Command(
        "watch_desk",
        ADMIN,
        Nothing,
        WatchDeskAck(),
        "The whole desk as it is; from then on `desk` events tell what changes.",
    ),
    Command("unwatch_desk", ADMIN, Nothing, Empty(), "No more `desk` events."),
    Command(
        "watch_chat",
        ADMIN,
        OneChat,
        WatchChatAck(),
        "A chat and its last 200 lines; from then on its events, live.",
    ),
    Command("unwatch_chat", ADMIN, OneChat, Empty(), "No more events of this chat."),
]


EVENTS = [
    Event(
        "welcome",
        ALL,
        Welcome(),
        "the connection itself",
        "The first event on every connection: where things stand.",
    ),
    Event(
        "desk",
        (ADMIN,),
        Desk(),
        "the admins who watch the desk, at most 10 a second",
        "What changed on the desk.",
    ),
    Event(
        "session_expired",
        ALL,
        Empty(),
        "the connections of that session",
        "The token's life is over; closed next.",
    ),
    Event(
        "server_stopping",
        ALL,
        ServerStopping(),
        "every connection",
        "The server goes away; come back in a moment: at a random one within spread_seconds, as everybody else does.",
    ),
]
