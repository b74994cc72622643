"""One Chromium for the run; windows of its own for each scene."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.windows import Windows
from tests.support.desk import Scene

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Debian's package; without it the scenes are skipped, but never silently in CI."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("CI must have a Chromium: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji")
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji")
    return path


@pytest.fixture(scope="session")
async def chromium(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def windows(chromium: Browser, desk: Scene) -> AsyncIterator[Windows]:
    """Opens the three pages of `desk`; fails the scene if a page complained on its console."""
    opened = Windows(chromium, desk)
    yield opened
    await opened.close()
