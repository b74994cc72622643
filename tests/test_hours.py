"""When a department is open: on its own wall clock, whatever that does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.departments.hours import Opening, opening
from server.schemas.times import DAYS, Ranges

OFFICE: Ranges = [["09:00", "12:30"], ["13:30", "17:00"]]
WEEK = dict.fromkeys(DAYS[:5], OFFICE)
ALWAYS: dict[str, Ranges] = {day: [["00:00", "24:00"]] for day in DAYS}
OPEN = Opening(True, None)
PARIS, NEW_YORK, SHANGHAI = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def closed_until(text: str) -> Opening:
    return Opening(False, utc(text))


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        (PARIS, "2026-11-23 07:59:59", closed_until("2026-11-23 08:00")),  # a Monday in winter, UTC+1
        (PARIS, "2026-11-23 08:00:00", OPEN),
        (PARIS, "2026-11-23 11:29:59", OPEN),
        (PARIS, "2026-11-23 11:30:00", closed_until("2026-11-23 12:30")),  # lunch
        (PARIS, "2026-11-23 16:00:00", closed_until("2026-11-24 08:00")),  # the end is not inside
        (PARIS, "2026-11-20 16:30:00", closed_until("2026-11-23 08:00")),  # over the weekend
        (PARIS, "2026-07-06 07:00:00", OPEN),  # in summer, UTC+2
        (NEW_YORK, "2026-11-23 13:59:00", closed_until("2026-11-23 14:00")),
        (NEW_YORK, "2026-07-06 13:00:00", OPEN),
        (SHANGHAI, "2026-11-23 00:59:00", closed_until("2026-11-23 01:00")),
        (SHANGHAI, "2026-07-06 01:00:00", OPEN),  # no summer time there
        (SHANGHAI, "2026-11-22 23:00:00", closed_until("2026-11-23 01:00")),  # Monday there, Sunday in UTC
        (NEW_YORK, "2026-11-21 02:00:00", closed_until("2026-11-23 14:00")),  # Friday there, Saturday in UTC
    ],
)
def test_a_working_week(zone: ZoneInfo, now: str, expected: Opening) -> None:
    assert opening(WEEK, {}, zone, utc(now)) == expected


@pytest.mark.parametrize(
    ("zone", "friday_evening", "monday_morning"),
    [
        (PARIS, "2026-03-27 20:00", "2026-03-30 07:00"),  # clocks go forward on the 29th
        (PARIS, "2026-10-23 20:00", "2026-10-26 08:00"),  # and back on the 25th of October
        (NEW_YORK, "2026-03-06 23:00", "2026-03-09 13:00"),
        (NEW_YORK, "2026-10-30 23:00", "2026-11-02 14:00"),
        (SHANGHAI, "2026-03-27 20:00", "2026-03-30 01:00"),
    ],
)
def test_nine_oclock_stays_nine_oclock_over_a_change(zone: ZoneInfo, friday_evening: str, monday_morning: str) -> None:
    assert opening(WEEK, {}, zone, utc(friday_evening)) == closed_until(monday_morning)
    assert opening(WEEK, {}, zone, utc(monday_morning)) == OPEN


@pytest.mark.parametrize(
    ("zone", "hours", "now", "expected"),
    [
        # Paris, 2026-03-29: 02:00 to 03:00 does not exist; at 01:00 UTC the clock jumps from 02:00 to 03:00.
        (PARIS, [["02:30", "05:00"]], "2026-03-29 00:59:59", closed_until("2026-03-29 01:00")),
        (PARIS, [["02:30", "05:00"]], "2026-03-29 01:00:00", OPEN),
        (PARIS, [["01:00", "02:30"]], "2026-03-29 00:59:59", OPEN),
        (PARIS, [["01:00", "02:30"]], "2026-03-29 01:00:00", closed_until("2026-03-29 23:00")),
        (PARIS, [["02:10", "02:50"]], "2026-03-29 00:30:00", closed_until("2026-03-30 00:10")),  # left out altogether
        (PARIS, [["00:00", "24:00"]], "2026-03-29 21:59:59", OPEN),  # a day of 23 hours
        # Paris, 2026-10-25: at 01:00 UTC the clock goes back from 03:00 to 02:00; 02:00 to 03:00 comes twice.
        (PARIS, [["02:15", "02:45"]], "2026-10-25 00:14:59", closed_until("2026-10-25 00:15")),
        (PARIS, [["02:15", "02:45"]], "2026-10-25 00:15:00", OPEN),
        (PARIS, [["02:15", "02:45"]], "2026-10-25 01:44:59", OPEN),  # twice, and in between
        (PARIS, [["02:15", "02:45"]], "2026-10-25 01:45:00", closed_until("2026-10-26 01:15")),
        # New York, 2026-03-08 and 2026-11-01, at 02:00.
        (NEW_YORK, [["02:00", "03:00"]], "2026-03-08 06:59:59", closed_until("2026-03-09 06:00")),
        (NEW_YORK, [["01:00", "02:00"]], "2026-11-01 06:59:59", OPEN),
        (NEW_YORK, [["01:00", "02:00"]], "2026-11-01 07:00:00", closed_until("2026-11-02 06:00")),
        # Havana goes back at 01:00 to 00:00: midnight comes twice, and the day before ends with the second one.
        (ZoneInfo("America/Havana"), [["22:00", "24:00"]], "2026-11-01 04:59:59", OPEN),
        (ZoneInfo("America/Havana"), [["22:00", "24:00"]], "2026-11-01 05:00:00", closed_until("2026-11-02 03:00")),
        # Beirut goes forward at midnight: the day begins at 01:00.
        (ZoneInfo("Asia/Beirut"), [["00:00", "08:00"]], "2026-03-28 21:59:59", closed_until("2026-03-28 22:00")),
        (ZoneInfo("Asia/Beirut"), [["00:00", "08:00"]], "2026-03-28 22:00:00", OPEN),
        # Samoa left out the 30th of December 2011.
        (ZoneInfo("Pacific/Apia"), [["09:00", "17:00"]], "2011-12-30 09:59:59", closed_until("2011-12-30 19:00")),
        # Lord Howe moves by half an hour.
        (
            ZoneInfo("Australia/Lord_Howe"),
            [["02:15", "09:00"]],
            "2026-10-03 15:29:59",
            closed_until("2026-10-03 15:30"),
        ),
    ],
)
def test_hours_that_the_clock_leaves_out_or_shows_twice(
    zone: ZoneInfo, hours: Ranges, now: str, expected: Opening
) -> None:
    assert opening(dict.fromkeys(DAYS, hours), {}, zone, utc(now)) == expected


def test_midnight() -> None:
    late: dict[str, Ranges] = {"fri": [["18:00", "24:00"]], "sat": [["00:00", "02:00"]]}
    assert opening(late, {}, PARIS, utc("2026-11-20 22:59:59")) == OPEN
    assert opening(late, {}, PARIS, utc("2026-11-20 23:00")) == OPEN, "from 24:00 into 00:00 there is no gap"
    assert opening(late, {}, PARIS, utc("2026-11-21 01:00")) == closed_until("2026-11-27 17:00")


def test_special_days_replace_their_weekday() -> None:
    days: dict[str, Ranges] = {"2026-12-24": [["09:00", "12:00"]], "2026-12-25": [], "2026-12-26": [["10:00", "11:00"]]}
    assert opening(WEEK, days, PARIS, utc("2026-12-24 10:59")) == OPEN
    assert opening(WEEK, days, PARIS, utc("2026-12-24 11:00")) == closed_until("2026-12-26 09:00"), "Friday is closed"
    assert opening(WEEK, days, PARIS, utc("2026-12-26 09:30")) == OPEN, "a Saturday"
    assert opening(WEEK, days, SHANGHAI, utc("2026-12-24 17:00")) == closed_until("2026-12-26 02:00")


def test_far_ahead() -> None:
    now = utc("2026-11-23 12:00")
    assert opening({}, {}, PARIS, now) == Opening(False, None)
    assert opening({}, {"2027-12-28": [["09:00", "10:00"]]}, PARIS, now) == closed_until("2027-12-28 08:00"), "400 days"
    assert opening({}, {"2027-12-29": [["09:00", "10:00"]]}, PARIS, now) == Opening(False, None)
    assert opening({}, {"2026-11-22": [["09:00", "10:00"]]}, PARIS, now) == Opening(False, None), "that was yesterday"
    shut = {(now + timedelta(days=n)).date().isoformat(): [] for n in range(-1, 30)}
    assert opening(WEEK, shut, PARIS, now) == closed_until("2026-12-23 08:00"), "a month of holidays"


@pytest.mark.parametrize("zone", [PARIS, NEW_YORK, SHANGHAI], ids=str)
def test_a_whole_year(zone: ZoneInfo) -> None:
    """Open is what the wall clock says, on every day without a change; and what `opens_at` promises holds."""
    now = utc("2026-01-01 00:00")
    while now.year == 2026:
        local = now.astimezone(zone)
        time = local.strftime("%H:%M")
        wanted = local.weekday() < 5 and any(start <= time < end for start, end in OFFICE)
        found = opening(WEEK, {}, zone, now)
        assert found.is_open == wanted, now
        assert opening(ALWAYS, {}, zone, now) == OPEN
        if not found.is_open:
            assert found.opens_at is not None
            assert now < found.opens_at
            assert opening(WEEK, {}, zone, found.opens_at) == OPEN
            assert not opening(WEEK, {}, zone, found.opens_at - timedelta(seconds=1)).is_open
        now += timedelta(minutes=127)  # comes by every minute of the day in time
