"""How a collection declares what it holds of customers: where that is found, and what an export and an erasure do with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Subject:
    """The customer whose data is meant: every id that it ever had (guests who turned out to be it), and these of its chats."""

    ids: tuple[str, ...]
    chat_ids: tuple[str, ...]


Filter = dict[str, Any]
Find = Callable[[Subject], Filter]


def of_customer(*fields: str) -> Find:
    """Documents that name the customer in one of these fields."""
    return lambda who: {"$or": [{field: {"$in": list(who.ids)}} for field in fields]}


def of_its_chats(field: str) -> Find:
    """Documents that name one of the customer's chats in this field."""
    return lambda who: {field: {"$in": list(who.chat_ids)}}


@dataclass(frozen=True)
class Deleted:
    """An erasure deletes the document, unless `but` finds it: somebody else needs it as well. `lets_go` is the change by which
    such a document forgets the customer.
    """

    but: Find | None = None
    lets_go: Callable[[Subject], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Reduced:
    """An erasure leaves these fields of a document, sets these values (MongoDB's expressions), and drops all else: a field
    that is new tomorrow is dropped, too.
    """

    keeps: tuple[str, ...]
    values: dict[str, object]

    def change(self) -> list[dict[str, Any]]:
        return [{"$replaceWith": {name: f"${name}" for name in self.keeps} | self.values}]


@dataclass(frozen=True)
class Emptied:
    """An erasure takes these fields (dotted ones, too) out of a document, and leaves the rest."""

    fields: tuple[str, ...]

    def change(self) -> list[dict[str, Any]]:
        return [{"$unset": list(self.fields)}]


@dataclass(frozen=True)
class KeepsName:
    """As long as a document that `now` is so names a customer in `field`, the purge leaves the customer its name."""

    field: str
    holds: Callable[[datetime], Filter]


@dataclass(frozen=True)
class NoCustomers:
    """Nothing of customers stands here; `why` says what does."""

    why: str


@dataclass(frozen=True)
class OfCustomers:
    """`found` finds a customer's documents. `not_exported`: fields that are the desk's own business. `file`: the field with the
    path of a file in the media folder, which goes with its document. `keeps_name`: what spares the customer's name.
    """

    found: Find
    erased: Deleted | Reduced | Emptied
    not_exported: tuple[str, ...]
    file: str | None
    keeps_name: KeepsName | None

    def leaves(self, field: str) -> bool:
        """Whether an erasure leaves what stands in this field."""
        if isinstance(self.erased, Reduced):
            return field in self.erased.keeps and field not in self.erased.values
        if isinstance(self.erased, Emptied):
            return not any(each.partition(".")[0] == field for each in self.erased.fields)
        return False
