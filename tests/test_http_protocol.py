"""HTTP below the routes: half requests, trickled ones, more connections than there may be, and what is no HTTP at all."""

import asyncio
import json
import logging
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from handlers.http.protocol import ConnectionBound, HttpRunner
from tests.support import shapes
from tests.support.desk import Scene
from tests.support.frames import Frames
from tests.support.people import PATIENCE
from tests.support.proxy import free_port

NewDesk = Callable[..., Awaitable[Scene]]
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
QUICK = 0.4  # seconds instead of the desk's ten
ROOT = Path(__file__).parent.parent


class Line:
    """A TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: its status, its headers in small letters, its body."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(first.split()[1]), headers, body

    async def ended(self, within: float = PATIENCE) -> bytes:
        """What still came until the server closed it."""
        async with asyncio.timeout(within):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def lines(port: int, count: int = 1) -> AsyncIterator[list[Line]]:
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            line = Line(*await asyncio.open_connection("127.0.0.1", port))
            stack.callback(line.writer.close)
            found.append(line)
        yield found


@asynccontextmanager
async def quick_server(most: int = 0) -> AsyncIterator[tuple[int, ConnectionBound]]:
    """Our server under a page of one route, with a short deadline: its port, and who counts."""

    async def page(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="here")

    app, bound = web.Application(), ConnectionBound(most)
    app.router.add_route("*", "/healthz", page)
    runner = HttpRunner(app, bound, head_seconds=QUICK, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1], bound
    finally:
        await runner.cleanup()


# The deadline of a head


@pytest.mark.parametrize("sent", [b"", b"G", HEAD, HEAD + b"X-More: " + b"x" * 3000], ids=len)
async def test_a_head_that_does_not_come_ends_its_connection(sent: bytes) -> None:
    async with quick_server() as (port, bound), lines(port) as (line,):
        await line.send(sent)
        assert await line.ended() == b""
        assert bound.count == 0


async def test_a_head_that_trickles_ends_its_connection() -> None:
    """A byte now and then moves no deadline."""
    async with quick_server() as (port, _), lines(port) as (line,):
        began = time.monotonic()
        trickling = asyncio.create_task(trickle(line))
        assert await line.ended() == b""
        trickling.cancel()
        assert time.monotonic() - began < 20 * QUICK


async def trickle(line: Line) -> None:
    await line.send(b"GET /healthz HTTP/1.1\r\nX-Long: ")
    while True:
        await line.send(b"x")
        await asyncio.sleep(QUICK / 10)


async def test_the_next_request_of_a_kept_connection_has_its_own_deadline() -> None:
    async with quick_server() as (port, _), lines(port) as (line,):
        for pause in (0, 3 * QUICK):  # silence between two requests is no half request
            await asyncio.sleep(pause)
            await line.send(HEAD + b"\r\n")
            assert (await line.answer())[0] == 200
        await line.send(HEAD[:9])
        assert await line.ended() == b""


async def test_a_body_that_takes_its_time_is_no_half_head() -> None:
    async with quick_server() as (port, _), lines(port) as (line,):
        await line.send(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            await line.send(b"x")
            await asyncio.sleep(QUICK / 10)
        assert (await line.answer())[0] == 200
        await asyncio.sleep(2 * QUICK)  # and nothing of it is left running
        await line.send(HEAD + b"\r\n")
        assert (await line.answer())[0] == 200


async def test_a_websocket_is_no_half_head() -> None:
    async def talk(request: web.Request) -> web.WebSocketResponse[Any]:
        websocket = web.WebSocketResponse[Any]()
        await websocket.prepare(request)
        async for message in websocket:
            await websocket.send_str(message.data)
        return websocket

    app = web.Application()
    app.router.add_get("/", talk)
    runner = HttpRunner(app, ConnectionBound(0), head_seconds=QUICK, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http, http.ws_connect(f"http://127.0.0.1:{runner.addresses[0][1]}/") as ann:
        for _ in range(4):
            await ann.send_str("Still there?")
            assert await ann.receive_str(timeout=PATIENCE) == "Still there?"
            await asyncio.sleep(QUICK / 2)
    await runner.cleanup()


@pytest.mark.slow
async def test_the_desk_gives_a_head_ten_seconds(desk: Scene) -> None:
    async with lines(desk.port, 200) as silent:
        await asyncio.gather(*(line.send(HEAD) for line in silent))
        assert (await desk.get("/healthz"))[0] == 200
        assert set(await asyncio.gather(*(line.ended(15) for line in silent))) == {b""}


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/api/auth/guest", "/socket.io/?EIO=4&transport=polling&sid="])
async def test_a_body_that_does_not_come_ends_its_request(desk: Scene, path: str) -> None:
    async with desk.http.get(f"{desk.base_url}/socket.io/?EIO=4&transport=polling") as opening:
        sid = json.loads((await opening.text())[1:])["sid"] if path.endswith("=") else ""
    async with lines(desk.port) as (line,):
        await line.send(f"POST {path}{sid} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n".encode())
        assert b" 400 " in await line.ended(60)


# The bound on connections


async def test_no_more_connections_than_there_may_be(caplog: pytest.LogCaptureFixture) -> None:
    async with quick_server(most=3) as (port, bound), lines(port, 3) as let_in:
        for line in let_in:
            await line.send(HEAD + b"\r\n")
            assert (await line.answer())[0] == 200
        with caplog.at_level(logging.WARNING, "handlers.http.protocol"):
            said = []
            for _ in range(3):
                async with lines(port) as (line,):
                    await line.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    said.append(await line.ended())
            async with lines(port, 100) as others:
                await asyncio.gather(*(line.ended() for line in others))
        for answer in said:
            assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\n")
            body = json.loads(answer.partition(b"\r\n\r\n")[2])
            shapes.check_refusal(body)
            assert (body["code"], "connections" in body["detail"]) == ("unavailable", True)
        (told,) = caplog.messages  # one line at once, and no second one for ten seconds
        assert "MAX_CONNECTIONS lets 3 in, and 3 are open" in told
        for line in let_in:  # the desk goes on for those who are in
            await line.send(HEAD + b"\r\n")
            assert (await line.answer())[0] == 200
        let_in[0].writer.close()
        async with asyncio.timeout(PATIENCE):
            while bound.is_reached:
                await asyncio.sleep(0.01)
        async with lines(port) as (late,):
            await late.send(HEAD + b"\r\n")
            assert (await late.answer())[2] == b"here"


async def test_one_beyond_the_bound_who_says_nothing_is_not_kept() -> None:
    async with quick_server(most=1) as (port, bound), lines(port, 2) as (first, second):
        await first.send(HEAD + b"\r\n")
        assert (await first.answer())[0] == 200
        assert await second.ended() == b""
        assert not bound.refused


async def test_a_full_desk_says_that_it_lives() -> None:
    async with quick_server(most=1) as (port, _), lines(port, 2) as (_first, second):
        await second.send(HEAD + b"\r\n")
        assert json.loads((await second.ended()).partition(b"\r\n\r\n")[2]) == {"status": "alive"}


async def test_the_desk_counts_its_connections(new_desk: NewDesk) -> None:
    desk = await new_desk(max_connections=20)
    ann, gus = await desk.customer("ann"), await desk.agent("gus")
    chat_id = await desk.chat(ann)
    _, text = await desk.get("/metrics")
    assert re.search(r"^deskwire_tcp_connections [3-9]\.0$", text, re.MULTILINE)
    async with lines(desk.port, 40) as many:
        await asyncio.gather(*(line.send(b"GET / HTTP/1.1\r\n") for line in many))
        assert b" 503 " in b"".join(await asyncio.gather(*(line.ended() for line in many[-3:])))
        await ann.say(chat_id, "Do you hear me?")
        await gus.hears("message", lambda line: line["body"] == "Do you hear me?")


FEW_FILES = """
import os, resource, sys
soft, hard = map(int, sys.argv[1:3])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""


