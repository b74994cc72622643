"""While hints of other processes may have been missed: reads MongoDB's log of changes, and has what it finds told here."""

import asyncio
import logging
import time
from collections import deque

from server.cluster.bus import BusMetrics
from server.cluster.gap_detector import GapDetector
from server.cluster.replay import ChangeReplay
from server.cluster.sole_process import SoleProcess
from server.connections.leases import LEASE, LEASE_CLOCK
from store.changes import Change, Changes, Moment
from store.errors import HistoryLost, is_away
from store.processes import Processes

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25  # between two looks whether something is missing
NOTE_SECONDS = 1.0  # between two notes of the database's time, from which a reading may begin
MARGIN_SECONDS = 3.0  # a reading begins so long before: a line is hinted after it is stored, perhaps after a pause
OVERLAP_SECONDS = 2.0  # hints are heard for so long before a reading ends: the others have met us by then
NOTES_KEPT = 600
BATCH, BATCH_SECONDS = 200, 0.02  # changes told at once, and how long they are gathered when many come


class GapReader:
    def __init__(  # noqa: PLR0913, PLR0917  whom it asks, and whom it tells
        self,
        process_id: str,
        gaps: GapDetector,
        changes: Changes,
        processes: Processes,
        sole_process: SoleProcess,
        replay: ChangeReplay,
        metrics: BusMetrics,
    ) -> None:
        self._process_id = process_id
        self._gaps = gaps
        self._changes = changes
        self._processes = processes
        self._sole_process = sole_process
        self._replay = replay
        self._metrics = metrics
        self._notes: deque[tuple[float, Moment]] = deque(maxlen=NOTES_KEPT)
        self._told_until = 0.0  # by the reading
        self._task: asyncio.Task[None] | None = None
        self.is_reading = False

    async def start(self) -> None:
        """From this moment on nothing is missed. Raises what the driver raises."""
        await self._note()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="gap reader")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except Exception as error:  # the next look begins where this one did
                if is_away(error):
                    log.warning("gap reader: the database is away")
                else:
                    log.exception("the gap reader failed")
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        await self._note_when_due()
        since = self._gaps.gap_since(time.monotonic())
        if since is None:
            return
        self.is_reading = True
        self._told_until = since
        try:
            await self._catch_up(since)
        except BaseException:
            self._gaps.open_gap(self._told_until)
            raise
        finally:
            self.is_reading = False

    async def _catch_up(self, since: float) -> None:
        """Tells what was missed; where that is lost, everybody here learns it by coming again."""
        try:
            await self._read(self._moment_before(since - MARGIN_SECONDS))
        except HistoryLost:
            log.error("away for longer than MongoDB's log of changes goes back: everybody here has to come again")
            await self._note()
            while len(self._notes) > 1:
                self._notes.popleft()  # no later reading may begin in what is lost
            self._gaps.close_gap()
            await self._replay.give_up()

    async def _read(self, moment: Moment) -> None:
        """Tells all changes since the moment, until nothing has been missing for OVERLAP_SECONDS."""
        self._metrics.gaps_read.inc()
        complete_since: float | None = None
        waiting: list[Change] = []
        told_at = 0.0
        async for change in self._changes.since(moment):
            now = time.monotonic()
            if change:
                waiting.append(change)
                if len(waiting) < BATCH and now - told_at < BATCH_SECONDS:
                    continue
            told, waiting, told_at = waiting, [], now
            self._metrics.lines_read.inc(await self._replay.tell(told))
            if change is None:
                self._told_until = now
            await self._note_when_due()
            is_complete = self._gaps.gap_since(time.monotonic()) is None
            self._gaps.close_gap()  # what is missing by now is read by this reading
            complete_since = (now if complete_since is None else complete_since) if is_complete else None
            if complete_since is not None and now - complete_since > OVERLAP_SECONDS and change is None:
                return

    async def _note_when_due(self) -> None:
        """The database's time, and who lives: once a second."""
        if not self._notes or time.monotonic() - self._notes[-1][0] > NOTE_SECONDS:
            await self._note()

    async def _note(self) -> None:
        now = time.monotonic()
        self._notes.append((now, await self._changes.now()))
        began = time.monotonic()
        others = set(await self._processes.beaten_since(LEASE_CLOCK.now() - LEASE)) - {self._process_id}
        self._gaps.note_members(others, time.monotonic())
        if others or self._gaps.is_alone(began):  # who was heard lives, even if its lease is written too late
            await self._sole_process.looked(others, began)

    def _moment_before(self, at: float) -> Moment:
        """The database's time as it was noted last before `at`."""
        return next((moment for noted_at, moment in reversed(self._notes) if noted_at <= at), self._notes[0][1])
