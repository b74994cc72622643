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
    assert tally.actions["visitor writes"] and tally.actions["agent answers"], tally.table()


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_lines_under_another_customers_name_are_found(chromium: Browser, tmp_path: Path) -> None:
    """The other weaknesses take longer: `python -m tests.busy --break NAME`."""
    tally = await busy_hour(replace(MINUTE, minutes=3.0, breaks="lines"), tmp_path, chromium)
    assert tally.found(WEAKNESSES["lines"].sign), tally.table()
