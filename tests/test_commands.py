"""run.py as an operator runs it: real processes, each place with its own data, ends of every kind."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import stat
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.support.memory import IN_MEMORY
from tests.support.mongods import mongod_in
from tests.support.people import Someone

RUN = Path(__file__).parent.parent / "run.py"
PATIENCE = 30.0  # seconds for a start or a command: two cores, and others at work
READY = re.compile(r"Deskwire is ready on (http://127\.0\.0\.1:(\d+))")
PASSWORD = "correct horse"


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def complaint(self) -> str:
        """The one line with which it said no."""
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.err.startswith("deskwire: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


@dataclass
class Server:
    """A process that serves."""

    process: asyncio.subprocess.Process
    http: aiohttp.ClientSession
    url: str
    said: list[str]
    errors: Path
    people: list[Someone] = field(default_factory=list)

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    @property
    def mongod(self) -> int:
        """The pid of its one child."""
        (child,) = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(child)

    def passwords(self) -> dict[str, str]:
        """What the banner says: user name and password."""
        rows = [re.fullmatch(r"  (admin|agent) +(\w+) +([a-zX2-9]{4}(?:-[a-zX2-9]{4}){3})", line) for line in self.said]
        return {row[2]: row[3] for row in rows if row}

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.http.get(self.url + path) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, json: Any) -> tuple[int, Any]:
        async with self.http.post(self.url + path, json=json) as answer:
            return answer.status, await answer.json()

    async def log_in(self, username: str, password: str) -> int:
        return (await self.post("/api/auth/login", {"username": username, "password": password}))[0]

    async def customer(self, *transports: str) -> Someone:
        _, body = await self.post("/api/auth/guest", {})
        return await self.connect("/customer", body, *transports)

    async def agent(self, username: str, password: str) -> Someone:
        """Logs in, with a password of its own from now on if this is a first one."""
        given = {"username": username, "password": password}
        status, body = await self.post("/api/auth/login", given)
        if status == 428:
            _, body = await self.post("/api/auth/login", {**given, "new_password": PASSWORD})
        gus = await self.connect("/agent", body)
        await gus.ask("set_status", status="online")
        return gus

    async def connect(self, namespace: str, body: dict[str, Any], *transports: str) -> Someone:
        someone = Someone(self.url, namespace, body["token"], body["user"])
        self.people.append(someone)
        return await someone.connect(transports or ("websocket",))

    async def end(self, number: signal.Signals = signal.SIGTERM) -> Done:
        """Sends the signal and waits."""
        began = time.perf_counter()
        self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            code = await self.process.wait()
        return Done(code, "", self.errors.read_text(), time.perf_counter() - began)


class Place:
    """A folder with its own .env and data, and the commands that run there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.calm = True  # no trace may stand in the server's log

    async def start(self, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
        environment = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": str(self.data)}
        with (self.folder / "errors").open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "always::ResourceWarning", RUN, *arguments),
                cwd=self.folder,
                env=environment | settings,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE if arguments or not settings.get("serves") else errors,
            )

    async def run(self, *arguments: str, typed: str = "", **settings: str) -> Done:
        """A command (without arguments: a server that must fail), to its end."""
        began = time.perf_counter()
        process = await self.start(*arguments, **settings)
        try:
            async with asyncio.timeout(PATIENCE):
                out, err = await process.communicate(typed.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode(), time.perf_counter() - began)

    @asynccontextmanager
    async def serve(self, **settings: str) -> AsyncIterator[Server]:
        """A server, from its ready line until the block or the test ends it."""
        process = await self.start(serves="yes", **settings)
        assert process.stdout
        said: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while not said or not READY.fullmatch(said[-1]):
                    line = await process.stdout.readline()
                    assert line, (self.folder / "errors").read_text()
                    said.append(line.decode().rstrip("\n"))
            ready = READY.fullmatch(said[-1])
            assert ready
            async with aiohttp.ClientSession() as http:
                server = Server(process, http, ready[1], said, self.folder / "errors")
                yield server
                for someone in server.people:
                    await someone.disconnect()
                assert not [misfit for someone in server.people for misfit in someone.misfits]
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()
        assert not self.calm or "Traceback" not in (self.folder / "errors").read_text()

    def processes(self) -> list[str]:
        """The command lines of all processes that work on this place's data."""
        lines = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        return [line for line in lines if str(self.folder) in line]


