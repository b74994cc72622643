"""The bench runs, and its table has every row; how fast anything is, is not judged here."""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.memory import IN_MEMORY

ROOT = Path(__file__).parent.parent
ROWS = (
    "1 in flight: bare python-socketio",
    "1 in flight: Deskwire |",
    "4 in flight: bare python-socketio",
    "4 in flight: Deskwire |",
    "plain Node + MongoDB",
    "200 messages/s (Poisson): bare python-socketio",
    "200 messages/s (Poisson): Deskwire",
    "4 in flight: Deskwire's messages/s ÷ bare python-socketio's",
    "4 in flight: server CPU a message, Deskwire's ÷ bare's",
    "one journaled majority write + one bare echo",
    "200 messages/s: Deskwire's p50 ÷ that sum",
    "200 messages/s: Deskwire's p99 ÷ that sum",
    "messages lost or refused",
    "1,000 stored messages ÷ none: 4 in flight, messages/s",
    "1,000 stored messages ÷ none: p50",
    "20 idle connections: Deskwire",
    "fan-out to 20 connections, until the last: Deskwire",
    "20 clients drop and come back within 2 s",
    "SIGTERM with 20 sockets: all closed after",
    "SIGTERM with 20 sockets: process and mongod ended after",
    "restart, 20 clients back and whole",
    "1 stalled reader, ",
    "20 stalled readers, ",
    "20 silent sockets, half of them by polling: all gone after the last handshake",
    "3 log-ins at once: the same round trip",
    "one customer floods with 8 sockets: neighbours' p99",
    "messages' p99 in that storm ÷ without webhooks",
    "100 settled deliveries, nothing due: the server's share of a core",
    "100 settled deliveries: from a message to its webhook",
    "`typing` told to its agent",
    "end_chat sent → chat_opened at the next customer, 1 waiting",
    "100 queued chats, nothing due",
    "100 open chats, nothing due",
)


@pytest.fixture
def short_path() -> Iterator[Path]:
    """The path of a mongod's socket has at most 107 bytes, and pytest's folders of a worker are long."""
    with tempfile.TemporaryDirectory(prefix="deskwire-", dir=IN_MEMORY) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_smallest_bench_has_every_row(tmp_path: Path, short_path: Path) -> None:
    written = tmp_path / "bench.md"
    command = [
        "-m",
        "bench",
        "--small",
        "--rounds",
        "1",
        "--seconds",
        "1",
        "--folder",
        short_path,
        "--markdown",
        written,
    ]
    bench = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    progress = (await bench.communicate())[1].decode()
    table = written.read_text()
    assert "FAILED" not in table, progress
    assert [row for row in ROWS if row not in table] == []
    lost = re.search(r"Deskwire (\d+);", table)
    assert lost
    assert lost[1] == "0", "a message was lost or refused"
