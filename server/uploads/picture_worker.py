"""Talks with the processes that look at pictures (picture_file.py): few of them, each with a deadline, started when needed.

A picture costs its sender little and us much: of one person one is looked at at a time, and one address never has them all.
"""

import asyncio
import json
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from server.core.errors import Unavailable
from server.core.turns import Turns
from server.core.worker_process import WorkerProcess

log = logging.getLogger(__name__)

WORKERS = 2
PICTURE_SECONDS = 5.0  # for one picture; the largest that are taken need three
START_SECONDS = 20.0  # until a process reads its first path, on a machine that has other things to do
WAIT_SECONDS = 30.0  # until one of the processes is free


class PictureWorker:
    """One process. After a picture that it could not cope with it is another one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._process = WorkerProcess("server.uploads.picture_file")

    async def look(self, path: Path) -> dict[str, Any]:
        """What `picture_file.look` answers of the file under this absolute path; broken for one with which the process was not
        done in time, or at all.
        """
        line = b""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._process.start()
            async with asyncio.timeout(self._seconds):
                line = await self._process.ask(path)
        except (TimeoutError, ConnectionError):
            pass
        finally:  # also when whoever asked has gone
            if not line:
                await self.stop()
        if not line:
            log.warning("a picture was too much for its process: %s", path.name)
            return {"refused": "broken", "error": "too much"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def stop(self) -> None:
        await self._process.stop()


class PictureWorkers:
    def __init__(self, count: int = WORKERS, seconds: float = PICTURE_SECONDS) -> None:
        self._workers = [PictureWorker(seconds) for _ in range(count)]
        self._free: asyncio.LifoQueue[PictureWorker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._of_person = Turns(1)
        self._of_address = Turns(max(1, count - 1))

    async def look(self, path: Path, person_id: str, address: str) -> dict[str, Any]:
        """As a worker's, when it is the sender's turn. Raises Unavailable when there was too much to do for long."""
        async with AsyncExitStack() as turns:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await turns.enter_async_context(self._of_person.turn(person_id))
                    await turns.enter_async_context(self._of_address.turn(address))
                    worker = await self._free.get()
            except TimeoutError:
                raise Unavailable("too many pictures come at once; send it again in a moment") from None
            turns.callback(self._free.put_nowait, worker)
            return await worker.look(path)

    async def stop(self) -> None:
        for worker in self._workers:
            await worker.stop()
