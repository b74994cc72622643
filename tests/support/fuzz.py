"""Frames by the thousand, right and wrong, over both transports; and which of them must be acked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import aiohttp
from yarl import URL

from server.schemas.catalogue import CATALOGUE
from tests.support.nonsense import UNREADABLE, as_json, sample, spoiled

WEBSOCKET, POLLING, UPGRADED = "websocket", "polling", "upgraded"
POST_FRAMES = 40  # in one POST, at most
POST_BYTES = 60_000
SPOILED = {namespace: [] for namespace in ("/customer", "/agent", "/admin")}  # type: dict[str, list[tuple[str, str]]]
for _namespace, _payloads in SPOILED.items():
    for _row in CATALOGUE.of(_namespace):
        _payloads += [(_row.name, payload) for _, payload in spoiled(_row.payload.schema)]
        _payloads.append((_row.name, as_json(sample(_row.payload.schema))))
QUIET = {"request_chat", "leave_message", "create_agent", "create_admin", "export_customer", "invite_user"}  # make much
OF_OTHERS = {"end_other_sessions"}  # ends the connections of the other visits, which are the same person's
LASTING = ["3", "5", "40/nowhere,", "40/,", "41/elsewhere,", "43{namespace},1[]", "43/elsewhere,0[]", "410", "3x"]
LASTING_ON_WEBSOCKET = ["0", "2", "6", "0{}", "2probe", "6x"]  # polling answers 400 and ends
ENDING: list[str | bytes] = [
    *("1", "1x", "x", "", "b4", "4", "4x", "47", "44{namespace},{{}}", "4null", "45", "46", "46-", "4\x00"),
    "451-{namespace},1[\"typing\",{{\"_placeholder\":true,\"num\":0}}]",
    "4599999999999-{namespace},[\"typing\"]",
    "461-{namespace},1[]",
    "40{namespace},{{\"token\":\"again\"}}",
    "42{namespace},[\"typing\"",
    "42{namespace}",
    *(b"", b"1", b"\x04\xff", b"4binary"),
    "4" + "x" * 66_000,
]  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """`ack_id`: it must be acked with this. `ends`: the connection must end after it."""

    data: str | bytes
    ack_id: int | None = None
    ends: bool = False


class Frames:
    """Made from a seed. Ids are used once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._last = 0

    def some(self, namespace: str, transport: str, count: int) -> Iterator[Frame]:
        """So many for a connection that is in this namespace, unless one ends it before."""
        for _ in range(count):
            frame = self._one(namespace, transport)
            yield frame
            if frame.ends:
                return

    def any(self) -> str:
        """Anything at all, for a connection in any state."""
        template = self._random.choice([*LASTING, *LASTING_ON_WEBSOCKET, *(f for f in ENDING if isinstance(f, str))])
        return template.replace("{namespace}", self._random.choice(list(SPOILED))).replace("{{", "{").replace("}}", "}")

    def _one(self, namespace: str, transport: str) -> Frame:
        dice = self._random.random()
        if dice < 0.80:
            return self._command(namespace)
        if dice < 0.86:
            ack_id = self._next()
            return Frame(f'42{namespace},{ack_id}["typing",{self._random.choice(UNREADABLE)}]', ack_id)
        if dice < 0.996:
            lasting = [*LASTING, *(LASTING_ON_WEBSOCKET if transport != POLLING else [])]
            return Frame(self._random.choice(lasting).replace("{namespace}", namespace))
        ending = self._random.choice(ENDING)
        if isinstance(ending, bytes):
            return Frame(ending if transport != POLLING else ending.decode("latin-1") + "\xff", ends=True)
        return Frame(ending.replace("{namespace}", namespace).replace("{{", "{").replace("}}", "}"), ends=True)

    def _command(self, namespace: str) -> Frame:
        name, payload = self._random.choice(SPOILED[namespace])
        if name in OF_OTHERS or (name in QUIET and self._random.random() < 0.95):
            name = "nonsense"
        extra = self._random.choice(("", "", "", "", ",{}", ",null"))
        ack_id = self._next()
        return Frame(f"42{namespace},{ack_id}[{json.dumps(name)},{payload}{extra}]", ack_id)

    def _next(self) -> int:
        self._last += 1
        return self._last


