"""What is told and acked: made from its schema, or held against it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from marshmallow import Schema

from server.core.clock import iso
from server.core.errors import Internal


class Shape:
    """The names of a schema's fields."""

    def __init__(self, schema: type[Schema] | Schema) -> None:
        declared = (schema if isinstance(schema, Schema) else schema()).fields
        self.name = (schema if isinstance(schema, type) else type(schema)).__name__
        self.fields = tuple(declared)
        self.required = tuple(name for name, field in declared.items() if field.required)
        self._may = frozenset(self.fields)
        self._must = frozenset(self.required)

    def check(self, shown: Mapping[str, Any]) -> None:
        """The top level of what is told or acked. Raises Internal, which names what is missing or not declared."""
        keys = shown.keys()
        if keys != self._must and not self._must <= keys <= self._may:
            raise self._misfit(self._must - keys, keys - self._may)

    def check_given(self, given: Mapping[str, Any]) -> None:
        if not given.keys() <= self._may:
            raise self._misfit((), given.keys() - self._may)

    def _misfit(self, missing: Iterable[str], unknown: Iterable[str]) -> Internal:
        return Internal(f"{self.name}: missing {sorted(missing)}, not in its schema {sorted(unknown)}")


shape_of = cache(Shape)


def render(schema: type[Schema], record: object = None, /, *, optional: bool = False, **given: Any) -> dict[str, Any]:
    """The schema's fields from a record's attributes of the same names; what is given by name wins. Times become ISO.

    Fields that are not required are left out, unless they are given or `optional` asks for them. Raises Internal, which names
    the field, for one that neither the record nor the caller has, and for one that the schema has not.
    """
    shape = shape_of(schema)
    shape.check_given(given)
    shown: dict[str, Any] = {}
    for name in shape.fields if optional else shape.required:
        try:
            value = given.pop(name) if name in given else getattr(record, name)
        except AttributeError:
            raise Internal(f"{shape.name}: nothing gives {name}") from None
        shown[name] = iso(value) if isinstance(value, datetime) else value
    for name, value in given.items():  # optional ones
        shown[name] = iso(value) if isinstance(value, datetime) else value
    return shown


def listing(results: list[Any], count: int | None = None) -> dict[str, Any]:
    """A list, or one page of `count`."""
    return {"count": len(results) if count is None else count, "results": results}
