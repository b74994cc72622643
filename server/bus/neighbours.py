"""The other processes of this desk: met at the start, told and heard as long as it serves."""

from dataclasses import dataclass

from server.bus.bus import Bus
from server.bus.gaps.reader import GapReader
from server.bus.joining import Joining
from server.bus.solitude import Solitude


@dataclass(frozen=True)
class Neighbours:
    joining: Joining
    solitude: Solitude
    bus: Bus
    gap_reader: GapReader

    async def begin(self) -> None:
        """From now on nothing of what they do is missed. Raises CannotJoin, and what the database's driver raises."""
        await self.joining.check()
        await self.solitude.announce()
        await self.gap_reader.start()
        self.bus.start()
        await self.solitude.join()

    async def end(self) -> None:
        """What waits for them goes out first."""
        await self.gap_reader.stop()
        await self.bus.stop()