def room(soft: int, hard: int) -> list[int]:
    """How many connections fit where a process may open so many files, and its limit afterwards."""
    asked = "import resource; from server.serving.process import connection_room as room; print(room(), *resource.getrlimit(7))"
    command = [sys.executable, "-c", FEW_FILES, str(soft), str(hard), "-c", asked]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    return [int(word) for word in done.stdout.split()]


def test_the_limit_of_open_files_is_raised_and_some_are_left_for_others() -> None:
    assert resource.RLIMIT_NOFILE == 7
    assert room(256, 256) == [128, 256, 256]
    assert room(128, 1024) == [1024 - 256 - 64, 1024, 1024]
    assert room(4096, 8192) == [8192 - 256 - 512, 8192, 8192]


@pytest.mark.slow
async def test_half_requests_do_not_take_every_descriptor(mongo_url: str, tmp_path: Path) -> None:
    """As some 225 did of a process that may open 256 files: nobody else was let in, and the log had not a word."""
    given = {"PORT": str(free_port()), "MONGODB_URL": mongo_url, "MONGODB_DATABASE": "descriptors"}
    log = tmp_path / "server.log"
    command = [sys.executable, "-c", FEW_FILES, "256", "256", ROOT / "run.py"]
    with log.open("wb") as told:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=tmp_path,
            env=given | {"PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=told,
        )
    try:
        assert process.stdout
        while b"ready" not in await process.stdout.readline():
            assert process.returncode is None, log.read_text()
        url = f"http://127.0.0.1:{given['PORT']}"
        async with aiohttp.ClientSession() as http, AsyncExitStack() as stack:
            ann = await Frames.open(http, url, "/customer")
            half = await stack.enter_async_context(lines(int(given["PORT"]), 240))
            await asyncio.gather(*(line.send(HEAD) for line in half))
            async with http.post(f"{url}/api/auth/guest", json={}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (503, "unavailable")
            assert (await ann.connect({})).startswith("4/customer,")  # who is in is answered
            async with asyncio.timeout(15):
                while await guest(http, url) != 201:
                    await asyncio.sleep(0.1)
        assert "MAX_CONNECTIONS lets 128 in" in log.read_text()
    finally:
        process.terminate()
        await process.wait()


async def guest(http: aiohttp.ClientSession, url: str) -> int:
    async with http.post(f"{url}/api/auth/guest", json={}) as answer:
        return answer.status


# What is no HTTP, and what the library answers before any route


EXPORT = b"GET /api/customers/c1/export HTTP/1.1\r\nHost: localhost\r\n"
WRONG = [
    b"nonsense\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # TLS at a port that speaks none
    b"GET /healthz HTTP/9.9\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost localhost\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Bad: a\x00b\r\n\r\n",
    b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    HEAD + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n",
    HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n",
    HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    HEAD + b"Content-Length: -1\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    HEAD + b"Expect: nonsense\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /static/../../setup.cfg HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"DELETE /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n",
    b"POST /api/auth/guest HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"POST /api/auth/guest HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /socket.io/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=carrier HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=polling&j=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=polling&sid=nobody HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /socket.io/?EIO=4&transport=polling&sid=nobody HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n2",
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n",
    b"PUT /socket.io/?EIO=4 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    EXPORT + b"Authorization: Bearer p\xff.x\r\n\r\n",
    EXPORT + b"Authorization: Bearer p1.\xff\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nVia: x\r\nAuthorization: Bearer p\xff.x\r\n\r\n",
    b"POST /api/auth/logout HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff.x.y\r\n\r\n",
    b"GET /media/a\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /media/a?for=\xff&until=99999999999&sig=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /api/customers/\xff/export?sig=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /api/customers/%ED%A0%80/export HTTP/1.1\r\nHost: localhost\r\n\r\n",
]


async def test_whatever_is_wrong_is_refused_in_our_shape(desk: Scene, caplog: pytest.LogCaptureFixture) -> None:
    for sent in WRONG:
        async with lines(desk.port) as (line,):
            await line.send(sent)
            status, headers, body = await line.answer()
        assert 400 <= status < 500, (sent[:80], status, body)
        assert headers["content-type"].startswith("application/json"), (sent[:80], headers)
        assert headers["x-content-type-options"] == "nosniff", sent[:80]
        assert headers.get("server", "Deskwire") == "Deskwire", sent[:80]
        shapes.check_refusal(json.loads(body))
        assert not re.search(r"aiohttp|Traceback|Python|\.py", body.decode(), re.IGNORECASE), (sent[:80], body)
    ours = [row for row in caplog.records if row.name.startswith(("aiohttp", "handlers", "server"))]
    assert not [row for row in ours if row.exc_info or row.levelno >= logging.WARNING], caplog.text


async def test_a_boundary_may_be_other_bytes_than_a_text(desk: Scene) -> None:
    ann = await desk.customer("ann")
    body = b'--\xff\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nhello\r\n--\xff--\r\n'
    head = f"POST /api/uploads?for=avatar HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ann.token}\r\n"
    kind = b"Content-Type: multipart/form-data; boundary=\xff\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with lines(desk.port) as (line,):
        await line.send(head.encode() + kind + body)
        status, _, answer = await line.answer()
    assert (status, json.loads(answer)["detail"]) == (415, "a picture of oneself is a picture")


async def test_one_whose_id_cannot_be_read_fails_nobody_else(desk: Scene) -> None:
    """They are all read in one query."""
    ann, bob = await desk.customer("ann"), await desk.customer("bob")
    people = desk.desk.rules.people.sessions.people
    asked = [ann.id, "p\udcff", bob.id, "nobody", "\ud800", ann.id]
    found = await asyncio.gather(*(people.find(person_id) for person_id in asked), return_exceptions=True)
    names = [each if each is None or isinstance(each, BaseException) else each.name for each in found]
    assert [name if isinstance(name, str | None) else type(name) for name in names] == [
        "Ann", UnicodeEncodeError, "Bob", None, UnicodeEncodeError, "Ann",
    ]  # fmt: skip
