"""One Engine.IO connection: pings, the bound of what waits for it, and its end. The library's, with our promises.

Over the library's AsyncSocket: a ping is a timer instead of a task; a queue is bounded by bytes (the library's took
192 MB for one reader that stopped reading); who is dead, never joined or does not read is cut off with its TCP
connection, its tasks and its sid. tests/test_transport.py shows each.
"""

import asyncio
from typing import Any

from aiohttp import web
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError

from handlers.transport.addresses import HEARD_SECONDS
from handlers.transport.connection_limits import LINGER_SECONDS, ConnectionLimits
from server.core.errors import RateLimited
from server.realtime.packets import Packet
from server.realtime.rooms import Connection

PING = Packet(b"2")
TURN = 4  # frames that one connection has answered before others are


class EngineSocket(AsyncSocket):  # type: ignore[misc]  # the library has no types
    """`joined` are the namespaces it is in, by their names on the wire. `block`: from which address; `refusal`: why it may
    join none.
    """

    def __init__(self, server: Any, sid: str, block: str, refusal: RateLimited | None) -> None:
        super().__init__(server, sid)
        self.block = block
        self.refusal = refusal
        self._limits: ConnectionLimits = server.limits
        self._reasons = server.reason
        self.joined: dict[bytes, Connection] = {}
        self.concurrent_commands: set[asyncio.Task[None]] = set()  # commands behind which others are answered already
        self.heard = True  # anything since the last ping
        self._loop = asyncio.get_running_loop()
        self._is_cut = self._is_mute = False  # nothing more goes out; what is queued may, if it is only mute
        self._is_finishing = False
        self._taken = 0  # frames and packets so far
        self._websocket: asyncio.Transport | None = None  # its TCP connection, also while it is only probed
        self._poll: asyncio.Transport | None = None  # the TCP connection of the last GET
        self.polls = 0  # GETs that wait for packets
        self._ping_timer = self._loop.call_later(self._limits.ping_interval, self._ping)
        self._lone_timer = self._loop.call_later(
            HEARD_SECONDS if refusal else self._limits.join_seconds, self._check_joined
        )

    def push(self, packet: Packet) -> None:
        """Queues a packet; one for a connection that is over is dropped (its client will catch up)."""
        if self._is_mute:
            return
        if self.waiting() > self._limits.buffer_bytes:  # one packet may go beyond it, as long as it likes
            self.cut("slow_reader")
        else:
            self.queue.put_nowait(packet)

    async def hang_up(self) -> None:
        """Ends the connection and its transport, after what is queued."""
        await self.server.hang_up(self.sid)

    async def send(self, pkt: Any) -> None:
        """The library's way in. Its own checks the ping's clock first, which is our timers' business."""
        self.push(Packet(pkt.encode().encode()))

    def has_last_words(self) -> bool:
        """Whether it was closed between two polls with something still to say: why, as a rule."""
        return bool(self.queue.waiting) and not self._is_cut and not self.upgraded

    def waiting(self) -> int:
        """Bytes that the client has not taken yet, as far as this process holds them."""
        carriers = (self._websocket, self._poll)
        return int(self.queue.waiting) + sum(carrier.get_write_buffer_size() for carrier in carriers if carrier)

    def cut(self, reason: str) -> None:
        """Ends it at once, with its TCP connection; what waits is dropped. Its hooks run as for any other end."""
        if self._is_cut:
            return
        self._is_cut = self._is_mute = True
        self._drop()
        self._abort()
        self.server.forget(self, reason)

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """As the library's, which leaves the transport to the client: whoever closes it, here it is finished as well.

        The timers, which find who is silent, end; the reason is counted.
        """
        if self.closing:
            return
        self.server.ended(self, reason or self._reasons.SERVER_DISCONNECT)
        self._ping_timer.cancel()
        self._lone_timer.cancel()
        try:
            await super().close(wait=False, abort=abort, reason=reason)
        finally:
            self.closed = True
            self.finish()

    def finish(self) -> None:
        """What is queued goes out, and at the latest after LINGER_SECONDS nothing is left of it: no transport, no sid."""
        if not self._is_finishing:
            self._is_finishing = self._is_mute = True
            self._close_queue()
            self._loop.call_later(LINGER_SECONDS, self._end)

    async def give_way(self) -> None:
        """Once a TURN lets everybody else have theirs: what has come already is read without the loop going round."""
        self._taken += 1
        if not self._taken % TURN:
            await asyncio.sleep(0)

    async def receive(self, pkt: Any) -> None:
        """A packet from the client. After a goodbye, the client's or ours, nothing is heard."""
        await self.give_way()
        if not self.closing:
            await super().receive(pkt)

    def left(self, namespace: bytes) -> None:
        """It is not in this namespace any more, if it was; who leaves the last one must join one soon."""
        if self.joined.pop(namespace, None) and not self.joined and not self.closing:
            self._lone_timer.cancel()
            self._lone_timer = self._loop.call_later(self._limits.join_seconds, self._check_joined)

    def schedule_ping(self) -> None:
        """A PONG came."""
        self.heard = True
        if not self.closing:
            self._ping_timer.cancel()
            self._ping_timer = self._loop.call_later(self._limits.ping_interval, self._ping)

    async def handle_get_request(self, environ: dict[str, Any]) -> Any:
        request: web.Request = environ["aiohttp.request"]
        if "HTTP_UPGRADE" in environ:
            return await super().handle_get_request(environ)
        self._poll = request.transport
        self.polls += 1
        try:
            return await super().handle_get_request(environ)
        finally:
            self.polls -= 1
            if self.polls and self._is_mute:
                self.queue.put_nowait(None)  # a client may let several wait: the end of one ends the next

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        try:
            await super().handle_post_request(environ)
        except EngineIOError:
            # The library answers 400 to a sid that it knows, and forgets it; without one it has no answer at all.
            self.server.keep(self)
            raise

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        if self._websocket:  # the library lets two race
            return self.server._bad_request("a WebSocket is there already")
        self._websocket = environ["aiohttp.request"].transport
        probe_timer = self._loop.call_later(self._limits.join_seconds, self._check_upgraded)
        try:
            return await self._serve_websocket(environ)
        finally:
            probe_timer.cancel()
            self._websocket = None
            self.upgrading = False  # the library leaves who fails the probe without any transport

    async def _serve_websocket(self, environ: dict[str, Any]) -> Any:
        return await super()._upgrade_websocket(environ)

    def _close_queue(self) -> None:
        self.queue.put_nowait(None)  # whoever waits for packets stops waiting

    def _end(self) -> None:
        self._abort()
        self.server.remove(self.sid)

    def _abort(self) -> None:
        if self._websocket:
            self._websocket.abort()
        # Between two polls the TCP connection may be somebody else's: a proxy shares it.
        if self._poll and (self.polls or self._poll.get_write_buffer_size()):
            self._poll.abort()

    def _drop(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()
        self._close_queue()

    def _ping(self) -> None:
        self.heard = False
        self.push(PING)
        self._ping_timer = self._loop.call_later(self._limits.ping_timeout, self._check_heard)

    def _check_heard(self) -> None:
        """Frames count as well as the PONG, which may stand behind many of them."""
        if self.heard:
            self._ping()
        else:
            self.cut(self._reasons.PING_TIMEOUT)

    def _check_upgraded(self) -> None:
        """Who opened a WebSocket beside its polling, and did not change over, polls on without it."""
        if self._websocket and not self.upgraded:
            self._websocket.abort()

    def _check_joined(self) -> None:
        if not self.joined:
            self.cut("never_joined")
