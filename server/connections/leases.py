"""Leases: a process beats, and its connections are there as long as it does.

Time in which the desk itself was away counts against nobody: after a start, an outage of the database or a pause of this
process every grace that was running begins anew.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from server.chat.timers import ChatTimers, GracePeriods
from server.connections.presence import ConnectionRegistry
from server.core.clock import Clock, SystemClock
from server.core.signals import Signals
from server.realtime.rooms import Rooms
from store.deadlines import Deadlines
from store.processes import Processes
from store.seat_connections import SeatLeases


@dataclass(frozen=True)
class DowntimeCredit:
    """Gives the time in which the desk itself was away back to everybody whose grace or clock was running."""

    processes: Processes
    seats: SeatLeases
    deadlines: Deadlines
    graces: GracePeriods
    timers: ChatTimers
    clock: Clock

    async def give(self) -> None:
        """Every running grace is whole again, and no clock of an open chat counts from before this moment."""
        now = self.clock.now()
        await self.processes.note_credit(now)
        await self.seats.give_grace(self.graces.agent_end(now))
        await self.deadlines.postpone_all("abandon_at", now + self.graces.customer)
        await self.deadlines.postpone_all("gone_at", now, unended=True)
        if away_at := self.graces.away_at(now):
            await self.deadlines.postpone_all("away_at", away_at)
            await self.deadlines.arm_all_away(away_at)
        await self.deadlines.postpone_all("idle_at", now + self.timers.after_warning, warned=True)
        # A crash may have come between a line and the clock it starts; who is not due is disarmed at the first look.
        await self.deadlines.arm_all_unarmed("idle_at", now + self.timers.warning)
        if self.timers.reply:
            await self.deadlines.arm_all_unarmed("reply_at", now + self.timers.reply)


log = logging.getLogger(__name__)

LEASE = timedelta(seconds=6)  # a process whose last beat is older is dead, and so are its connections
LEASE_CLOCK: Clock = SystemClock()  # leases are between processes: real time, whatever clock the rules are given
GOODBYE_SECONDS = 1.0  # a stop does not wait longer for a database that is away
AWAY_BEATS = 3  # so many beats late, and at least three seconds: the desk was away


class Leases:
    """`begin` at the start, then `beat` every `beat_seconds`."""

    def __init__(  # noqa: PLR0913, PLR0917  what a lease is made of
        self,
        processes: Processes,
        registry: ConnectionRegistry,
        downtime_credit: DowntimeCredit,
        rooms: Rooms,
        signals: Signals,
        beat_seconds: float,
        seconds_now: Callable[[], float] = time.monotonic,
        wall: Clock = LEASE_CLOCK,
    ) -> None:
        self._processes = processes
        self._registry = registry
        self._credit = downtime_credit
        self._rooms = rooms
        self._signals = signals
        self._away_seconds = min(max(3.0, AWAY_BEATS * beat_seconds), LEASE.total_seconds() / 2)
        self._seconds_now = seconds_now
        self._wall = wall
        self._beat_at = 0.0
        self._beat_at_wall = self._wall.now()
        self._one_at_a_time = asyncio.Lock()

    async def begin(self, *, alone: bool) -> None:
        """This process serves from now on. `alone`: no other one can be alive, whatever the database says.

        Where another one lives the desk was not away, and nobody is given anything back.
        """
        if alone:
            for process_id in await self._processes.others(self._registry.process_id):
                await self._end(process_id)
        if alone or await self._processes.beaten_since(self._wall.now() - LEASE) in ([], [self._registry.process_id]):
            await self._credit.give()
        await self._processes.beat(self._registry.process_id, self._wall.now())
        self._note_beat()

    async def beat(self) -> None:
        """Renews the lease and ends those of the dead. Raises what the driver raises when the database is away."""
        async with self._one_at_a_time:
            await self._renew()
        for process_id in await self._processes.silent_since(self._wall.now() - LEASE):
            if process_id != self._registry.process_id:
                await self._end(process_id)
                self._signals.capacity_changed.emit()

    async def catch_up(self) -> None:
        """Before anything is held against anybody: if the desk was away just now, every grace begins anew first."""
        async with self._one_at_a_time:
            if self._away_for() > self._away_seconds:
                await self._renew()

    async def end(self) -> None:
        """This process serves no more. Should the database be away, the next one to begin finds that out by itself."""
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._end(self._registry.process_id)
        except Exception as error:
            log.warning("the lease of this process could not be given back: %r", error)

    async def _renew(self) -> None:
        stood = await self._processes.beat(self._registry.process_id, self._wall.now())
        away = self._away_for()  # not before: the machine may have slept while the beat was on its way
        if away > self._away_seconds or not stood:
            log.warning("this desk was away for %.0f s, or taken for dead; every grace begins anew", away)
            await self._come_back()
        self._note_beat()

    def _away_for(self) -> float:
        """Seconds since the last beat; by the wall clock if it says more: a suspended machine's monotonic one stands still."""
        return max(self._seconds_now() - self._beat_at, (self._wall.now() - self._beat_at_wall).total_seconds())

    def _note_beat(self) -> None:
        self._beat_at, self._beat_at_wall = self._seconds_now(), self._wall.now()

    async def _come_back(self) -> None:
        """Others may have taken this process for dead, and people may have gone unnoticed: all are noted anew."""
        await self._credit.give()
        await self._registry.forget_process(self._registry.process_id)
        for connection in self._rooms:
            await self._registry.renew(connection, self._rooms)
        self._signals.capacity_changed.emit()

    async def _end(self, process_id: str) -> None:
        await self._registry.forget_process(process_id)
        await self._processes.forget(process_id)
