"""The service worker, at the root so that any page may be in its scope, and the manifest that makes the agent's desk an app."""

from functools import cache
from pathlib import Path

from aiohttp import web

from handlers.http.files import text_response

STATIC = Path(__file__).parents[2] / "static" / "push"
WORKER = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'",  # it asks for nothing: it shows what it was pushed
    "X-Content-Type-Options": "nosniff",
}
MANIFEST = {"Content-Type": "application/manifest+json; charset=utf-8", "Cache-Control": "no-cache"}


def worker_routes() -> list[web.AbstractRouteDef]:
    return [web.get("/service-worker.js", worker), web.get("/agent.webmanifest", manifest)]


async def worker(request: web.Request) -> web.StreamResponse:
    return text_response(request, _text("service_worker.js"), WORKER)


async def manifest(request: web.Request) -> web.StreamResponse:
    return text_response(request, _text("agent.webmanifest"), MANIFEST)


@cache
def _text(name: str) -> bytes:
    return (STATIC / name).read_bytes()
