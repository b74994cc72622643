"""How a setting is declared: a field with its kind, its default and its meaning."""

from dataclasses import field
from typing import Any

from server.core.settings.kinds import Kind


def setting(kind: Kind, default: str, meaning: str, *, secret: bool = False) -> Any:
    """A field whose text form is `default`."""
    return field(metadata={"kind": kind, "default": default, "meaning": meaning, "secret": secret})