class Wire:
    """One Engine.IO connection that reads whatever comes. `acked` are the ids, each as often as it came."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str) -> None:
        self._http = http
        self._address = f"{base_url}/socket.io/?EIO=4&transport="
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._sid = self.transport = ""
        self._reading: list[asyncio.Task[None]] = []
        self.acked: list[int] = []
        self.last = ""
        self.statuses: set[int] = set()
        self.news = asyncio.Event()
        self.welcomed = asyncio.Event()
        self.ended = asyncio.Event()

    async def open(self, transport: str, namespace: str, token: str) -> Wire:
        """It is in its namespace."""
        self.transport = transport
        if transport == WEBSOCKET:
            await self._connect()
        else:
            async with self._http.get(self._address + "polling") as response:
                self._sid = json.loads((await response.text())[1:])["sid"]
            self._begin(self._poll())
        if token:
            await self.send([f"40{namespace},{json.dumps({'token': token})}"])
            await self.welcomed.wait()
        if transport == UPGRADED:
            await self._connect()
            await self._websocket_or_fail().send_str("2probe")
            await self._websocket_or_fail().send_str("5")
        return self

    async def send(self, frames: list[str | bytes]) -> None:
        """Whether they are taken or not."""
        with suppress(aiohttp.ClientError, ConnectionError):
            if self._websocket is None:
                body = b"\x1e".join(f if isinstance(f, bytes) else f.encode() for f in frames)
                async with self._http.post(f"{self._address}polling&sid={self._sid}", data=body) as response:
                    self.statuses.add(response.status)
                return
            for frame in frames:
                if isinstance(frame, bytes):
                    await self._websocket.send_bytes(frame)
                else:
                    await self._websocket.send_str(frame)

    async def post_around(self, frame: str, meanwhile: list[str | bytes]) -> None:
        """A POST whose second half comes after another POST was answered."""
        url, body = URL(f"{self._address}polling&sid={self._sid}"), frame.encode()
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            f"POST {url.raw_path_qs} HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        writer.write(body[: len(body) // 2])
        await self.send(meanwhile)
        writer.write(body[len(body) // 2 :])
        with suppress(ConnectionError, IndexError):
            self.statuses.add(int((await reader.readline()).split()[1]))
        writer.close()

    async def close(self) -> None:
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)
        if self._websocket:
            await self._websocket.close()

    def _websocket_or_fail(self) -> aiohttp.ClientWebSocketResponse:
        assert self._websocket
        return self._websocket

    async def _connect(self) -> None:
        url = self._address + "websocket" + (f"&sid={self._sid}" if self._sid else "")
        self._websocket = await self._http.ws_connect(url, max_msg_size=0)
        self._begin(self._read(self._websocket))

    def _begin(self, reading: object) -> None:
        self._reading.append(asyncio.ensure_future(reading))  # type: ignore[call-overload]

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in websocket:
            if message.data == "2":
                await websocket.send_str("3")
            self._heard(str(message.data))
        self.ended.set()

    async def _poll(self) -> None:
        while True:
            async with self._http.get(f"{self._address}polling&sid={self._sid}") as response:
                self.statuses.add(response.status)
                if response.status != 200:
                    break
                packets = (await response.text()).split("\x1e")
            for packet in packets:
                self._heard(packet)
                if packet == "2":
                    await self.send(["3"])
        if not self._websocket:
            self.ended.set()

    def _heard(self, packet: str) -> None:
        self.last = packet[:200]
        if match := re.match(r"43/\w+,(\d+)\[", packet):
            self.acked.append(int(match[1]))
            self.news.set()
        elif re.match(r'42/\w+,\["welcome"', packet):
            self.welcomed.set()
