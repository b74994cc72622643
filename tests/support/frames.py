"""Connections frame by frame: they can send what no decent client would, and see the order of everything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import aiohttp
from yarl import URL

from tests.support.people import PATIENCE

PING, PONG = "2", "3"  # Engine.IO's, between the frames


class Frames:
    """An Engine.IO WebSocket. Frames are Socket.IO packets: `send` puts the 4 of an Engine.IO message before a text."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse, namespace: str) -> None:
        self.namespace = namespace
        self.seen: list[str] = []  # what came, in order, without pings
        self._websocket = websocket
        self._ids = iter(range(1, 1_000_000))

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, base_url: str, namespace: str) -> Frames:
        """The transport stands; no namespace is connected."""
        websocket = await http.ws_connect(f"{base_url}/socket.io/?EIO=4&transport=websocket", autoclose=True)
        frames = cls(websocket, namespace)
        opening = await websocket.receive_str(timeout=PATIENCE)
        assert opening.startswith("0{"), opening
        return frames

    def beside(self, namespace: str) -> Frames:
        """Another namespace over the same transport; one of the two reads."""
        return Frames(self._websocket, namespace)

    async def connect(self, auth: Any = None) -> str:
        """Asks for the namespace; the answer: 0NAMESPACE,{"sid":...} or 4NAMESPACE,{"message":...}."""
        await self.send(f"0{self.namespace}," + ("" if auth is None else json.dumps(auth)))
        return await self.next()

    async def send(self, packet: str) -> None:
        await self.send_raw("4" + packet)

    async def send_raw(self, frame: str | bytes) -> None:
        """A whole Engine.IO frame, whatever it is."""
        if isinstance(frame, bytes):
            await self._websocket.send_bytes(frame)
        else:
            await self._websocket.send_str(frame)

    async def tell(self, *event: Any, ack_id: int | None = None) -> int:
        """Sends an event and does not wait for its ack, whose id it returns."""
        return await self.tell_raw(json.dumps(event), ack_id)

    async def tell_raw(self, event: str, ack_id: int | None = None) -> int:
        """As `tell`, with JSON that need not be JSON."""
        ack_id = next(self._ids) if ack_id is None else ack_id
        await self.send(f"2{self.namespace},{ack_id}{event}")
        return ack_id

    async def ask(self, *event: Any) -> dict[str, Any]:
        """An event and its ack."""
        return await self.ack(await self.tell(*event))

    async def ask_raw(self, event: str) -> dict[str, Any]:
        return await self.ack(await self.tell_raw(event))

    async def ack(self, ack_id: int) -> dict[str, Any]:
        """The ack with this id, which must be an object and one argument."""
        head = f"3{self.namespace},{ack_id}["
        packet = await self.next(head)
        (answer,) = json.loads(packet[len(head) - 1 :])
        assert isinstance(answer, dict), packet
        return answer

    async def acks(self, ack_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """The acks with these ids, in whatever order they come."""
        found: dict[int, dict[str, Any]] = {}
        wanted, head = set(ack_ids), f"3{self.namespace},"
        while wanted - found.keys():
            ack_id, _, answer = (await self.next(head)).removeprefix(head).partition("[")
            (found[int(ack_id)],) = json.loads(f"[{answer}")
        return found

    def acked(self) -> list[int]:
        """The ids of the acks so far, in the order in which they came."""
        return ack_ids(self.seen, self.namespace)

    async def next(self, beginning: str = "") -> str:
        """The next packet that begins so; what comes before it is kept in `seen`."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    packet = await self._receive()
                    if packet is None:
                        raise AssertionError(f"closed instead of {beginning or 'a packet'}, after {self.seen[-3:]}")
                    if packet.startswith(beginning):
                        return packet
        except TimeoutError:
            raise AssertionError(f"no {beginning or 'packet'} came, after {self.seen[-3:]}") from None

    async def closed(self, within: float = PATIENCE) -> None:
        """Returns when the other side has closed the connection."""
        try:
            async with asyncio.timeout(within):
                while await self._receive() is not None:
                    pass
        except TimeoutError:
            raise AssertionError("the connection was not closed") from None

    async def hang_up(self) -> None:
        await self._websocket.close()

    async def _receive(self) -> str | None:
        """A packet; None when the connection is closed."""
        while True:
            message = await self._websocket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                return None
            if message.data == PING:
                await self._websocket.send_str(PONG)
            elif message.data[0] == "4":
                self.seen.append(message.data[1:])
                return str(message.data[1:])


class Polling:
    """An Engine.IO connection by long polling, request by request."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str, namespace: str) -> None:
        self.namespace = namespace
        self.sid = ""
        self._http = http
        self.url = URL(base_url) / "socket.io/" % {"EIO": "4", "transport": "polling"}

    async def open(self) -> Polling:
        """The transport stands; no namespace is connected."""
        (opening,) = await self.get()
        self.sid = json.loads(opening[1:])["sid"]
        self.url = self.url.update_query(sid=self.sid)
        return self

    async def connect(self, auth: Any) -> int:
        """Asks for the namespace; the HTTP status."""
        return await self.post(f"40{self.namespace},{json.dumps(auth)}")

    async def post(self, *frames: str) -> int:
        """The HTTP status of a POST of these Engine.IO packets."""
        async with self._http.post(self.url, data="\x1e".join(frames)) as response:
            await response.read()
            return response.status

    async def post_in_two(self, frame: str) -> str:
        """The status line for a POST whose body comes in two TCP segments, the second after the first was looked at."""
        reader, writer = await asyncio.open_connection(self.url.host, self.url.port)
        head = f"POST {self.url.raw_path_qs} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(frame)}\r\n\r\n"
        half = len(frame) // 2
        writer.write((head + frame[:half]).encode())
        await (await self._http.get(self.url.with_path("/"))).read()  # the server's loop has been round by then
        writer.write(frame[half:].encode())
        status = await reader.readline()
        writer.close()
        return status.decode().strip()

    async def get(self, **headers: str) -> list[str]:
        """The Engine.IO packets of a GET."""
        async with self._http.get(self.url, headers=headers) as response:
            response.raise_for_status()
            return (await response.text()).split("\x1e")

    async def acks(self, until: int) -> list[int]:
        """The ids of the acks that come, up to this one."""
        found: list[int] = []
        async with asyncio.timeout(PATIENCE):
            while until not in found:
                found += ack_ids([packet[1:] for packet in await self.get()], self.namespace)
        return found


def ack_ids(packets: Iterable[str], namespace: str) -> list[int]:
    head = f"3{namespace},"
    return [int(packet[len(head) : packet.index("[")]) for packet in packets if packet.startswith(head)]