@pytest.fixture(scope="module")
def places() -> Iterator[Callable[[], Place]]:
    """Makes places in memory."""
    home = Path(tempfile.mkdtemp(prefix="deskwire-", dir=IN_MEMORY))
    yield lambda: Place(Path(tempfile.mkdtemp(dir=home)))
    shutil.rmtree(home)


@pytest.fixture
def place(places: Callable[[], Place]) -> Place:
    return places()


@pytest.fixture(scope="module")
async def running(places: Callable[[], Place]) -> AsyncIterator[tuple[Place, Server]]:
    """A place where a server runs, for what leaves no traces."""
    place = places()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(place.serve())
        yield place, server
        assert (await server.end()).code == 0
    assert not place.processes()


async def until(holds: Callable[[], bool], within: float = PATIENCE) -> None:
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(0.01)


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


# The first start


async def test_the_first_start_shows_the_passwords_once(place: Place) -> None:
    async with place.serve() as server:
        assert set(server.passwords()) == {"admin", "agent"}
        shown = "\n".join(server.said)
        for address in ("/", "/agent", "/admin"):
            assert f" http://localhost:{server.port}{address}\n" in shown
        assert f'<script src="http://localhost:{server.port}/widget.js" async></script>' in shown
        for username, password in server.passwords().items():
            assert await server.log_in(username, password) == 428
        gus = await server.agent("agent", server.passwords()["agent"])
        assert (await gus.hears("welcome"))["seat"]["max_chats"] == 5
        assert (await server.end()).code == 0
        first = server.passwords()
    assert stat.S_IMODE(place.data.stat().st_mode) == 0o700
    assert first["agent"] not in place.folder.joinpath("errors").read_text()

    async with place.serve(AGENT_MAX_CHATS="9") as server:
        assert len(server.said) == 1
        assert await server.log_in("admin", first["admin"]) == 428  # nobody has logged in with it yet
        assert await server.log_in("agent", first["agent"]) == 401
        assert await server.log_in("agent", PASSWORD) == 200
        assert (await server.end(signal.SIGINT)).code == 0


# Ends


async def test_everybody_hears_that_the_server_stops(place: Place) -> None:
    async with place.serve() as server:
        gus = await server.agent("agent", server.passwords()["agent"])
        ann, bob = await server.customer("websocket"), await server.customer("polling")
        chat_id = (await ann.ask("request_chat"))["chat"]["id"]
        await gus.hears("chat_opened")
        uploading = await half_an_upload(server, ann)
        idle = [await asyncio.open_connection("127.0.0.1", int(server.port)) for _ in range(3)]
        mongod = server.mongod
        saying = asyncio.create_task(ann.say(chat_id, "one last word"))
        done = await server.end()
        assert done.code == 0
        assert done.seconds < 3
        await asyncio.wait([saying])  # acked or refused, whichever was faster
        saying.exception()
        for someone in (gus, ann, bob):
            told = [name for name, _ in someone.events if name != "queue_changed"]  # that is gathered for a moment
            assert told[-1] == "server_stopping", someone.events
        assert ended(mongod)
        for _, writer in (uploading, *idle):
            writer.close()
    assert not place.processes()
    assert not list((place.data / "media" / "incoming").iterdir())


async def half_an_upload(server: Server, someone: Someone) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A file that never comes to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.port))
    writer.write(
        f"POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {someone.token}\r\nContent-Length: 9999\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello'.encode()
    )
    await writer.drain()
    return reader, writer


