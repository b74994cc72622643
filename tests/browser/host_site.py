"""Somebody else's website, with a strict policy of its own, that carries the widget by one line of HTML."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

STRICT = "default-src 'self'; script-src {desk}; frame-src {desk}; style-src 'self'; img-src data:"
HEAD = "<title>Host</title>"
BODY = '<main><h1>A shop of its own</h1></main><script src="{desk}/widget.js" async></script>'


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@asynccontextmanager
async def host_site(
    port: int, desk_url: str, *, policy: str = STRICT, head: str = HEAD, body: str = BODY, tag: str = '<html lang="en">'
) -> AsyncIterator[str]:
    """Yields its origin. `{desk}` in any of the texts is the desk's; /framed shows the page in a frame without an origin."""
    always = '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
    page = f"<!doctype html>{tag}<head>{always}{head}</head><body>{body}</body></html>"
    around = '<!doctype html><title>Around</title><iframe sandbox="allow-scripts" src="/" width="800" height="700">'

    async def index(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": policy.replace("{desk}", desk_url)}
        return web.Response(text=page.replace("{desk}", desk_url), content_type="text/html", headers=headers)

    async def framed(_: web.Request) -> web.Response:
        return web.Response(text=around, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/framed", framed)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
