"""Takes a job a line as JSON on standard input, answers each with a line on standard output: see bench/support/generator.py."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import uvloop

from bench.load.connections import Connections
from bench.load.person import Place
from bench.load.readers import Readers
from bench.load.strangers import Strangers
from bench.load.talk import Talk

KINDS = {"talk": Talk, "connections": Connections, "readers": Readers, "strangers": Strangers}


async def serve() -> None:
    """Until standard input ends. The first job names the kind of load, and what it is made with."""
    reader = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    load: Any = None
    while line := await reader.readline():
        job = json.loads(line)
        name = job.pop("do")
        if load is None:
            load = KINDS[name](Place(**job.pop("place")), **job)
            answer = None
        else:
            done = getattr(load, name)(**job)
            answer = await done if asyncio.iscoroutine(done) else done
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    uvloop.run(serve())
