"""When a department is open: a weekly table and special days, read on the wall clock of its zone. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from server.schemas.times import DAYS, Ranges

LOOK_AHEAD = 400  # days: a whole year and its special days


@dataclass(frozen=True)
class Opening:
    """`opens_at` (UTC): the next opening; None while open, and when none comes within 400 days."""

    is_open: bool
    opens_at: datetime | None


def opening(hours: dict[str, Ranges], special_days: dict[str, Ranges], zone: ZoneInfo, now: datetime) -> Opening:
    """Whether it is open at `now`. A day that `hours` leaves out is closed; a special day replaces its weekday.

    A range begins at the first moment at which the clock shows its start or more, and ends at the last one at which it
    shows its end: an hour that the clock leaves out opens nothing, one that it shows twice is open twice.
    """
    today = now.astimezone(zone).date()
    next_start: datetime | None = None
    for offset in range(-1, LOOK_AHEAD + 1):  # yesterday: its 24:00 may come twice
        day = today + timedelta(days=offset)
        if next_start and offset > 1:
            break
        ranges = special_days.get(day.isoformat(), hours.get(DAYS[day.weekday()], []))
        for start, end in _moments(day, ranges, zone):
            if start <= now < end:
                return Opening(True, None)
            if now < start and next_start is None:
                next_start = start
    return Opening(False, next_start)


def _moments(day: date, ranges: Ranges, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for start, end in ranges:
        begins, ends = _moment(day, start, zone, last=False), _moment(day, end, zone, last=True)
        if begins < ends:  # else the clock leaves all of it out
            yield begins, ends


def _moment(day: date, clock: str, zone: ZoneInfo, *, last: bool) -> datetime:
    """When the clock shows this time on this day: the first or the last time; where it never does, when it jumps over it."""
    hour, minute = clock.split(":")
    wall = datetime(day.year, day.month, day.day) + timedelta(hours=int(hour), minutes=int(minute))
    found = wall.replace(tzinfo=zone, fold=int(last)).astimezone(UTC)
    return found if _shown(found, zone) == wall else _jump(wall, zone)


def _jump(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock jumps over `wall`, to the second."""
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # in a gap, fold 1 counts by the offset after it
    low, high = 0, int((wall.replace(tzinfo=zone, fold=0).astimezone(UTC) - early).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _shown(early + timedelta(seconds=middle), zone) < wall:
            low = middle
        else:
            high = middle
    return early + timedelta(seconds=high)


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
