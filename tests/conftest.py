"""One mongod for the run; a desk with its own database for each scene."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from store.build import Stores
from store.client import Database
from store.embedded.mongod import Mongod
from tests.support.branches import Branches
from tests.support.desk import Scene
from tests.support.memory import IN_MEMORY
from tests.support.mongods import mongod_in
from tests.support.smtp_server import SmtpDouble, smtp_server
from tests.support.street import Street
from tests.support.wire_coverage import WireCoverage


@asynccontextmanager
async def mongod_in_memory() -> AsyncIterator[Mongod]:
    with tempfile.TemporaryDirectory(prefix="deskwire-", dir=IN_MEMORY) as folder:
        async with mongod_in(Path(folder)) as (mongod, _):
            yield mongod


@pytest.fixture(scope="session")
async def mongo_url() -> AsyncIterator[str]:
    """A real mongod, a replica set of one, for the whole run."""
    async with mongod_in_memory() as mongod:
        yield mongod.url


@pytest.fixture
async def own_mongod() -> AsyncIterator[Mongod]:
    """One that may be stopped."""
    async with mongod_in_memory() as mongod:
        yield mongod


@pytest.fixture
async def new_desk(mongo_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """`await new_desk(queue_max=2)`: a running desk with these settings."""
    async with AsyncExitStack() as stack:

        async def make(**settings: Any) -> Scene:
            return await stack.enter_async_context(Scene(mongo_url, tmp_path, **settings))

        yield make


@pytest.fixture
async def desk(new_desk: Callable[..., Any]) -> Scene:
    """A running desk with default settings, but without limits."""
    scene: Scene = await new_desk()
    return scene


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    """An empty database, whose collections are declared by the stores."""
    database = Database(mongo_url, f"test_{secrets.token_hex(6)}", call_seconds=10)
    Stores.of(database, "test")
    yield database
    await database.drop()
    await database.close()


@pytest.fixture
async def new_branches(mongo_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """`await new_branches(2, queue_max=2)`: so many processes of one desk."""
    async with AsyncExitStack() as stack:

        async def make(count: int = 2, **settings: Any) -> Branches:
            return await stack.enter_async_context(Branches(mongo_url, tmp_path, count, **settings))

        yield make


@pytest.fixture
async def new_street(mongo_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """`await new_street(2, rate_limits="on")`: so many processes behind nginx."""
    async with AsyncExitStack() as stack:

        async def make(count: int = 1, **settings: Any) -> Street:
            return await stack.enter_async_context(Street(mongo_url, tmp_path, count, **settings))

        yield make


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(WireCoverage(config))


@pytest.fixture
async def post() -> AsyncIterator[SmtpDouble]:
    """A mail server, played by a double."""
    async with smtp_server() as double:
        yield double
