"""For the negative controls: a page script, or a setting, without one of its safeties. A run with it must fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Route

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Weakness:
    """In `script` the first match of `safety` is replaced on its way to the page; `settings` of the desk are changed."""

    script: str = ""
    safety: str = ""
    instead: str = ""
    settings: tuple[tuple[str, Any], ...] = ()

    def weakened(self) -> str:
        source, count = re.subn(self.safety, self.instead, (ROOT / self.script).read_text(), count=1)
        assert count, f"{self.script} has nothing like {self.safety!r}: there is nothing to weaken"
        return source

    async def lay(self, context: BrowserContext) -> None:
        if not self.script:
            return
        body = self.weakened()

        async def answer(route: Route) -> None:
            await route.fulfill(body=body, content_type="text/javascript")

        await context.route(f"**/{self.script}*", answer)


WEAKNESSES = {
    "notes": Weakness("static/staff/notes.js", r"chatId = id;\s+notes = new Map\(\);", "chatId = id;"),
    "absence": Weakness(settings=(("away_end_seconds", 0),)),
}
