"""run.py to which something happens that cannot be brought about from outside: `entry` of Branches.

LOSES=chat_ended: no hint of this fact gets through, as if Redis had failed in that moment; all others do.
LOST_FILE=path: once this file is there, MongoDB does not remember what was written before it was made.
"""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import run
from server.cluster.bus import Bus
from store.changes import Change, Changes, Moment
from store.errors import HistoryLost

LOSES, LOST = os.environ.get("LOSES"), Path(os.environ.get("LOST_FILE", "/nonexistent"))
tell, since = Bus.tell, Changes.since


def tell_but_lose(self: Bus, *hint: Any) -> None:
    if hint[0] == "event" and hint[2] == LOSES:
        self._number += 1  # it went out, and nobody heard it
    else:
        tell(self, *hint)


async def since_but_lost(self: Changes, moment: Moment) -> AsyncIterator[Change | None]:
    if LOST.exists() and moment.time < int(LOST.stat().st_mtime):
        raise HistoryLost
    async for change in since(self, moment):
        yield change


if __name__ == "__main__":
    Bus.tell, Changes.since = tell_but_lose, since_but_lost  # type: ignore[method-assign]
    sys.exit(run.main(sys.argv[1:]))
