"""Somebody else's website, with a strict policy of its own, that carries the widget by one line of HTML."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@asynccontextmanager
async def host_site(port: int, desk_url: str) -> AsyncIterator[str]:
    """Yields its origin."""
    policy = f"default-src 'self'; script-src {desk_url}; frame-src {desk_url}; style-src 'self'; img-src data:"
    page = f"""<!doctype html><html lang="en"><title>Host</title><link rel="icon" href="data:,">
        <main><h1>A shop of its own</h1></main><script src="{desk_url}/widget.js" async></script></html>"""

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", index)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()
