"""run.py without one of its safeties, for the negative controls only: `python -m tests.faults.weakened SAFETY`.

It builds what run.compose builds; only the class of the database, the row of the messages, or the gap reader is another one.
"""

import sys

from pymongo.write_concern import WriteConcern

import run
import store.client
from server.cluster.gap_reader import GapReader
from store.log.messages import MESSAGES


class HastyDatabase(store.client.Database):
    """Acknowledges before the journal has it: what a kill -9 of mongod takes is lost."""

    write_concern = WriteConcern(w=1, j=False)


def weaken(safety: str) -> None:
    if safety == "journal":
        store.client.Database = HastyDatabase  # type: ignore[misc]  # compose looks it up when it builds
    elif safety in {"client_id", "seq"}:
        kept = tuple(index for index in MESSAGES.indexes if index.document["name"] != safety)
        object.__setattr__(MESSAGES, "indexes", kept)  # a row is frozen
    elif safety == "gap reader":
        GapReader._look = _look_away  # type: ignore[method-assign]
    else:
        raise SystemExit(f"there is no safety {safety!r}")


async def _look_away(self: GapReader) -> None:
    """What is not hinted is not known."""
    await self._note_when_due()


if __name__ == "__main__":
    weaken(sys.argv[1])
    sys.exit(run.main([]))
