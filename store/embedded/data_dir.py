"""The data folder: one server at a time, and how a command gets at its database while one runs."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from store.embedded.mongod import Mongod, MongodFailed
from store.embedded.replica_set import listens, wait_writable
from store.embedded.supervisor import Supervisor

Role = Literal["server", "command"]


class DataDirInUse(RuntimeError):
    """Another process works on this DATA_DIR; the text is a sentence for the operator."""


class DataDirLock:
    """An flock on DATA_DIR/deskwire.lock, in which its holder stands: `PID ROLE`. Child processes do not inherit it.

    `shared`: other holders who share it are welcome, whoever wants it alone is not.
    """

    def __init__(self, data_dir: Path, role: Role = "server", *, shared: bool = False) -> None:
        self._path = data_dir.resolve() / "deskwire.lock"
        self._role = role
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file = -1

    def acquire(self) -> None:
        """Take it, or raise DataDirInUse. OSError: the folder cannot be made (mode 0700) or written."""
        if not self.try_acquire():
            raise DataDirInUse(self.describe_holder())

    def try_acquire(self) -> bool:
        """As `acquire`; says whether it was free."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, self._kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()} {self._role}".encode())
        self._file = file
        return True

    def release(self) -> None:
        """Let it go, once, if it is held. The file stays: removing it would race with the next holder."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def held_by_server(self) -> bool:
        """Of a lock that another process holds: whether that is a server, not an account command."""
        return self._path.read_text().endswith("server")

    def describe_holder(self) -> str:
        """The sentence for an operator who finds it held."""
        pid, _, role = self._path.read_text().partition(" ")
        return (
            f"{self._path.parent} is in use by another Deskwire {role or 'process'} (pid {pid or 'unknown'}): "
            f"stop it, or set another DATA_DIR. The lock is {self._path}"
        )


POLL = 0.05  # seconds


@asynccontextmanager
async def mongo_for_command(data_dir: Path, binary: str = "", within: float = 30.0) -> AsyncIterator[str]:
    """The URL of this DATA_DIR's database: the running server's mongod, else one of our own until the block ends.

    A second command waits for the first. MongodFailed: mongod does not run, or nobody answers within `within` seconds.
    """
    lock, mongod = DataDirLock(data_dir, "command"), Mongod(data_dir, binary)
    if not await _take(lock, mongod, within):
        try:
            yield mongod.url
        finally:
            mongod.close()
        return
    supervisor = Supervisor(mongod)
    try:
        mongod.start()
        await supervisor.ready(within)
        yield mongod.url
    finally:
        await supervisor.stop()
        lock.release()


async def _take(lock: DataDirLock, mongod: Mongod, within: float) -> bool:
    """True: nobody was there, and the lock is ours now. False: a server is, and its mongod takes writes."""
    try:
        async with asyncio.timeout(within):
            while not lock.try_acquire():
                if lock.held_by_server() and listens(mongod):
                    try:
                        await wait_writable(mongod, 2.0)
                    except MongodFailed:  # it stops or starts again at this moment: look at the lock once more
                        continue
                    return False
                await asyncio.sleep(POLL)
    except TimeoutError as error:
        raise MongodFailed(f"{lock.describe_holder()}; its MongoDB does not answer") from error
    return True
