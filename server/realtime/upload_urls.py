"""Addresses of uploads: what is told and acked says where a file lies; each hearer gets an address signed for it alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from server.core.identity import Identity
from server.core.tokens import Links
from server.schemas.messages import Upload

Trail = dict[str, Any]  # the names that lead to Uploads; an Upload itself has none below it
MEDIA = "/media/"
THUMB = ".thumb.webp"  # behind the path of a picture: its thumbnail's


def shown_upload(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The Upload of the wire, not signed for anybody yet, from what a line keeps of it."""
    if kept is None:
        return None
    shown = {name: value for name, value in kept.items() if name not in {"path", "thumb"}}
    thumb = {"thumb_url": MEDIA + kept["path"] + THUMB} if kept.get("thumb") else {}
    return {**shown, "url": MEDIA + kept["path"], **thumb}


def trail_of(schema: Schema) -> Trail | None:
    """What leads from a shape of the catalogue to its Uploads; None when nothing does."""
    if isinstance(schema, Upload):
        return {}
    below = ((name, trail_of(nested)) for name, nested in _nested(schema))
    return {name: trail for name, trail in below if trail is not None} or None


def _nested(schema: Schema) -> list[tuple[str, Schema]]:
    inner = ((name, field.inner if isinstance(field, fields.List) else field) for name, field in schema.fields.items())
    return [(name, field.schema) for name, field in inner if isinstance(field, fields.Nested)]


def leads_to_one(trail: Trail | None, shown: Any) -> bool:
    """Whether there is an Upload at the end of this trail. Every line that is told asks this: it costs next to nothing."""
    if trail is None or shown is None:
        return False
    if isinstance(shown, list | tuple):
        return any(leads_to_one(trail, each) for each in shown)
    return not trail or any(leads_to_one(below, shown.get(name)) for name, below in trail.items())


@dataclass(frozen=True)
class UploadUrls:
    links: Links

    def signed_for(self, who: Identity, trail: Trail | None, shown: Any) -> Any:
        """The same with the addresses of its Uploads signed for this person's session; what was given stays as it is."""
        if not leads_to_one(trail, shown):
            return shown
        if isinstance(shown, list | tuple):
            return [self.signed_for(who, trail, each) for each in shown]
        if not trail:
            return self.upload(who, shown)
        return {
            name: self.signed_for(who, trail.get(name), value) if name in trail else value
            for name, value in shown.items()
        }

    def upload(self, who: Identity, shown: Mapping[str, Any]) -> dict[str, Any]:
        urls = {name: value for name, value in shown.items() if name in {"url", "thumb_url"} and value}
        return {**shown, **{name: self._signed(who, url) for name, url in urls.items()}}

    def _signed(self, who: Identity, url: str) -> str:
        path = url.removeprefix(MEDIA).partition("?")[0]  # a process of the version before hints signed ones
        return f"{MEDIA}{path}?{self.links.query(path, who.id, who.session_id)}"
