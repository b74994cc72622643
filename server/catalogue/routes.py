"""The public HTTP routes whose answers are described on /events, with the shapes of those."""

from dataclasses import dataclass

from marshmallow import Schema, fields

from server.catalogue.fields import listed, time, whole


@dataclass(frozen=True)
class Route:
    """`answer`: the shape of a success; refusals are {detail, code} everywhere."""

    method: str
    path: str
    answer: Schema
    sentence: str


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


ROUTES = (
    Route(
        "GET",
        "/api/availability",
        AvailabilityAnswer(),
        "Whether each department is open and somebody is there, how many wait and how soon chats are answered; without "
        "departments one row. For everybody, also from the sites in CORS_ORIGINS; at most 10 s old.",
    ),
)
