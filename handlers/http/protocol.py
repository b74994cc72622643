"""HTTP below the routes: the deadline of a request's head, the bound on open connections, and what cannot be read at all.

aiohttp waits 75 s for a head whose bytes do not come, and for ever for one that trickles; it takes connections until no
descriptor is left, and then resets them without a word. Over its web.Server and RequestHandler, made for 3.14.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from handlers.http.app import answer, harden_headers, refused
from server.core.errors import Internal, Malformed, Unavailable

log = logging.getLogger(__name__)

HEAD_SECONDS = 10.0  # for a request's head, from the connection's opening, later from the request's first byte
REFUSED_SECONDS = 1.0  # for one beyond the bound to say something, and to be told why it is not served
REFUSED_MAX = 32  # of those at once; further ones are cut
LOG_SECONDS = 10.0  # between two lines about them

FULL = Unavailable("this desk has as many connections as it may; try again in a moment", retry_after=2)


class HttpConnection(web.RequestHandler):
    """One connection: a browser's, a proxy's, later perhaps a WebSocket's."""

    def __init__(self, manager: web.Server, head_seconds: float, **options: Any) -> None:
        super().__init__(manager, **options)
        self._head_seconds = head_seconds
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        """A WebSocket begins: its frames go the library's way from here on, without a call in between."""
        self._unwatch()
        super().set_parser(parser, data_received_cb)
        self.data_received = super().data_received  # type: ignore[method-assign]
        if self.transport:
            self.transport.set_protocol(self)  # uvloop has kept the method of before

    def connection_lost(self, exc: BaseException | None) -> None:
        self._unwatch()
        vars(self).pop("data_received", None)  # it would keep this alive until the next garbage collection
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """In our shape and with our headers. The library's names itself, and logs a trace for whatever a stranger sends."""
        if status >= web.HTTPInternalServerError.status_code:
            log.error("answering a request failed", exc_info=exc)
        if request.writer.output_size:
            raise ConnectionError("an answer has begun already")
        response = answer(Internal() if status >= web.HTTPInternalServerError.status_code else _unreadable(exc), status)
        harden_headers(response)
        response.headers["Server"] = "Deskwire"  # left away, the library would fill in itself and its version
        response.force_close()
        return response

    def log_exception(self, *args: Any, **options: Any) -> None:
        """A body that cannot be read is its sender's fault, and was answered."""
        if not isinstance(options.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **options)

    def _awaits_head(self) -> bool:
        return not self._request_count or (self._waiter is not None and not self._waiter.done())

    def _watch(self) -> None:
        if not self._awaits_head():
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self._loop.call_later(self._head_seconds, self._give_up)

    def _unwatch(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._awaits_head():
            self.force_close()


def _unreadable(error: BaseException | None) -> Malformed:
    if isinstance(error, LineTooLong):
        return Malformed("the address or a header is longer than this server reads")
    return Malformed("this is not HTTP as this server reads it")


class ConnectionBound:
    """How many connections are open, and how many may be (0: any number)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = 0
        self.refused: set[RefusedConnection] = set()  # who has not been told yet
        self._untold = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_reached(self) -> bool:
        return bool(self._most) and self.count >= self._most

    def refuse(self, connection: "RefusedConnection") -> float:
        """For how many seconds it may stay to be told so.

        One line in the log at once, and then at most one every LOG_SECONDS for all that came meanwhile.
        """
        self.refused.add(connection)
        self._untold += 1
        if self._timer is None:
            self._tell()
        return REFUSED_SECONDS if len(self.refused) <= REFUSED_MAX else 0

    def forget(self, connection: "RefusedConnection") -> None:
        self.refused.discard(connection)

    def _tell(self) -> None:
        self._timer = None
        if self._untold:
            log.warning(
                "refused %d connections: MAX_CONNECTIONS lets %d in, and %d are open",
                self._untold,
                self._most,
                self.count,
            )
            self._untold = 0
            self._timer = asyncio.get_running_loop().call_later(LOG_SECONDS, self._tell)


class RefusedConnection(asyncio.Protocol):
    """One beyond the bound. It is told so once it has asked: closing before would lose the answer with what it sends."""

    def __init__(self, bound: ConnectionBound) -> None:
        self._bound = bound

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        self._timer = asyncio.get_running_loop().call_later(self._bound.refuse(self), transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        # Whoever would restart a process that does not answer must not take a full one for a dead one.
        self._transport.write(_alive() if data.startswith(b"GET /healthz ") else _full())
        self._transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._timer.cancel()
        self._bound.forget(self)


def _full() -> bytes:
    return _message(f"{FULL.status} Service Unavailable\r\nRetry-After: 2", FULL.body())


def _alive() -> bytes:
    return _message("200 OK", {"status": "alive"})


def _message(head: str, body: dict[str, Any]) -> bytes:
    text = json.dumps(body)
    return (
        f"HTTP/1.1 {head}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {len(text)}\r\n"
        f"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{text}"
    ).encode()


class HttpServer(web.Server):
    """Makes a protocol for each connection that is accepted."""

    def __init__(self, handler: Any, bound: ConnectionBound, head_seconds: float, **options: Any) -> None:
        super().__init__(handler, **options)
        self._bound = bound
        self._head_seconds = head_seconds

    def __call__(self) -> Any:
        if self._bound.is_reached:
            return RefusedConnection(self._bound)
        return HttpConnection(self, self._head_seconds, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        self._bound.count += 1
        super().connection_made(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        self._bound.count -= 1
        super().connection_lost(handler, exc)


class HttpRunner(web.AppRunner):
    """aiohttp's, with our server."""

    def __init__(
        self, app: web.Application, bound: ConnectionBound, *, head_seconds: float = HEAD_SECONDS, **options: Any
    ) -> None:
        super().__init__(app, **options)
        self._bound = bound
        self._head_seconds = head_seconds

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        options = {"request_factory": made.request_factory, "loop": asyncio.get_running_loop(), **made._kwargs}
        return HttpServer(_in_our_shape(made.request_handler), self._bound, self._head_seconds, **options)


def _in_our_shape(handle: Any) -> Any:
    """What the library refuses before any middleware (`Expect: nonsense`), as a route refuses it."""

    async def rendered(request: web.Request) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handle(request)
        except web.HTTPException as error:
            if error.status < web.HTTPBadRequest.status_code:
                raise
            return refused(error)
        return response

    return rendered
