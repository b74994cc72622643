"""The kinds of fields that may cross the wire. Strict, bounded, and nothing that could hold a database operator.

What they return is called Any: in a payload the field's type stands on its left side (payload.py).
"""

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from server.core.characters import EMAIL_MAX, is_email, is_visible, plain, single_blanks, web_address

MAX_BODY = 4000  # characters of a message
NOT_VISIBLE = "At least one character of it can be seen: this is blank or invisible."
LONGEST_GIVEN = 1000  # characters of a short text before its blanks are made single
MAX_SEQ = 2**53 - 1  # what a JavaScript client counts exactly


def text(longest: int, *, shortest: int = 0, **more: Any) -> Any:
    """A string of `shortest` to `longest` characters, without NUL and without half surrogates."""
    return fields.String(validate=[validate.Length(shortest, longest), _clean], **more)


def _clean(value: str) -> None:
    if "\0" in value:
        raise ValidationError("A NUL character is not a text.")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValidationError("Half of a character (a lone surrogate): use toWellFormed().") from None


def whole(low: int, high: int, **more: Any) -> Any:
    return _StrictInteger(strict=True, validate=validate.Range(low, high), **more)


class _StrictInteger(fields.Integer):
    """marshmallow's strict integer still takes "5", 5.0 and true; this one takes whole JSON numbers."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class _Number(fields.Float):
    """A JSON number; marshmallow's own takes "1e3" and true as well."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def number(low: float, high: float, **more: Any) -> Any:
    """A number with or without a fraction, from `low` to `high`."""
    return _Number(validate=validate.Range(low, high), **more)


class _Flag(fields.Boolean):
    """true or false; marshmallow's own takes "off" and 1 as well."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def flag(**more: Any) -> Any:
    return _Flag(**more)


def choice(*choices: str, **more: Any) -> Any:
    return fields.String(validate=validate.OneOf(choices), **more)


def identifier(**more: Any) -> Any:
    """An opaque id of ours."""
    return fields.String(validate=[validate.Length(1, 64), validate.Regexp(r"[A-Za-z0-9_-]+\Z")], **more)


def client_id(**more: Any) -> Any:
    return text(64, shortest=1, **more)


def time(**more: Any) -> Any:
    """ISO 8601; without a zone it is UTC."""
    return fields.AwareDateTime(format="iso", default_timezone=UTC, validate=_within_the_calendar, **more)


def _within_the_calendar(value: datetime) -> None:
    """In the years 1 and 9999 a zone may lead out of it, where nothing can be stored or compared."""
    if not 1970 <= value.year < 3000:
        raise ValidationError("A time is between the years 1970 and 3000.")


VISITOR = 100  # characters of its name


def form(**more: Any) -> Any:
    """At most 20 keys [a-z0-9_]{1,40} with strings up to 500 characters."""
    key = fields.String(validate=validate.Regexp(r"[a-z0-9_]{1,40}\Z", error="A key has 1 to 40 of a-z, 0-9 and _."))
    few = validate.Length(max=20, error="At most 20 keys.")
    wrong: Any = {"invalid": "An object of keys with texts."}
    return fields.Dict(keys=key, values=text(500), validate=few, error_messages=wrong, **more)


def nested(schema: type[Schema] | Schema, **more: Any) -> Any:
    return fields.Nested(schema, **more)


def listed(schema: type[Schema] | Schema, **more: Any) -> Any:
    return fields.List(fields.Nested(schema), **more)


IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def is_identifier(value: Any) -> bool:
    """What `identifier` lets pass, without its words: for the fast paths."""
    return type(value) is str and IDENTIFIER.match(value) is not None


def is_text(value: Any, longest: int) -> bool:
    """What `text` lets pass, of 1 to `longest` characters, without its words: for the fast paths."""
    if type(value) is not str or not 0 < len(value) <= longest or "\0" in value:
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def count() -> Any:
    return whole(0, MAX_SEQ, required=True)


def page_of(schema: type[Schema], name: str) -> type[Schema]:
    """The schema, called `name`, of a list: how many there are, and all of them or one page."""
    return Schema.from_dict({"count": count(), "results": listed(schema, required=True)}, name=name)


class _Words(fields.String):
    def __init__(self, longest: int, *, lower: bool = False, **more: Any) -> None:
        super().__init__(validate=validate.Length(1, longest), **more)
        self._lower = lower

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        given = text(LONGEST_GIVEN).deserialize(super()._deserialize(value, attr, data, **kwargs))
        words = single_blanks(given)
        if given and not is_visible(words):
            raise ValidationError(NOT_VISIBLE)
        return words.lower() if self._lower else words


class _VisitorName(_Words):
    """Of a form in which nobody has to fill it in: an empty text is none."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return super().deserialize(None if value == "" else value, attr, data, **kwargs)


class _Line(fields.String):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        given: str = super()._deserialize(value, attr, data, **kwargs)
        _clean(given)  # before what a text must not have is made a blank
        return plain(given)


class _Remark(fields.String):
    """Of a form in which nobody has to fill it in: a text that nobody can see is none."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        told = super().deserialize(value, attr, data, **kwargs)
        return told if isinstance(told, str) and is_visible(told) else None


class _Email(fields.String):
    """Of a form in which nobody has to fill it in: an empty text is none."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return super().deserialize(None if value == "" else value, attr, data, **kwargs)


class _WebPage(fields.String):
    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        told = super().deserialize(value, attr, data, **kwargs)
        return web_address(told) if isinstance(told, str) else told


class _EachOnce(fields.List[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return list(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


def words(longest: int, *, lower: bool = False, **more: Any) -> Any:
    """A short text that can be seen, as a name: trimmed, its blanks single, without what turns its neighbours around;
    `lower`: and in small letters. Its length is counted after that.
    """
    return _Words(longest, lower=lower, **more)


def visitor_name(**more: Any) -> Any:
    """As `words`, up to VISITOR characters; "" counts as null."""
    return _VisitorName(VISITOR, **more)


def line(longest: int, **more: Any) -> Any:
    """A text that stands among others in one line: without what turns its neighbours around; it may be empty."""
    field = _Line(**more)
    field.validators[:0] = text(longest).validators
    return field


def remark(longest: int) -> Any:
    """A text that may be left out; one that nobody can see counts as null."""
    field = _Remark(allow_none=True, load_default=None)
    field.validators[:0] = text(longest).validators
    return field


def email(**more: Any) -> Any:
    """An e-mail address; "" counts as null."""
    field = _Email(**more)
    field.validators[:0] = [*text(EMAIL_MAX).validators, _email]
    return field


def _email(value: str) -> None:
    if not is_email(value):
        raise ValidationError("An e-mail address looks like name@example.com.")


def web_page(**more: Any) -> Any:
    """The address of a page, up to 2048 characters; one that is not of the web (http, https) is not kept: None."""
    field = _WebPage(**more)
    field.validators[:0] = text(2048).validators
    return field


def each_once(item: fields.Field[Any], **more: Any) -> Any:
    """A list without repeats, in the order given."""
    return _EachOnce(item, **more)


def string(**more: Any) -> Any:
    return fields.String(**more)


def not_blank(longest: int, *also: Any) -> Any:
    """A required text that is not blank, and fits what else is asked."""
    field = text(longest, shortest=1, required=True)
    field.validators.extend([_not_blank, *also])
    return field


def _not_blank(body: str) -> None:
    if not is_visible(body):
        raise ValidationError(NOT_VISIBLE)
