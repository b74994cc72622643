"""What a command takes: a field is declared once, with its type for mypy and on its right side how it is loaded.

    class RateChat(OneChat):
        score: int = whole(1, 5, required=True)

`RateChat.load({...})` checks a dictionary and gives a RateChat, whose `score` every reader of the code knows to be an int.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self, dataclass_transform

from marshmallow import Schema, ValidationError, fields

from server.schemas.fields import identifier, whole


@dataclass_transform(kw_only_default=True)
class Payload:
    """Unknown fields are refused (marshmallow's default). A field that may be left out says what it is then: load_default.

    Not frozen: making a frozen one takes three times as long, and every message brings one.
    """

    schema: ClassVar[Schema]
    declared: ClassVar[dict[str, fields.Field[Any]]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, fields.Field)}
        for name in own:
            delattr(cls, name)
        cls.declared = {**cls.declared, **own}
        cls.schema = Schema.from_dict(dict(cls.declared), name=f"{cls.__name__}Payload")()
        dataclass(kw_only=True)(cls)

    @classmethod
    def load(cls, given: dict[str, Any]) -> Self:
        """Raises marshmallow's ValidationError, with all that is wrong, field by field."""
        plain = cls.fast_path(given)
        return cls.by_schema(given) if plain is None else plain

    @classmethod
    def of_query(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """From what stands behind the ? of an address, where all is text. Raises ValidationError as `load`."""
        known = {field.data_key or name: field for name, field in cls.declared.items()}
        given: dict[str, Any] = {}
        for name, value in pairs:
            if name not in known:
                raise ValidationError({name: [f"There is no such parameter here, but {', '.join(known) or 'none'}."]})
            if name in given:
                raise ValidationError({name: ["It stands there twice."]})
            given[name] = _as_meant(known[name], value)
        return cls.load(given)

    @classmethod
    def by_schema(cls, given: dict[str, Any]) -> Self:
        loaded = cls(**cls.schema.load(given))
        try:
            loaded.check()
        except ValidationError as error:  # field by field, as the schema's own
            raise ValidationError({str(error.field_name): error.messages}) from None
        return loaded

    @classmethod
    def fast_path(cls, given: dict[str, Any]) -> Self | None:
        """What is plainly right, loaded without the schema, just as it would; None: the schema judges and finds the words.

        For the commonest payloads: schemas took a tenth of the server's time. tests/test_catalogue.py holds both together.
        """
        return None

    def check(self) -> None:
        """What is to be said of several fields together. Raises ValidationError."""


WHOLE = re.compile(r"[+-]?\d{1,18}\Z", re.ASCII)
ZONE = re.compile(r" (?=\d\d:?\d\d\Z)", re.ASCII)


def _as_meant(field: fields.Field[Any], value: str) -> Any:
    """A number, true or false, or a time whose + an address turned into a blank; everything else as it is."""
    if isinstance(field, fields.Integer) and WHOLE.match(value):
        return int(value)
    if isinstance(field, fields.Boolean) and value in {"true", "false"}:
        return value == "true"
    if isinstance(field, fields.DateTime):
        return ZONE.sub("+", value)
    return value


class Nothing(Payload):
    """No fields."""


class Page(Payload):
    page: int = whole(1, 10**6, load_default=1)
    page_size: int = whole(1, 100, load_default=20)


class OneChat(Payload):
    chat_id: str = identifier(required=True)
