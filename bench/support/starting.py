"""`run.py`, or what takes its place, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
RUN = ROOT / "run.py"
START_SECONDS = 60.0
KEPT = ("PATH", "HOME", "LANG")  # of this process's environment


async def started(*words: str | Path, cwd: Path, settings: dict[str, Any], stderr: Any) -> asyncio.subprocess.Process:
    """Python with these words. `settings`, in small letters, are all of its environment but what every process needs."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ} | {"PYTHONPATH": str(ROOT)}
    given = {name.upper(): str(value) for name, value in settings.items()}
    return await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=cwd, env=kept | given, stdout=asyncio.subprocess.PIPE, stderr=stderr
    )


async def ready_port(process: asyncio.subprocess.Process, log: Path) -> int:
    """The port of its ready line. Raises AssertionError with the end of its log when it ends instead."""
    assert process.stdout
    async with asyncio.timeout(START_SECONDS):
        while line := (await process.stdout.readline()).decode():
            if line.startswith("Deskwire is ready on"):
                return int(line.rsplit(":", 1)[1])
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")
