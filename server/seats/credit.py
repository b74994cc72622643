"""Gives back the time in which the desk was away: nobody loses a place, a seat or a chat by it."""

from dataclasses import dataclass

from server.clock import Clock
from server.patience.durations import Graces, Patience
from store.deadlines import Deadlines
from store.leases.processes import Processes
from store.leases.seats import SeatLeases


@dataclass(frozen=True)
class Credit:
    processes: Processes
    seats: SeatLeases
    deadlines: Deadlines
    graces: Graces
    patience: Patience
    clock: Clock

    async def give(self) -> None:
        """Every running grace is whole again, and no clock of an open chat counts from before this moment."""
        now = self.clock.now()
        await self.processes.note_credit(now)
        await self.seats.give_grace(now + self.graces.agent)
        await self.deadlines.postpone_all("abandon_at", now + self.graces.customer)
        if away_at := self.graces.away_at(now):
            await self.deadlines.postpone_all("away_at", away_at)
            await self.deadlines.arm_all_away(away_at)
        await self.deadlines.postpone_all("idle_at", now + self.patience.after_warning, warned=True)
        # A crash may have come between a line and the clock it starts; who is not due is disarmed at the first look.
        await self.deadlines.arm_all_unarmed("idle_at", now + self.patience.warning)
        if self.patience.reply:
            await self.deadlines.arm_all_unarmed("reply_at", now + self.patience.reply)
