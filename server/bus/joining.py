"""Before a process joins those of a desk."""

from dataclasses import dataclass

from server.clock import SystemClock
from server.seats.leases import LEASE
from store.leases.processes import Processes


class CannotJoin(Exception):
    """The message is a sentence for the operator."""


@dataclass(frozen=True)
class Joining:
    processes: Processes

    async def check(self) -> None:
        """Raises CannotJoin when this process signs with another key: the others would refuse its people's tokens."""
        since = (
            SystemClock().now() - LEASE
        )  # leases are between processes: real time, whatever clock the rules are given
        if await self.processes.sign_otherwise(since):
            raise CannotJoin(
                "this desk's other processes sign with another key: give all the same JWT_SECRET_KEY, or the same DATA_DIR"
            )
