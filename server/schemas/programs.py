"""What other programs read and say over HTTP, with a platform's credential: chats, lines, the report."""

from marshmallow import Schema, fields

from server.schemas.admin import FiguresOfReport, Report
from server.schemas.chat import Chat, ChatsAck, ListAllChats
from server.schemas.fields import MAX_BODY, MAX_SEQ, client_id, listed, not_blank, whole
from server.schemas.messages import Message, MessageAck
from server.schemas.payload import Payload
from server.schemas.rows import Route


class LinesAfter(Payload):
    after: int = whole(0, MAX_SEQ, load_default=0)
    limit: int = whole(1, 500, load_default=200)


class PostLine(Payload):
    client_id: str = client_id(required=True)
    body: str = not_blank(MAX_BODY)


class LinesAnswer(Schema):
    messages = listed(Message, required=True)
    has_more = fields.Boolean(required=True, metadata={"description": "ask again, after the last one's seq"})


ROUTES = (
    Route(
        "GET",
        "/api/chats",
        ChatsAck(),
        "Any chats, the newest first, as admins see them; created in [since, until). agent_id: who has or had it last.",
        query=ListAllChats,
        scope="chats:read",
    ),
    Route("GET", "/api/chats/{id}", Chat(), "One chat.", scope="chats:read"),
    Route(
        "GET",
        "/api/chats/{id}/messages",
        LinesAnswer(),
        "Its lines behind the seq `after`, ascending, from the first one on without it. Addresses of files are good for an "
        "hour at least.",
        query=LinesAfter,
        scope="chats:read",
    ),
    Route(
        "POST",
        "/api/chats/{id}/messages",
        MessageAck(),
        "Says something in an unended chat, as a bot with the credential's name. It is no answer: no clock, seat or figure "
        "moves by it. 201; the same client_id again: 200, with the line stored then. An ended chat: 409 `chat_ended`.",
        payload=PostLine,
        scope="chats:write",
        status=201,
        also=(200, 409),
    ),
    Route(
        "GET",
        "/api/report",
        FiguresOfReport(),
        "The figures of the chats that ended in [since, until), as the command `report` has them.",
        query=Report,
        scope="report:read",
    ),
)
