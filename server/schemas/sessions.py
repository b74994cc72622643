"""Sessions on the wire: where one is logged in."""

from marshmallow import Schema, fields

from server.schemas.fields import count, identifier, listed, time
from server.schemas.payload import Nothing, Payload
from server.schemas.rows import ADMIN, AGENT, Command, Empty, Event


class Session(Schema):
    id = fields.String(required=True)
    current = fields.Boolean(required=True, metadata={"description": "the one of this connection"})
    created_at = time(required=True)
    seen_at = time(required=True)
    expires_at = time(required=True, metadata={"description": "when it is over, unless it is used before"})
    address = fields.String(required=True, allow_none=True, metadata={"description": "null: a log-in of before"})
    browser = fields.String(required=True, allow_none=True, metadata={"description": 'as "Firefox on Linux"'})


class SessionRenewed(Schema):
    token = fields.String(required=True, metadata={"description": "the session's from now on: keep it"})


class OneSession(Payload):
    id: str = identifier(required=True)


class SessionsAck(Schema):
    count = count()
    results = listed(Session, required=True)


class EndedAck(Schema):
    ended = count()


def _staff(namespace: str) -> list[Command]:
    return [
        Command("list_sessions", namespace, Nothing, SessionsAck(), "Where one is logged in, the latest seen first."),
        Command(
            "end_session",
            namespace,
            OneSession,
            Empty(),
            "Ends one's own session: its tokens are over, and its connections hear session_expired. Again answers as the first "
            "time; another's is not_found.",
        ),
        Command("end_other_sessions", namespace, Nothing, EndedAck(), "Ends all of one's sessions but this one."),
    ]


COMMANDS = [*_staff(AGENT), *_staff(ADMIN)]

EVENTS = [
    Event(
        "session_renewed",
        (AGENT, ADMIN),
        SessionRenewed(),
        "the connection in which the password was typed",
        "Its session begins anew: its other connections are closed, and its tokens of before end a minute later.",
    ),
]
