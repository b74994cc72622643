"""/widget.js, the launcher that other sites' pages load: one plain script, put together from static/widget/loader."""

import json
import re
from functools import cache
from pathlib import Path

from aiohttp import web

from handlers.http.files import text_response

PARTS = Path(__file__).parents[2] / "static" / "widget" / "loader"
SCRIPTS = ("page", "frame", "launcher")
COMMENT = r"/\*.*?\*/"
STRING = r'"[^"\n]*"|`[^`]*`'
SIGNS = r"[-+=<>!&|?:,;(){}]+"
MAX_AGE = 600  # every page of a host site asks for the loader; ten minutes late is soon enough for a new one
HEADERS = {
    "Cache-Control": f"public, max-age={MAX_AGE}",
    "Content-Type": "text/javascript; charset=utf-8",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


async def loader(request: web.Request) -> web.StreamResponse:
    return text_response(request, script(), HEADERS)


@cache
def script() -> bytes:
    """All in one function, so that the host page gets no name but Deskwire."""
    look = json.dumps(_squeezed((PARTS / "look.css").read_text()))
    scripts = (_bare((PARTS / f"{name}.js").read_text()) for name in SCRIPTS)
    return "\n".join(("(() => {", '"use strict";', f"const LOOK = {look};", *scripts, "})();", "")).encode()


def _squeezed(sheet: str) -> str:
    """Without comments and the space that a browser does not need."""
    sheet = re.sub(r"\s+", " ", re.sub(COMMENT, "", sheet, flags=re.DOTALL))
    return re.sub(r" ?([{};,>]) ?|(:) ", r"\1\2", sheet).replace(";}", "}").strip()


def _bare(text: str) -> str:
    """Without comments, what indents a line, and the space beside a sign, where it is not in a string."""
    text = re.sub(r"^ *//.*| +// .*", "", re.sub(COMMENT, "", text, flags=re.DOTALL), flags=re.MULTILINE)
    code = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    return re.sub(r"([;{,(])\n", r"\1", re.sub(rf"({STRING})| ?({SIGNS}) ?", r"\1\2", code))
