"""The catalogue: every command, event and route that a file of this folder declares. A new file is found by itself."""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from server.schemas.rows import Catalogue


def _domains() -> list[ModuleType]:
    """The files of this folder that declare rows, by name."""
    names = sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in {"catalogue", "__init__"}
    )
    return [import_module(f"server.schemas.{name}") for name in names]


def _declared(kind: str) -> list[Any]:
    return [row for domain in _domains() for row in vars(domain).get(kind, ())]


CATALOGUE = Catalogue(_declared("COMMANDS"), _declared("EVENTS"), _declared("ROUTES"))
