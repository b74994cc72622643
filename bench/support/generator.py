"""The load generator's process, seen from outside."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.load.person import Place

ROOT = Path(__file__).parent.parent.parent
LONGEST_LINE = 2**26  # bytes: the latencies of a phase are one line


class Generator:
    """One process with one kind of load (bench/load) at one server.

    `async with Generator("talk", place, ...) as load: await load.ask("closed", ...)`
    """

    def __init__(self, kind: str, place: Place, **made_with: Any) -> None:
        self._first = {"do": kind, "place": asdict(place), **made_with}
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Generator:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.load", cwd=ROOT, limit=LONGEST_LINE,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await self._tell(self._first)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def ask(self, job: str, **given: Any) -> Any:
        """What the job found. Raises AssertionError when the generator failed: its own words are on standard error."""
        return await self._tell({"do": job, **given})

    async def _tell(self, job: dict[str, Any]) -> Any:
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, f"the load generator failed at {job['do']}"
        return json.loads(line)
