"""The aiohttp application: routes, errors as {detail, code}, headers that browsers need to be safe."""

import logging
from collections.abc import Callable
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from handlers.http.files import folder
from handlers.http.hosts import ALIVE, KnownHosts
from server.core.errors import Forbidden, Internal, Malformed, Misdirected, NotFound, Refusal, TooLarge, refusal_of
from server.core.settings import Settings

log = logging.getLogger(__name__)

HERE = Path(__file__).resolve().parents[2]
BODY_MAX = 64 * 1024  # of a JSON body; uploads count their bytes themselves

STATUS_REFUSALS: dict[int, Callable[[], Refusal]] = {403: Forbidden, 404: NotFound, 413: TooLarge}


def make_app(settings: Settings, routes: list[web.AbstractRouteDef]) -> web.Application:
    app = web.Application(
        client_max_size=BODY_MAX, middlewares=[cross_origin(settings), errors(settings), known_hosts(settings)]
    )
    aiohttp_jinja2.setup(
        app, loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    app.add_routes(routes)
    app.on_response_prepare.append(harden)
    return app


def static_routes() -> list[web.AbstractRouteDef]:
    """Our own files, and the browser client where npm put it."""
    return [
        folder("/static", HERE / "static"),
        folder("/vendor", HERE / "node_modules" / "socket.io-client" / "dist"),
    ]


def errors(settings: Settings) -> Middleware:
    @web.middleware
    async def render(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return refused(error)
        except ConnectionResetError:  # whoever asked has gone; nobody reads this
            return answer(Malformed("the request broke off"))
        except Exception as error:
            refusal = refusal_of(error, debug=settings.debug)
            if isinstance(refusal, Internal):
                log.error("%s %s failed", request.method, _route(request), exc_info=error)
            return answer(refusal)

    return render


def _route(request: web.Request) -> str:
    """The address as it is declared: what stands in it may be what a site calls somebody."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "an unknown address"


def refused(error: web.HTTPException) -> web.Response:
    """What the library refuses, in our shape."""
    return answer(_as_refusal(error), error.status)


def _as_refusal(error: web.HTTPException) -> Refusal:
    make = STATUS_REFUSALS.get(error.status)
    if make:
        return make()
    if error.status == web.HTTPMethodNotAllowed.status_code:
        return Malformed("this address does not take this method")
    return Malformed(error.reason) if error.status < 500 else Internal()


def answer(refusal: Refusal, status: int | None = None) -> web.Response:
    """A refusal over HTTP: {detail, code, ...} and, where it says when to come again, Retry-After."""
    response = web.json_response(refusal.body(), status=status or refusal.status)
    if "retry_after" in refusal.more:
        response.headers["Retry-After"] = str(max(1, round(refusal.more["retry_after"] + 0.5)))
    return response


def known_hosts(settings: Settings) -> Middleware:
    """Nothing is served under a name that nobody gave this desk."""
    hosts = KnownHosts.of(settings)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        if request.path not in ALIVE and not hosts.knows(host):
            raise Misdirected(
                f"this desk is not known as {host[:100]}: whoever runs it names that in BASE_URL or ALLOWED_HOSTS"
            )
        return await handler(request)

    return check


def cross_origin(settings: Settings) -> Middleware:
    """The sites in CORS_ORIGINS may call the routes from their own pages (Bearer tokens, no cookies)."""

    @web.middleware
    async def allow(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin", "")
        if origin not in settings.cors_origins or request.path.startswith("/socket.io"):
            return await handler(request)
        preflight = request.method == "OPTIONS"
        response = web.Response(status=204) if preflight else await handler(request)
        if not response.prepared:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            if "Origin" not in response.headers.getall("Vary", []):
                response.headers.add("Vary", "Origin")
        return response

    return allow


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    harden_headers(response)


def harden_headers(response: web.StreamResponse) -> None:
    """No sniffing of types anywhere, no referrer to others, our scripts always checked for a newer version."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.pop("Server", None)
