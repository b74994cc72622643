"""For the negative controls: a page script, or a setting, without one of its safeties. A run with it must fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Route

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Change:
    """The first match of `safety` in `script` is replaced on its way to the page."""

    script: str
    safety: str
    instead: str

    def weakened(self) -> str:
        source, count = re.subn(self.safety, self.instead, (ROOT / self.script).read_text(), count=1)
        assert count, f"{self.script} has nothing like {self.safety!r}: there is nothing to weaken"
        return source


@dataclass(frozen=True)
class Weakness:
    """Page scripts that are changed, and settings of the desk. `sign`: a part of the key under which it must be found."""

    sign: str
    changes: tuple[Change, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()

    async def lay(self, context: BrowserContext) -> None:
        """Every page that is opened in this context is weakened."""
        for change in self.changes:
            await context.route(f"**/{change.script}*", partial(_answer, change.weakened()))


async def _answer(body: str, route: Route) -> None:
    await route.fulfill(body=body, content_type="text/javascript")


WEAKNESSES = {
    "lines": Weakness(  # as they were: keyed by their number alone, and every chat has a first one
        "lines",
        (
            Change("static/elements/dom.js", r"if \(subject !== shown\) nodes = new Map\(\);", ""),
            Change("static/elements/conversation.js", r"const key = `\$\{chat\.id\}/", "const key = `"),
        ),
    ),
    "notes": Weakness("notes", (Change("static/staff/notes.js", r"notes = new Map\(\);(\s+area)", r"\1"),)),
    "seats": Weakness("seats", (Change("static/agent/inbox.js", r'connection\.on\("seat", take\);', ""),)),
    "absence": Weakness("absent", settings=(("away_end_seconds", 0),)),
}
