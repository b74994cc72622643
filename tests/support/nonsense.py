"""What a payload must not be, made from the catalogue: a new command is fuzzed as soon as it stands there."""

import json
from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, fields, validate

LONG = json.dumps("x" * 20_000)  # longer than any text may be, shorter than a frame
HUGE = "123456789012345678901234567890"

TOO_MANY = json.dumps(dict.fromkeys(map(str, range(21)), "x"))

BOOLEANS = ["0", "1", '"on"', '"true"', '""', "[]"]
INTEGERS = ['"5"', "5.0", "true", "false", "1e30", HUGE, "-" + HUGE, "9007199254740992", '""', "[]"]
TIMES = ["5", "true", '"yesterday"', '""', '"2026-13-01"', '"0001-01-01T00:00:00+23:59"', "[]"]
KEYS = ['{"$gt": "x"}', '{"a.b": "x"}', '{"A": "x"}', '{"": "x"}', '{"a\\u0000": "x"}']
VALUES = ['{"a": 1}', '{"a": null}', '{"a": {"$gt": ""}}', '{"a": "\\u0000"}', f'{{"a": {LONG}}}', TOO_MANY]
MAPPINGS = ['"x"', "5", "[]", *KEYS, *VALUES]
LISTS = ['"x"', "5", "{}", "[5]", '[{"$gt": ""}]', '[["x"]]', f"[{LONG}]", '["\\u0000"]']
TEXTS = ["5", "true", "[]", "{}", '"a\\u0000b"', LONG]

OBJECTS = ['"x"', "1", "true", "[]", '{"a.b": "x"}', '{"constructor": "x"}']
WRONG: tuple[tuple[type[fields.Field[Any]], list[str]], ...] = (  # JSON; the first kind that fits
    (fields.Boolean, BOOLEANS),
    (fields.Integer, INTEGERS),
    (fields.DateTime, TIMES),
    (fields.Mapping, MAPPINGS),
    (fields.Nested, OBJECTS),
    (fields.List, LISTS),
    (fields.String, TEXTS),
)
WRONG_FOR_ALL = ["1.5", '{"$ne": null}', '[["x"]]', "[" * 900 + "]" * 900]

UNREADABLE = [  # no JSON, or none that orjson takes
    '"\\ud83d"',  # half an emoji
    "NaN",
    "1e999",
    "9" * 400,
    "[" * 2000 + "]" * 2000,
    '"tab\tin a text"',
    "'single'",
    "undefined",
    '{"a": 1',
    '"open',
    "{} {}",
]


def sample(schema: Schema) -> dict[str, str]:
    """A payload with every required field, each as JSON of its kind."""
    return {name: json.dumps(_good(field)) for name, field in schema.fields.items() if field.required}


def spoiled(schema: Schema) -> Iterator[tuple[str, str]]:
    """Payloads as JSON in which one field, whose name comes first, is wrong."""
    for name, field in schema.fields.items():
        wrong = next(values for kind, values in WRONG if isinstance(field, kind))
        for value in [*wrong, *WRONG_FOR_ALL, *([] if field.allow_none else ["null"])]:
            yield name, as_json(sample(schema) | {name: value})


def as_json(payload: dict[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in payload.items()) + "}"


def _good(field: fields.Field[Any]) -> object:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return next(iter(rule.choices))
        if isinstance(rule, validate.Range):
            return rule.min
    if isinstance(field, fields.Boolean):
        return True
    if isinstance(field, fields.Nested):
        return {name: _good(below) for name, below in field.schema.fields.items() if below.required}
    return [] if isinstance(field, fields.List) else "x"
