"""What a visitor may know before it asks: open or not, somebody there or not, how many wait, how soon one is answered."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from server.core.clock import Clock
from server.departments.departments import Departments
from server.departments.hours import Opening
from server.schemas.queue import Availability as AvailabilityShown
from server.schemas.render import render
from store.batches.group_read import GroupRead
from store.queue import Queue
from store.records import Seat
from store.report import AnswerTimes
from store.seats import Seats

FRESH = timedelta(seconds=5)  # how long an answer is given again; browsers and proxies keep it as long once more
RECENT = timedelta(days=30)  # chats that ended before say nothing about today

Answer = dict[str, Any]


class Availability:
    """However many ask, the database is read once in FRESH by each process."""

    def __init__(
        self,
        departments: Departments,
        queue: Queue,
        seats: Seats,
        answers: AnswerTimes,
        clock: Clock,
    ) -> None:
        self._departments = departments
        self._queue = queue
        self._seats = seats
        self._answers = answers
        self._clock = clock
        self._shown: Answer | None = None
        self._read_at: datetime | None = None
        self._reading: GroupRead[str, Answer] = GroupRead("availability", self._read)

    async def shown(self) -> Answer:
        """{departments}, at most FRESH old. Raises what the driver raises."""
        now = self._clock.now()
        if self._shown is None or self._read_at is None or not now - FRESH < self._read_at <= now:
            self._shown = await self._reading.find("all")
            self._read_at = now
        return self._shown or {"departments": []}

    async def _read(self, _: list[str]) -> dict[str, Answer]:
        found, seats, usual = await asyncio.gather(
            self._departments.openings(), self._seats.all(), self._answers.usual(self._clock.now() - RECENT)
        )
        rows = found or {None: Opening(True, None)}
        shown = await asyncio.gather(*(self._row(name, opening, seats, usual) for name, opening in rows.items()))
        return {"all": {"departments": shown}}

    async def _row(
        self, name: str | None, opening: Opening, seats: list[Seat], usual: dict[str | None, float]
    ) -> dict[str, Any]:
        return render(
            AvailabilityShown,
            name=name,
            is_open=opening.is_open,
            opens_at=opening.opens_at,
            staffed=any(seat.is_online and seat.serves(name) for seat in seats),
            waiting=await (self._queue.length() if name is None else self._queue.length(department=name)),
            usual_answer_seconds=usual.get(name),
        )
