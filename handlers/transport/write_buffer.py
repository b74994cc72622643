"""What goes out on WebSockets: every frame that waits for a connection in one write, and a bound on what waits.

While a connection is read slower than it is written to, its frames wait here, unjoined and shared with everybody who
hears them, instead of being copied into its transport: 200 stalled readers hold the same bytes.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from aiohttp.base_protocol import BaseProtocol

FRAME_COST = 64  # bytes that a waiting frame takes beside its own: an object of Python, and a place in a list
SLICE = 200  # connections written to in one round of the loop; between two rounds others have their turn


class WriteBuffers:
    """Who has frames to send. All of them are flushed together, a slice a round."""

    def __init__(self) -> None:
        self._full: deque[WriteBuffer] = deque()
        self._flushing = False

    def add(self, write_buffer: "WriteBuffer") -> None:
        self._full.append(write_buffer)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        full = self._full
        try:
            for _ in range(min(len(full), SLICE)):
                full.popleft().flush()
        finally:  # whatever one of them does: the others must not stay silent for ever
            self._flushing = bool(full)
            if full:
                asyncio.get_running_loop().call_soon(self._flush)


class WriteBuffer:
    """What goes out on one WebSocket. `give_up` is called when more than `bound` bytes wait and more come, or nothing moves."""

    def __init__(  # noqa: PLR0913, PLR0917  where to, through whom, and when it is enough
        self,
        protocol: BaseProtocol,
        transport: asyncio.Transport,
        write_buffers: WriteBuffers,
        bound: int,
        linger_seconds: float,
        give_up: Callable[[str], None],
    ) -> None:
        self._protocol = protocol
        self._transport = transport
        self._write_buffers = write_buffers
        self._bound = self._room = bound  # `_room`: the bound less what the transport held when it was last looked at
        self._linger_seconds = linger_seconds
        self._give_up = give_up
        self._frames: list[bytes] = []
        self._size = 0
        self._draining: asyncio.Task[None] | None = None

    def put(self, frame: bytes) -> None:
        """One frame may go beyond the bound, or a client could never be given an answer that is longer than that."""
        if self._size > self._room:
            self.flush()  # it may only be that much in one round
            if self.waiting() > self._bound:
                self._give_up("slow_reader")
                return
        if not self._frames and self._draining is None:
            self._write_buffers.add(self)
        self._frames.append(frame)
        self._size += len(frame) + FRAME_COST

    def waiting(self) -> int:
        return self._size + self._transport.get_write_buffer_size()

    def flush(self) -> None:
        """Writes what waits, unless the client has to read first; then a task waits for that."""
        if self._draining is None and self._frames:
            frames, self._frames, self._size = self._frames, [], 0
            if not self._transport.is_closing():
                self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))
            if self._protocol.writing_paused:
                self._room = self._bound - self._transport.get_write_buffer_size()
                self._draining = asyncio.get_running_loop().create_task(self._drain(), name="a slow reader")

    @property
    def is_blocked(self) -> bool:
        return self._draining is not None

    async def drained(self) -> None:
        """Returns at once, unless the client reads slower than it is written to."""
        if self._draining:
            await asyncio.wait([self._draining])

    def drop(self) -> None:
        """It is over: what waits is forgotten."""
        self._frames, self._size = [], 0
        if self._draining:
            self._draining.cancel()

    async def _drain(self) -> None:
        try:
            while self._protocol.writing_paused:
                held = self._transport.get_write_buffer_size()
                try:
                    async with asyncio.timeout(self._linger_seconds):
                        await self._protocol._drain_helper()
                except TimeoutError:
                    if self._transport.get_write_buffer_size() >= held:
                        self._give_up("slow_reader")
        except ConnectionError:
            self._frames, self._size = [], 0
        finally:
            self._draining = None
            self._room = self._bound
        self.flush()
