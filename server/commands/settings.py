"""settings: the whole table, as the server would read it."""

import textwrap
from collections.abc import Iterable

from server.core.settings import Row


def text(rows: Iterable[Row]) -> str:
    """A paragraph a setting: NAME=value, its default where that differs, its meaning."""
    paragraphs = []
    for row in rows:
        default = f"   (default: {row.default or 'empty'})" if row.value != row.default else ""
        meaning = textwrap.fill(row.meaning, 96, initial_indent="    ", subsequent_indent="    ")
        paragraphs.append(f"{row.name}={row.value}{default}\n{meaning}")
    return "\n".join(paragraphs)
