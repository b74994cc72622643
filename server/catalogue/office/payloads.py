"""The shapes of what the office's commands take."""

import unicodedata
from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from server.catalogue.fields import Flag, client_id, identifier, text, time, whole
from server.catalogue.office import times
from server.catalogue.payloads import MAX_BODY, OneChat, Page
from server.catalogue.shapes import ROLES
from server.people.accounts import USERNAME
from server.people.passwords import MAX_LENGTH, MIN_LENGTH

SHORTCUT = validate.Regexp(r"/?[^\s/]{1,40}\Z", error="1 to 40 characters without blanks; a / before them is left out.")
LONGEST_GIVEN = 1000  # characters of a short text before its blanks are made single
USER_NAME = validate.Regexp(USERNAME.pattern + r"\Z", error="1 to 64 letters, digits or . _ @ + -")


class Words(fields.String):
    """A short text, trimmed, its blanks single; `lower`: and in small letters. Its length is counted after that."""

    def __init__(self, longest: int, *, lower: bool = False, **more: Any) -> None:
        super().__init__(validate=validate.Length(1, longest), **more)
        self._lower = lower

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        given = text(LONGEST_GIVEN).deserialize(super()._deserialize(value, attr, data, **kwargs))
        words = " ".join(unicodedata.normalize("NFC", given).split())
        return words.lower() if self._lower else words


class EachOnce(fields.List[Any]):
    """A list without repeats, in the order given."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return list(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


def _not_blank(body: str) -> None:
    if not body.strip():
        raise ValidationError("Not all of it may be blank.")


def _text(longest: int, rule: Callable[[str], Any]) -> fields.String:
    """A required text that `rule` lets pass, too."""
    field = text(longest, shortest=1, required=True)
    field.validators.append(rule)
    return field


def _password(**more: Any) -> fields.String:
    return text(MAX_LENGTH, shortest=MIN_LENGTH, **more)


def _departments() -> fields.List[Any]:
    return EachOnce(Words(60), validate=validate.Length(max=50), load_default=None, allow_none=True)


class AddNote(OneChat):
    client_id = client_id(required=True)
    body = _text(MAX_BODY, _not_blank)


class SetTags(OneChat):
    tags = EachOnce(Words(40, lower=True), required=True, validate=validate.Length(max=20))


class SaveQuickReply(Schema):
    id = identifier(load_default=None, allow_none=True)
    client_id = client_id(load_default=None, allow_none=True)
    shortcut = _text(41, SHORTCUT)
    body = _text(MAX_BODY, _not_blank)
    shared = Flag(load_default=None, allow_none=True)

    @validates_schema
    def _edits_or_creates(self, data: dict[str, Any], **_: object) -> None:
        if not data["id"] and not data["client_id"]:
            raise ValidationError("An id to edit, or a client_id to create.", "client_id")

    @post_load
    def _without_slash(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        return {**data, "shortcut": data["shortcut"].removeprefix("/")}


class OneQuickReply(Schema):
    id = identifier(required=True)


class CustomerHistory(Page):
    customer_id = identifier(required=True)


class ChangePassword(Schema):
    old = text(MAX_LENGTH, shortest=1, required=True)
    new = _password(required=True)


class ListUsers(Page):
    role = fields.String(validate=validate.OneOf(ROLES), load_default=None, allow_none=True)


class CreateAgent(Schema):
    client_id = client_id(load_default=None, allow_none=True)
    name = Words(100, required=True)
    username = fields.String(required=True, validate=USER_NAME)
    password = _password(load_default=None, allow_none=True)
    departments = _departments()
    max_chats = whole(0, 50, load_default=None, allow_none=True)


class UpdateUser(Schema):
    id = identifier(required=True)
    name = Words(100, load_default=None, allow_none=True)
    disabled = Flag(load_default=None, allow_none=True)
    max_chats = whole(0, 50, load_default=None, allow_none=True)
    departments = _departments()
    password = _password(load_default=None, allow_none=True)


class SaveDepartment(Schema):
    id = identifier(load_default=None, allow_none=True)
    name = Words(60, required=True)
    time_zone = times.zone(required=True)
    hours = times.weekly(required=True)
    special_days = times.special(required=True)


class Report(Schema):
    since = time(required=True)
    until = time(required=True)

    @validates_schema
    def _goes_forward(self, data: dict[str, Any], **_: object) -> None:
        if data["until"] <= data["since"]:
            raise ValidationError("until lies after since.", "until")
