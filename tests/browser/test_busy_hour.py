"""A minute of the busy hour: `make busy` is the whole one."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.busy.hour import Plan, busy_hour
from tests.busy.weakened import WEAKNESSES

MINUTE = Plan(minutes=1.0, agents=3, visitors=10, windows=5, pace=0.3)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_every_page_shows_what_is_stored_while_people_come_and_go(chromium: Browser, tmp_path: Path) -> None:
    tally = await busy_hour(MINUTE, tmp_path, chromium)
    assert not tally.failures, "\n".join(tally.failures.values())
    assert all(tally.pages[kind] for kind in ("visitors", "agents", "admins")), tally.table()
    assert tally.assignment_events["visitor writes"] and tally.assignment_events["agent answers"], tally.table()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("breaks", [name for name, weakness in WEAKNESSES.items() if weakness.changes])
async def test_a_weakened_page_is_found(chromium: Browser, tmp_path: Path, breaks: str) -> None:
    tally = await busy_hour(replace(MINUTE, minutes=3.0, breaks=breaks, stops_at=1), tmp_path, chromium)
    assert tally.failures, tally.table()
