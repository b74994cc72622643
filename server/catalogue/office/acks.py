"""The shapes of the office's answers."""

from marshmallow import Schema, fields

from server.catalogue.fields import listed, nested
from server.catalogue.office import shapes
from server.catalogue.office.shapes import count
from server.catalogue.shapes import Seat


class NoteAck(Schema):
    note = nested(shapes.Note, required=True)


class NotesAck(Schema):
    count = count()
    results = listed(shapes.Note, required=True)


class QuickReplyAck(Schema):
    quick_reply = nested(shapes.QuickReply, required=True)


class QuickRepliesAck(Schema):
    count = count()
    results = listed(shapes.QuickReply, required=True)


class UsersAck(Schema):
    count = count()
    results = listed(shapes.StaffMember, required=True)


class UserAck(Schema):
    user = nested(shapes.Account, required=True)
    seat = nested(Seat, required=True, allow_none=True)


class CreatedAgentAck(UserAck):
    password = fields.String(
        required=True, allow_none=True, metadata={"description": "the invented one, shown this once; null: given"}
    )


class DepartmentAck(Schema):
    department = nested(shapes.Department, required=True)


class DepartmentsAck(Schema):
    count = count()
    results = listed(shapes.Department, required=True)


class AuditAck(Schema):
    count = count()
    results = listed(shapes.AuditEntry, required=True)


class ReportAck(Schema):
    figures = nested(shapes.FiguresOfReport, required=True)
