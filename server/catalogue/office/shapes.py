"""The things the office's commands answer with."""

from marshmallow import Schema, fields

from server.catalogue.fields import MAX_SEQ, choice, listed, nested, time, whole
from server.catalogue.office import times
from server.catalogue.shapes import Seat, User


def count() -> fields.Integer:
    return whole(0, MAX_SEQ, required=True)


def seconds() -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"description": "seconds; null: nothing to count"})


def mean_score() -> fields.Float:
    return fields.Float(required=True, allow_none=True)


class Note(Schema):
    id = fields.String(required=True)
    chat_id = fields.String(required=True)
    client_id = fields.String(required=True)
    author = nested(User, required=True)
    body = fields.String(required=True)
    at = time(required=True)


class NoteAdded(Schema):
    chat_id = fields.String(required=True)
    note = nested(Note, required=True)


class QuickReply(Schema):
    id = fields.String(required=True)
    shortcut = fields.String(required=True, metadata={"description": "without the /"})
    body = fields.String(required=True)
    shared = fields.Boolean(required=True)
    owner = nested(User, required=True)


class Account(User):
    username = fields.String(required=True, allow_none=True)
    disabled = fields.Boolean(required=True)
    created_at = time(required=True)


class StaffMember(Account):
    seat = nested(Seat, required=True, allow_none=True)


class Department(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True)
    hours = times.weekly(required=True, metadata={"description": "mon..sun: ranges of local times; left out: closed"})
    special_days = times.special(required=True, metadata={"description": "a date's ranges instead of its weekday's"})
    is_open = fields.Boolean(required=True)
    opens_at = time(required=True, allow_none=True)


class AuditEntry(Schema):
    id = fields.String(required=True)
    at = time(required=True)
    who = nested(User, required=True, allow_none=True)
    what = fields.String(
        required=True, metadata={"description": "past tense: logged_in, login_failed, agent_created ..."}
    )
    whom = fields.String(
        required=True, allow_none=True, metadata={"description": "a person's, chat's or department's id"}
    )
    whom_user = nested(User, required=True, allow_none=True)
    details = fields.Dict(keys=fields.String(), required=True)


class Spread(Schema):
    count = count()
    mean = seconds()
    median = seconds()
    p95 = seconds()


class Spreads(Schema):
    waiting = nested(
        Spread,
        required=True,
        metadata={"description": "from the line to the first agent; not if that picked a left message"},
    )
    first_response = nested(Spread, required=True, metadata={"description": "from there to an agent's first line"})
    handling = nested(Spread, required=True, metadata={"description": "from the first agent to the end"})


class RatingsOfAgent(Schema):
    count = count()
    mean = mean_score()


class RatingsOfAll(RatingsOfAgent):
    by_score = fields.Dict(keys=choice("1", "2", "3", "4", "5"), values=count(), required=True)


class FiguresOfAgent(Spreads):
    agent = nested(User, required=True)
    chats = count()
    ratings = nested(RatingsOfAgent, required=True)


class LeftMessages(Schema):
    count = count()


class FiguresOfReport(Spreads):
    chats = whole(0, MAX_SEQ, required=True, metadata={"description": "that were live at any time"})
    ended_by_type = fields.Dict(keys=choice("customer", "agent", "timeout", "system"), values=count(), required=True)
    abandoned = whole(
        0, MAX_SEQ, required=True, metadata={"description": "ended before any agent had them, by whatever way"}
    )
    ratings = nested(RatingsOfAll, required=True)
    left_messages = nested(
        LeftMessages, required=True, metadata={"description": "that were never live, at their end; in no other figure"}
    )
    agents = listed(FiguresOfAgent, required=True)