async def test_a_killed_server_leaves_nothing_behind_and_loses_nothing(place: Place) -> None:
    acked: dict[int, str] = {}

    async def talk(ann: Someone, chat_id: str) -> None:
        for number in range(1_000_000):
            message = await ann.say(chat_id, f"word {number}", client_id=str(number))
            acked[message["seq"]] = message["body"]

    async with place.serve(RATE_LIMITS="off") as server:
        ann = await server.customer()
        chat_id = (await ann.ask("request_chat"))["chat"]["id"]
        talking = asyncio.create_task(talk(ann, chat_id))
        await until(lambda: len(acked) > 100)
        mongod = server.mongod
        server.process.kill()
        talking.cancel()
        await asyncio.wait([talking])
        await until(lambda: ended(mongod), within=5)
    assert not place.processes()

    async with place.serve() as server:
        again = await server.connect("/customer", {"token": ann.token, "user": ann.user})
        log = (await again.ask("sync_chat", chat_id=chat_id, after=0, limit=500))["messages"]
        kept = {line["seq"]: line["body"] for line in log}
        assert acked.items() <= kept.items() or len(acked) > 500
        assert list(kept) == list(range(1, len(kept) + 1))
        assert (await server.end()).code == 0


@pytest.mark.slow
async def test_a_killed_mongod_comes_back_and_the_chat_goes_on(place: Place, running: tuple[Place, Server]) -> None:
    """Its binary is a script that can be made to fail, so that the desk is without a database for a while."""
    real = Path(f"/proc/{running[1].mongod}/exe").readlink()
    binary = place.folder / "mongod"
    write_script(binary, f'exec {real} "$@"')
    place.calm = False
    async with place.serve(MONGOD_BINARY=str(binary)) as server:
        gus = await server.agent("agent", server.passwords()["agent"])
        ann = await server.customer()
        chat_id = (await ann.ask("request_chat"))["chat"]["id"]
        await ann.say(chat_id, "before")
        assert await server.get("/readyz") == (200, {"status": "ready", "database": "ok", "mongod": "running"})

        write_script(binary, "echo no luck; exit 3")
        os.kill(server.mongod, signal.SIGKILL)
        said = r"the database is away; mongod: restarting in [\d.]+ s: mongod ended with exit code 3 \(no luck\): see "
        status, body = 200, {}
        async with asyncio.timeout(PATIENCE):
            while not re.match(said, body.get("detail", "")):
                status, body = await server.get("/readyz")
        assert (status, body["code"], body["status"], body["database"]) == (503, "unavailable", "unavailable", "away")
        assert (await server.get("/healthz"))[0] == 200
        refused = await ann.refused("send_message", chat_id=chat_id, client_id="1", body="meanwhile")
        assert refused["code"] == "unavailable"

        write_script(binary, f'exec {real} "$@"')
        async with asyncio.timeout(PATIENCE):
            while status == 503:
                status, _ = await server.get("/readyz")
        assert status == 200
        await ann.say(chat_id, "meanwhile", client_id="1")
        await gus.hears("message", lambda line: line["body"] == "meanwhile")
        await gus.say(chat_id, "after")
        await ann.hears("message", lambda line: line["body"] == "after")
        assert (await server.end()).code == 0
    assert not place.processes()


def write_script(path: Path, line: str) -> None:
    """A file that is being run cannot be written: it is replaced."""
    fresh = path.with_suffix(".new")
    fresh.write_text(f"#!/bin/sh\n{line}\n")
    fresh.chmod(0o755)
    fresh.replace(path)


# What cannot be


async def test_a_second_server_on_one_folder(running: tuple[Place, Server]) -> None:
    place, server = running
    for settings in ({}, {"MONGODB_URL": "mongodb://127.0.0.1:1"}):
        done = await place.run(**settings)
        assert (
            f"{place.data} is in use by another Deskwire server (pid {server.process.pid}): stop it" in done.complaint
        )
    assert (await server.get("/readyz"))[0] == 200


