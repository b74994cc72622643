"""Whether this process is the only one of its desk: then what it has read of the database stays true while it writes itself.

By lease, as everything between processes. One that joins writes that it lives, and waits until every other one has said that
it knows, or has been silent for a whole LEASE; and who looked longer ago than half of that does not rely on it any more.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from server.connections.leases import LEASE, LEASE_CLOCK
from store.processes import Processes

HOLDS_SECONDS = LEASE.total_seconds() / 2  # after a look that found nobody else
ASK_SECONDS = 0.05


class SoleProcess:
    def __init__(self, processes: Processes, process_id: str) -> None:
        self._processes = processes
        self._process_id = process_id
        self._confirmed_at = float("-inf")
        self._epoch = 0

    def epoch(self) -> int | None:
        """None while others may be there; else the number of this time alone: what was read in an earlier one is old."""
        return self._epoch if time.monotonic() - self._confirmed_at < HOLDS_SECONDS else None

    async def looked(self, others: Iterable[str], began: float) -> None:
        """These others lived at `began` (monotonic) or later; each of them hears that it is known here."""
        found = sorted(others)
        if not found:
            if began - self._confirmed_at > HOLDS_SECONDS:
                self._epoch += 1
            self._confirmed_at = began
            return
        self._confirmed_at = float("-inf")
        await self._processes.note_known(self._process_id, found)

    async def announce(self) -> None:
        """From now on the others find this process."""
        await self._processes.beat(self._process_id, LEASE_CLOCK.now())

    async def join(self) -> None:
        """Returns when no other process takes itself for the only one any more. Raises what the driver raises."""
        while await self._processes.unaware_of(self._process_id, LEASE_CLOCK.now() - LEASE):
            await asyncio.sleep(ASK_SECONDS)
            await self.announce()


class CannotJoin(Exception):
    """The message is a sentence for the operator."""


@dataclass(frozen=True)
class KeyCheck:
    processes: Processes

    async def check(self) -> None:
        """Raises CannotJoin when this process signs with another key: the others would refuse its people's tokens."""
        since = LEASE_CLOCK.now() - LEASE
        if await self.processes.sign_otherwise(since):
            raise CannotJoin(
                "this desk's other processes sign with another key: give all the same JWT_SECRET_KEY, or the same DATA_DIR"
            )
