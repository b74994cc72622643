"""Talks with the processes that look at pictures (picture_file.py): few of them, each with a deadline, started when needed."""

import asyncio
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

from server.core.errors import Unavailable

log = logging.getLogger(__name__)

HERE = Path(__file__).resolve().parents[2]
WORKERS = 2
PICTURE_SECONDS = 15.0  # for one picture; the largest that are taken need three
WAIT_SECONDS = 30.0  # until one of the processes is free


class PictureWorker:
    """One process. After a picture that it could not cope with it is another one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._process: Process | None = None

    async def look(self, path: Path) -> dict[str, Any]:
        """What `picture_file.look` answers of the file under this absolute path; broken for one with which the process was not
        done in time, or at all.
        """
        line = b""
        try:
            async with asyncio.timeout(self._seconds):
                line = await self._ask(path)
        except (TimeoutError, ConnectionError):
            pass
        finally:  # also when whoever asked has gone: nobody may take this answer for the next one's
            if not line.endswith(b"\n"):
                await self.stop()
        if not line.endswith(b"\n"):
            log.warning("a picture was too much for its process: %s", path.name)
            return {"refused": "broken", "error": "too much"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()

    async def _ask(self, path: Path) -> bytes:
        if self._process is None:
            # Without our environment: it needs none of the secrets, and looks at what strangers send.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "server.uploads.picture_file"),
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=HERE, env={}, start_new_session=True,
            )  # fmt: skip
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None  # noqa: S101  pipes, as asked for
        assert answers is not None  # noqa: S101
        asked.write(bytes(path) + b"\n")
        await asked.drain()
        return await answers.readline()


class PictureWorkers:
    def __init__(self, count: int = WORKERS, seconds: float = PICTURE_SECONDS) -> None:
        self._workers = [PictureWorker(seconds) for _ in range(count)]
        self._free: asyncio.LifoQueue[PictureWorker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._free.put_nowait(worker)

    async def look(self, path: Path) -> dict[str, Any]:
        """As a worker's. Raises Unavailable when all of them have had too much to do for long."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                worker = await self._free.get()
        except TimeoutError:
            raise Unavailable("too many pictures come at once; send it again in a moment") from None
        try:
            return await worker.look(path)
        finally:
            self._free.put_nowait(worker)

    async def stop(self) -> None:
        for worker in self._workers:
            await worker.stop()
