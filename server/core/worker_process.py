"""A process of its own for files that strangers send: it reads a path a line, and answers with a line of JSON.

What a file's bytes lead a decoder or a parser into stays in there: too much memory or time, or a crash.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
LINE_MAX = 1 << 16  # bytes of an answer, unless said otherwise


class WorkerProcess:
    """Runs `module`, which first says that it is ready; started when it is needed. `line_max`: bytes of an answer."""

    def __init__(self, module: str, line_max: int = LINE_MAX) -> None:
        self._module = module
        self._line_max = line_max
        self._process: Process | None = None

    async def start(self) -> None:
        """Returns when it is ready; at once if it was. Raises ConnectionError."""
        if self._process:
            return
        # Without our environment: it needs none of the secrets, and looks at what strangers send.
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._module),
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=HERE, env={}, start_new_session=True, limit=self._line_max,
        )  # fmt: skip
        if not await _line(self._process):
            raise ConnectionError("the process did not start")

    async def ask(self, path: Path) -> bytes:
        """The line that it answers of the file under this absolute path. Raises ConnectionError when it dies of it.

        Whoever gives up before has to stop it: nobody may take this answer for the next one's.
        """
        process = self._process
        if process is None or process.stdin is None:
            raise ConnectionError("the process does not run")
        process.stdin.write(bytes(path) + b"\n")
        await process.stdin.drain()
        line = await _line(process)
        if not line.endswith(b"\n"):
            raise ConnectionError("the process died")
        return line

    async def stop(self) -> None:
        """Until the next start there is none."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _line(process: Process) -> bytes:
    assert process.stdout is not None  # noqa: S101  a pipe, as asked for
    return await process.stdout.readline()
