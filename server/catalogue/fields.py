"""The kinds of fields that may cross the wire. Strict, bounded, and nothing that could hold a database operator."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

MAX_SEQ = 2**53 - 1  # what a JavaScript client counts exactly


def text(longest: int, *, shortest: int = 0, **more: Any) -> fields.String:
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


def whole(low: int, high: int, **more: Any) -> fields.Integer:
    return _StrictInteger(strict=True, validate=validate.Range(low, high), **more)


class _StrictInteger(fields.Integer):
    """marshmallow's strict integer still takes "5", 5.0 and true; this one takes whole JSON numbers."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class Flag(fields.Boolean):
    """true or false; marshmallow's own takes "off" and 1 as well."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def choice(*choices: str, **more: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(choices), **more)


def identifier(**more: Any) -> fields.String:
    """An opaque id of ours."""
    return fields.String(validate=[validate.Length(1, 64), validate.Regexp(r"[A-Za-z0-9_-]+\Z")], **more)


def client_id(**more: Any) -> fields.String:
    return text(64, shortest=1, **more)


def time(**more: Any) -> fields.DateTime:
    """ISO 8601; without a zone it is UTC."""
    return fields.AwareDateTime(format="iso", default_timezone=UTC, validate=_within_the_calendar, **more)


def _within_the_calendar(value: datetime) -> None:
    """In the years 1 and 9999 a zone may lead out of it, where nothing can be stored or compared."""
    if not 1970 <= value.year < 3000:
        raise ValidationError("A time is between the years 1970 and 3000.")


def form(**more: Any) -> fields.Dict:
    """At most 20 keys [a-z0-9_]{1,40} with strings up to 500 characters."""
    key = fields.String(validate=validate.Regexp(r"[a-z0-9_]{1,40}\Z"))
    return fields.Dict(keys=key, values=text(500), validate=validate.Length(max=20), **more)


def nested(schema: type[Schema] | Schema, **more: Any) -> fields.Nested:
    return fields.Nested(schema, **more)


def listed(schema: type[Schema] | Schema, **more: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), **more)