async def test_a_port_that_is_taken(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = await place.run(PORT=str(port))
    assert done.complaint == f"deskwire: cannot listen on 127.0.0.1:{port}: Address already in use; set HOST or PORT"
    assert done.out == ""
    assert not place.processes()


@pytest.mark.slow
async def test_addresses_that_are_not_here(place: Place) -> None:
    first, second = await asyncio.gather(place.run(HOST="192.0.2.1"), place.run("doctor", HOST="two words"))
    assert "cannot listen on 192.0.2.1:0: " in first.complaint
    assert "HOST: 'two words' is not an address" in second.complaint


@asynccontextmanager
async def standalone(binary: Path, folder: Path) -> AsyncIterator[str]:
    """The URL of a mongod that is no replica set."""
    process = await asyncio.create_subprocess_exec(
        *(binary, "--dbpath", ".", "--bind_ip", "./m.sock", "--nounixsocket", "--logpath", "log"), cwd=folder
    )
    try:
        path = folder / "m.sock"
        await until(lambda: "Waiting for connections" in (folder / "log").read_text() if path.exists() else False)
        yield f"mongodb://{quote(str(path), safe='')}"
    finally:
        process.kill()
        await process.wait()


@pytest.mark.slow
async def test_a_mongodb_that_is_no_replica_set(places: Callable[[], Place], running: tuple[Place, Server]) -> None:
    binary = Path(f"/proc/{running[1].mongod}/exe").readlink()
    here, there = places(), places()
    async with standalone(binary, there.folder) as url:
        for arguments in ((), ("create-agent", "7", "gus", PASSWORD)):
            done = await here.run(*arguments, MONGODB_URL=url)
            assert (
                "names a standalone MongoDB, and Deskwire needs a replica set (one member is enough)" in done.complaint
            )
            assert "or leave MONGODB_URL empty" in done.complaint
        done = await here.run("doctor", MONGODB_URL=url)
        assert done.code == 1
        assert "ok  database: MongoDB 6" in done.out
        assert "BAD replica set: NoReplicaSet: MONGODB_URL names a standalone MongoDB" in done.out


@pytest.mark.slow
async def test_a_mongodb_that_does_not_answer(place: Place) -> None:
    nowhere = "mongodb://127.0.0.1:1/?directConnection=true"
    server, command, doctor = await asyncio.gather(
        place.run(MONGODB_URL=nowhere),
        place.run("create-agent", "7", "gus", PASSWORD, MONGODB_URL=nowhere),
        place.run("doctor", MONGODB_URL=nowhere),
    )
    assert server.complaint.startswith(
        "deskwire: the database of MONGODB_URL does not answer: 127.0.0.1:1: [Errno 111]"
    )
    assert command.complaint.startswith("deskwire: the database does not answer: 127.0.0.1:1: [Errno 111]")
    assert doctor.code == 1
    assert doctor.out.startswith("BAD database: ServerSelectionTimeoutError: 127.0.0.1:1: [Errno 111]")
    assert "--  replica set: not looked at: the database does not answer" in doctor.out
    assert max(server.seconds, command.seconds, doctor.seconds) < 10


@pytest.mark.slow
async def test_a_server_whose_database_has_gone_still_stops(place: Place, tmp_path: Path) -> None:
    async with mongod_in(tmp_path) as (mongod, supervisor), place.serve(MONGODB_URL=mongod.url) as server:
        await supervisor.stop()
        done = await asyncio.wait_for(server.end(), 25)
        assert done.code == 0


# A database of one's own


@pytest.mark.slow
async def test_a_replica_set_of_ones_own(place: Place, mongo_url: str) -> None:
    settings = {"MONGODB_URL": mongo_url, "MONGODB_DATABASE": f"test_{os.urandom(6).hex()}"}
    done = await place.run("create-agent", "7", "gus", PASSWORD, **settings)
    assert done.code == 0
    async with place.serve(**settings) as server:
        assert len(server.said) == 1
        assert await server.get("/readyz") == (200, {"status": "ready", "database": "ok"})
        assert await server.log_in("gus", PASSWORD) == 200
        assert Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text() == ""
        assert (await server.end()).code == 0
    assert not (place.data / "mongo").exists()


# Accounts


@pytest.mark.slow
async def test_accounts_while_the_server_runs(running: tuple[Place, Server]) -> None:
    place, server = running
    created = await place.run(
        *("create-agent", "7", "gus", PASSWORD, "--name", "Gus Lee", "--max-chats", "2"),
        *("--department", "Sales", "--department", "Repairs"),
    )
    assert (created.code, created.out, created.err) == (0, "gus is agent g7.\n", "")
    gus = await server.agent("gus", PASSWORD)
    seat = (await gus.hears("welcome"))["seat"]
    assert (seat["agent"]["name"], seat["max_chats"], seat["departments"]) == ("Gus Lee", 2, ["Sales", "Repairs"])

    typed = await place.run("create-admin", "a7", "eve", "-", typed=f"{PASSWORD}\nmore\n")
    assert (typed.code, typed.out) == (0, "eve is admin a7.\n")
    assert await server.log_in("eve", PASSWORD) == 200

    changed = await place.run("change-password", "gus", "-", typed="wrong horse")
    assert (changed.code, changed.out) == (0, "The password of gus is changed; every log-in until now has ended.\n")
    assert await server.log_in("gus", PASSWORD) == 401
    assert await server.log_in("gus", "wrong horse") == 200

    renamed = await place.run("change-username", "gus", "Gus.Lee")
    assert (renamed.code, renamed.out) == (0, "gus logs in as Gus.Lee from now on.\n")
    assert await server.log_in("gus.lee", "wrong horse") == 200

    platform = await place.run("create-platform", "p7", "The shop")
    assert platform.code == 0
    shown = re.fullmatch(r"The shop is p7\. Its credential, shown this once:\n(p7\.\S{43})\n", platform.out)
    assert shown
    bearer = {"Authorization": f"Bearer {shown[1]}", "X-Forwarded-For": "192.0.2.1"}
    async with server.http.get(f"{server.url}/metrics", headers=bearer) as answer:
        assert answer.status == 200
    scoped = await place.run("create-platform", "p8", "Prometheus", "--scope", "metrics")
    bearer = {"Authorization": f"Bearer {scoped.out.split()[-1]}", "X-Forwarded-For": "192.0.2.1"}
    for method, path, status in (("GET", "/metrics", 200), ("DELETE", "/api/customers/c9", 403)):
        async with server.http.request(method, f"{server.url}{path}", headers=bearer) as answer:
            assert answer.status == status
    _, body = await server.post("/api/auth/login", {"username": "eve", "password": PASSWORD})
    eve = await server.connect("/admin", body)
    rows = [row for row in (await eve.ask("list_audit"))["results"] if row["details"] == {"by": "command"}]
    assert [(row["who"], row["what"], row["whom"]) for row in rows] == [
        (None, "platform_created", "p8"),
        (None, "platform_created", "p7"),
        (None, "username_changed", "g7"),
        (None, "password_set", "g7"),
        (None, "admin_created", "a7"),
        (None, "agent_created", "g7"),
    ]


@pytest.mark.slow
async def test_accounts_that_cannot_be(running: tuple[Place, Server]) -> None:
    place, _ = running
    refused: list[tuple[tuple[str, ...], str]] = [
        (("create-agent", "1", "gina", PASSWORD), "the id g1 is taken"),
        (("create-agent", "99", "agent", PASSWORD), "the user name agent is taken"),
        (("create-agent", "a99", "gina", PASSWORD), "the id of this agent is a number, or g and a number"),
        (("create-agent", "99", "gina", "short"), "a password has 10 to 128 characters"),
        (("create-agent", "99", "gina", "gina-2024-gina"), "this is made of names of yours"),
        (("create-agent", "99", "AGENT", PASSWORD), "the user name AGENT is taken"),
        (("change-username", "Agent", "gina"), "there is nobody with the user name Agent, in exactly these letters"),
        (("change-username", "agent", "admin"), "the user name admin is taken"),
        (("create-agent", "99", "gina"), "give a PASSWORD, or - to read it from standard input"),
        (("change-password", "nobody", PASSWORD), "there is nobody with the user name nobody"),
    ]
    two = asyncio.Semaphore(2)

    async def check(arguments: tuple[str, ...], expected: str) -> None:
        async with two:
            done = await place.run(*arguments)
        assert expected in done.complaint
        assert done.out == ""

    await asyncio.gather(*(check(*each) for each in refused))


async def test_what_is_no_command(place: Place) -> None:
    unknown, missing, helped = await asyncio.gather(
        place.run("create-customer", "7"), place.run("create-agent", "7"), place.run("--help")
    )
    assert (unknown.code, missing.code, helped.code) == (2, 2, 0)
    assert "usage: run.py" in unknown.err
    assert "the following arguments are required: USERNAME" in missing.err
    for command in ("create-admin", "create-agent", "create-platform", "change-password", "settings", "doctor"):
        assert command in helped.out
    assert not place.data.exists()


@pytest.mark.slow
async def test_everything_works_without_a_server_too(place: Place) -> None:
    assert (await place.run("create-agent", "7", "gus", PASSWORD)).out == "gus is agent g7.\n"
    assert (await place.run("create-agent", "7", "gina", PASSWORD)).complaint == "deskwire: the id g7 is taken"
    assert not place.processes()
    async with place.serve() as server:
        assert len(server.said) == 1  # the database was not empty any more
        assert await server.log_in("gus", PASSWORD) == 200
        assert (await server.end()).code == 0


# Settings and doctor


async def test_settings(place: Place) -> None:
    (place.folder / ".env").write_text("PORT=8001\nSITE_SECRET=what only desk and shop know of, and long\n")
    shown = await place.run("settings", LOG_LEVEL="warning")
    assert shown.code == 0
    assert "\nLOG_LEVEL=warning   (default: info)\n" in shown.out
    assert "\nSITE_SECRET=(hidden)   (default: empty)\n" in shown.out
    assert "what only desk" not in shown.out
    assert "\nPORT=0   (default: 8000)\n" in shown.out  # the environment wins
    assert not place.data.exists()
    (place.folder / ".env").write_text("PROT=8001\n")
    for done in await asyncio.gather(*(place.run(*command) for command in ((), ("settings",), ("doctor",)))):
        assert done.complaint == (
            "deskwire: .env: there is no setting PROT; did you mean PORT? (python run.py settings lists them)"
        )
    (place.folder / ".env").write_text("DEBUG=true\n")
    assert "DEBUG=true shows traces to strangers" in (await place.run(HOST="0.0.0.0")).complaint


async def test_the_doctor_with_a_server(running: tuple[Place, Server]) -> None:
    place, server = running
    done = await place.run("doctor", PORT=server.port)
    assert (done.code, done.err) == (0, "")
    assert [line[:4] + line[4:].partition(":")[0] for line in done.out.splitlines()] == [
        *("ok  database", "ok  replica set", "ok  clock", "ok  data folder", "ok  media folder"),
        *("--  redis", "--  mail", "ok  websocket"),
    ]
    assert "ok  websocket: HTTP/1.1 101 Switching Protocols" in done.out


async def test_the_doctor_without_a_server(place: Place) -> None:
    done = await place.run("doctor", PORT="1")
    assert (done.code, done.err) == (0, "")
    assert "--  websocket: nobody listens on 127.0.0.1:1; start the server to check it" in done.out
    assert "BAD" not in done.out
    assert not place.processes()


@pytest.mark.slow
async def test_the_doctor_with_a_server_that_says_nothing(running: tuple[Place, Server]) -> None:
    other = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with other:
        done = await running[0].run("doctor", PORT=str(other.sockets[0].getsockname()[1]))
    assert done.code == 1
    assert "BAD websocket: whoever listens there does not answer" in done.out
