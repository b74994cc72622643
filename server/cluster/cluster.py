"""The other processes of this desk: met at the start, told and heard as long as it serves."""

from dataclasses import dataclass

from server.cluster.bus import Bus
from server.cluster.gap_reader import GapReader
from server.cluster.hint_receiver import HintReceiver
from server.cluster.sole_process import KeyCheck, SoleProcess


@dataclass(frozen=True)
class Cluster:
    key_check: KeyCheck
    sole_process: SoleProcess
    bus: Bus
    receiver: HintReceiver
    gap_reader: GapReader

    async def begin(self) -> None:
        """From now on nothing of what they do is missed. Raises CannotJoin, and what the database's driver raises."""
        await self.key_check.check()
        await self.sole_process.announce()
        await self.gap_reader.start()
        self.bus.start(self.receiver.hear)
        await self.sole_process.join()

    async def end(self) -> None:
        """What waits for them goes out first."""
        await self.gap_reader.stop()
        await self.bus.stop()
