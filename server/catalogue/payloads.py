"""The shapes of what the commands take. Unknown fields are refused (marshmallow's default)."""

from marshmallow import Schema, ValidationError, validates_schema

from server.catalogue.fields import MAX_SEQ, Flag, choice, client_id, form, identifier, text, time, whole
from server.catalogue.shapes import PRESENCES, STATUSES

MAX_BODY = 4000


class Nothing(Schema):
    pass


class OneChat(Schema):
    chat_id = identifier(required=True)


class RequestChat(Schema):
    topic = text(200, allow_none=True)
    department = text(60, allow_none=True)
    form = form(allow_none=True)
    page_url = text(2048, allow_none=True)
    leave_message = Flag(load_default=False)
    continues = identifier(allow_none=True, load_default=None)


class SendMessage(OneChat):
    client_id = client_id(required=True)
    kind = choice("text", "image", "file", load_default="text")
    body = text(MAX_BODY, load_default="")
    upload_id = identifier(allow_none=True, load_default=None)

    @validates_schema
    def _fits_its_kind(self, data: dict[str, object], **_: object) -> None:
        if data["kind"] == "text":
            if not str(data["body"]).strip():
                raise ValidationError("A text has 1 to 4000 characters, not all of them blank.", "body")
            if data["upload_id"]:
                raise ValidationError("A text carries no upload.", "upload_id")
        elif not data["upload_id"]:
            raise ValidationError("An image or a file carries an upload.", "upload_id")


class Mark(OneChat):
    seq = whole(0, MAX_SEQ, required=True)


class Typing(OneChat):
    on = Flag(required=True)


class SyncChat(OneChat):
    after = whole(0, MAX_SEQ)
    before = whole(1, MAX_SEQ)
    limit = whole(1, 500, load_default=200)

    @validates_schema
    def _one_way(self, data: dict[str, object], **_: object) -> None:
        if "after" in data and "before" in data:
            raise ValidationError("Either after or before, not both.", "before")


class EndChat(OneChat):
    reason = choice("resolved", "left", "other", allow_none=True, load_default=None)
    comment = text(1000, allow_none=True, load_default=None)


class RateChat(OneChat):
    score = whole(1, 5, required=True)
    comment = text(1000, allow_none=True, load_default=None)


class Page(Schema):
    page = whole(1, 10**6, load_default=1)
    page_size = whole(1, 100, load_default=20)


class ListChats(Page):
    status = choice(*STATUSES, allow_none=True, load_default=None)


class ListQueue(Page):
    offline = Flag(allow_none=True, load_default=None)


class ListAllChats(ListChats):
    agent_id = identifier(allow_none=True, load_default=None)
    customer_id = identifier(allow_none=True, load_default=None)
    since = time(allow_none=True, load_default=None)
    until = time(allow_none=True, load_default=None)


class SetStatus(Schema):
    status = choice(*PRESENCES, required=True)
    max_chats = whole(0, 50, load_default=None)


class TransferChat(OneChat):
    agent_id = identifier(allow_none=True, load_default=None)
    department = text(60, shortest=1, allow_none=True, load_default=None)
    note = text(2000, allow_none=True, load_default=None)


class SetPriority(OneChat):
    priority = whole(-10, 10, required=True)


class AssignChat(OneChat):
    agent_id = identifier(required=True)


# HTTP


class Guest(Schema):
    name = text(100, allow_none=True, load_default=None)
    email = text(254, allow_none=True, load_default=None)
    locale = text(20, allow_none=True, load_default=None)


class Login(Schema):
    username = text(64, shortest=1, required=True)
    password = text(200, shortest=1, required=True)


class Identify(Schema):
    identity_token = text(8192, shortest=1, required=True)
