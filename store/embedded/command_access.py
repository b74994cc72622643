"""How a command of run.py gets at the embedded database: the running server's, else one of its own for as long as it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from store.embedded.data_dir import DataDirLock
from store.embedded.mongod import Mongod, MongodFailed
from store.embedded.replica_set import listens, wait_writable
from store.embedded.supervisor import Supervisor

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
