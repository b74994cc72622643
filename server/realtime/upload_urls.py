"""Addresses of uploads: what is told and acked says where a file lies; each hearer gets an address signed for it alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from marshmallow import Schema, fields

from server.core.tokens import Links
from server.schemas.messages import Upload

CREDENTIAL = "credential"  # stands for the session of a program, which has none


class Hearer(Protocol):
    """For whom an address is signed: an Identity, or a program."""

    @property
    def id(self) -> str: ...

    @property
    def session_id(self) -> str: ...


@dataclass(frozen=True)
class Program:
    """Its addresses are good as long as its credential counts."""

    id: str
    session_id: str = CREDENTIAL


Names = dict[str, Any]  # the names that lead to Uploads; an Upload itself has none below it
MEDIA = "/media/"
THUMB = ".thumb.webp"  # behind the path of a picture: its thumbnail's


def shown_upload(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The Upload of the wire, not signed for anybody yet, from what a line keeps of it."""
    if kept is None:
        return None
    shown = {name: value for name, value in kept.items() if name not in {"path", "thumb"}}
    thumb = {"thumb_url": MEDIA + kept["path"] + THUMB} if kept.get("thumb") else {}
    return {**shown, "url": MEDIA + kept["path"], **thumb}


def absolute(base: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """An Upload as `shown_upload` gives it, with whole addresses, which are signed for nobody."""
    return {**shown, **{name: base + shown[name] for name in ("url", "thumb_url") if shown.get(name)}}


class Trail:
    """What leads from a shape of the catalogue to its Uploads. `leads_to_one`: whether there is one at its end."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.leads_to_one = _finder(names)


def _finder(names: Names) -> Callable[[Mapping[str, Any]], bool]:
    """Made once: every line that is told asks it, and may not wait for it."""
    steps = tuple((name, _finder(below) if below else None) for name, below in names.items())

    def leads_to_one(shown: Mapping[str, Any]) -> bool:
        for name, deeper in steps:
            value = shown.get(name)
            if value and (deeper is None or (any(map(deeper, value)) if type(value) is list else deeper(value))):
                return True
        return False

    return leads_to_one


@cache
def trail_of(schema: Schema) -> Trail | None:
    """None when nothing leads to an Upload."""
    names = names_to(Upload, schema)
    return None if names is None else Trail(names)


def names_to(kind: type[Schema] | tuple[type[Schema], ...], schema: Schema) -> Names | None:
    """The names that lead from this shape to all of that kind; none at all: it is one itself; None: no way does."""
    if isinstance(schema, kind):
        return {}
    below = ((name, names_to(kind, nested)) for name, nested in _nested(schema))
    return {name: names for name, names in below if names is not None} or None


def _nested(schema: Schema) -> list[tuple[str, Schema]]:
    inner = ((name, field.inner if isinstance(field, fields.List) else field) for name, field in schema.fields.items())
    return [(name, field.schema) for name, field in inner if isinstance(field, fields.Nested)]


@dataclass(frozen=True)
class UploadUrls:
    """`base` stands before each address."""

    links: Links
    base: str = ""

    def signed_for(self, who: Hearer, trail: Trail | None, shown: Mapping[str, Any]) -> dict[str, Any]:
        """The same with the addresses of its Uploads signed for this person's session; what was given stays as it is."""
        if trail is None or not trail.leads_to_one(shown):
            return shown if isinstance(shown, dict) else {**shown}
        signed: dict[str, Any] = self._below(who, trail.names, shown)
        return signed

    def _below(self, who: Hearer, names: Names, shown: Any) -> Any:
        if isinstance(shown, list | tuple):
            return [self._below(who, names, each) for each in shown]
        if not shown:
            return shown
        if not names:
            return self.upload(who, shown)
        deeper = {name: self._below(who, below, shown[name]) for name, below in names.items() if name in shown}
        return {**shown, **deeper}

    def upload(self, who: Hearer, shown: Mapping[str, Any]) -> dict[str, Any]:
        urls = {name: value for name, value in shown.items() if name in {"url", "thumb_url"} and value}
        return {**shown, **{name: self._signed(who, url) for name, url in urls.items()}}

    def _signed(self, who: Hearer, url: str) -> str:
        path = url.partition(MEDIA)[2].partition("?")[0]  # a process of the version before hints signed ones
        return f"{self.base}{MEDIA}{path}?{self.links.query(path, who.id, who.session_id)}"
