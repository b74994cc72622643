"""The kinds of fields that say when a department is open."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from server.core.settings import kinds
from server.schemas.fields import choice

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RANGES_MAX = 10  # a day
SPECIAL_DAYS_MAX = 400

Ranges = list[list[str]]  # [["09:00", "12:30"], ["13:30", "24:00"]]: ordered, apart, each start before its end


def zone(**more: Any) -> Any:
    """The name of a real time zone, as Europe/Paris."""
    return fields.String(validate=[validate.Length(1, 64), _real_zone], **more)


def weekly(**more: Any) -> Any:
    """{"mon": [["09:00", "12:30"], ["13:30", "24:00"]], ...}: a day left out is closed."""
    return fields.Dict(keys=choice(*DAYS), values=_ranges(), **more)


def special(**more: Any) -> Any:
    """{"2026-12-25": [], "2026-12-24": [["09:00", "12:00"]]}: each replaces its weekday; [] is closed."""
    at_most = validate.Length(max=SPECIAL_DAYS_MAX)
    return fields.Dict(keys=fields.String(validate=_real_date), values=_ranges(), validate=at_most, **more)


def _ranges() -> fields.List[Any]:
    clock = fields.String(validate=validate.Regexp(r"([01]\d|2[0-3]):[0-5]\d\Z|24:00\Z"))
    one = fields.List(clock, validate=validate.Length(equal=2))
    return fields.List(one, validate=[validate.Length(max=RANGES_MAX), _in_order])


def _in_order(ranges: list[list[str]]) -> None:
    before = "00:00"
    for start, end in ranges:
        if not start < end:
            raise ValidationError(f"{start} is not before {end}; midnight at the end of a day is 24:00.")
        if start < before:
            raise ValidationError("The ranges of a day come one after the other and do not overlap.")
        before = end


def _real_zone(name: str) -> None:
    try:
        kinds.zone(name)
    except ValueError:
        raise ValidationError("The name of a time zone, as Europe/Paris.") from None


def _real_date(day: str) -> None:
    try:
        real = date.fromisoformat(day).isoformat() == day
    except ValueError:
        real = False
    if not real:
        raise ValidationError("A date, as 2026-12-25.")
