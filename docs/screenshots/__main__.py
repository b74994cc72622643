"""Starts the desk and the browser, lets the story happen and takes the pictures."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import async_playwright

from docs.screenshots.browser import Windows
from docs.screenshots.camera import Camera
from docs.screenshots.pictures import take_all
from docs.screenshots.story import Story
from store.embedded.mongod import Mongod
from store.embedded.supervisor import Supervisor
from tests.support.desk import Scene

PICTURES = Path(__file__).parents[1] / "pictures"
ADDRESS = "kettle.example"  # what the pictures show instead of a port of this machine
ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="deskwire-") as folder:
        async with async_playwright() as playwright, running_desk(Path(folder)) as desk:
            shown = f"--host-resolver-rules=MAP {ADDRESS} 127.0.0.1:{desk.port}"
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*ARGS, shown])
            windows = Windows(browser, f"http://{ADDRESS}")
            await take_all(Story(desk, windows), windows, Camera(PICTURES))
            await browser.close()


@asynccontextmanager
async def running_desk(folder: Path) -> AsyncIterator[Scene]:
    """A desk over a mongod of its own, on which no chat ever goes quiet."""
    mongod = Mongod(folder / "mongo")
    mongod.start()
    supervisor = Supervisor(mongod)
    await supervisor.ready()
    settings = {"base_url": f"http://{ADDRESS}", "idle_warning_seconds": 86400, "idle_end_seconds": 90000}
    async with Scene(mongod.url, folder, **settings) as desk:
        yield desk
    await supervisor.stop(within=0)


if __name__ == "__main__":
    asyncio.run(main())
