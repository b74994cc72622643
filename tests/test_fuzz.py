"""100,000 frames over both transports: every command is acked once, what is wrong ends its connection, nothing is left."""

import asyncio
import itertools
import os
import re
import secrets
from pathlib import Path
from random import Random

import aiohttp
import pytest

from bench.support.processes import resident_kib
from bench.support.server import Server
from tests.support.fuzz import POLLING, POST_BYTES, POST_FRAMES, UPGRADED, WEBSOCKET, Frames, Wire
from tests.support.people import PATIENCE

FRAMES = 100_000
A_VISIT = 400  # frames of one connection, unless one of them ends it
AT_ONCE = 8
TROUBLE = re.compile(r" (ERROR|CRITICAL) |^Traceback|^\w+(Error|Exception)\b", re.MULTILINE)
ROLES = ("/customer", "/customer", "/agent", "/admin")
MIB_MORE = 24  # of the second half: what Python and its allocator keep differs by some MiB from run to run


class Storm:
    """Visits by people of all roles, on all transports; and how many frames they have sent."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, tokens: dict[str, str], seed: int) -> None:
        self.server, self.http, self.tokens, self.seed = server, http, tokens, seed
        self.visits = itertools.count()
        self.sent = self.acked = self.ended = 0

    async def blow(self, until: int) -> None:
        async def visitor() -> None:
            while self.sent < until:
                random = Random(f"{self.seed}/{next(self.visits)}")  # what a visit sends is the same in every run
                await (self.visit_lost(random) if random.random() < 0.1 else self.visit(random))

        await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))

    async def visit(self, random: Random) -> None:
        """One who joined: every command with an id is acked once, until a frame ends the connection."""
        namespace, transport = random.choice(ROLES), random.choice((WEBSOCKET, POLLING, UPGRADED))
        wire = await Wire(self.http, self.server.base_url).open(transport, namespace, self.tokens[namespace])
        frames = list(Frames(random).some(namespace, transport, A_VISIT))
        self.sent += len(frames)
        ends = frames[-1].ends
        body = frames[:-1] if ends else frames
        wanted = {frame.ack_id for frame in body if frame.ack_id}
        for piece in pieces([frame.data for frame in body]):
            await wire.send(piece)
        await self.all_acked(wire, wanted, [str(frame.data)[:200] for frame in body])
        if ends:
            await wire.send([frames[-1].data])
            try:
                async with asyncio.timeout(PATIENCE):
                    await wire.ended.wait()
            except TimeoutError:
                raise AssertionError(f"{frames[-1].data[:80]!r} did not end a connection over {transport}") from None
            self.ended += 1
        await wire.close()
        assert sorted(wire.acked) == sorted(wanted), "an ack came twice, or to nobody's question"
        assert not any(status >= 500 for status in wire.statuses), wire.statuses
        self.acked += len(wanted)

    async def visit_lost(self, random: Random) -> None:
        """One who joins nothing, or does so in the midst of nonsense: whatever it says, and in whatever order."""
        transport, frames = random.choice((WEBSOCKET, POLLING)), Frames(random)
        wire = await Wire(self.http, self.server.base_url).open(transport, "", "")
        if transport == POLLING and random.random() < 0.5:
            self.sent += 2
            await wire.post_around(random.choice(("x", "xx", frames.any())), [random.choice(("x", "1", frames.any()))])
        for _ in range(5):
            piece = [frames.any() for _ in range(random.randint(1, 5))]
            self.sent += len(piece)
            await asyncio.gather(wire.send(piece), wire.send(piece[::-1]))  # two POSTs at once, one of them undecodable
        await wire.close()
        assert not any(status >= 500 for status in wire.statuses), wire.statuses

    @staticmethod
    async def all_acked(wire: Wire, wanted: set[int], frames: list[str]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not wanted <= set(wire.acked):
                    assert not wire.ended.is_set(), f"the connection ended after {wire.last}"
                    wire.news.clear()
                    await wire.news.wait()
        except (TimeoutError, AssertionError) as error:
            missing = sorted(wanted - set(wire.acked))
            first = next(n for n, frame in enumerate(frames) if f",{missing[0]}[" in frame)
            around = frames[max(0, first - 5) : first + 2]
            raise AssertionError(f"{error}: {len(missing)} acks are missing over {wire.transport}: {around}") from None


def pieces(frames: list[str | bytes]) -> list[list[str | bytes]]:
    """As they fit into one POST each."""
    found: list[list[str | bytes]] = [[]]
    for frame in frames:
        if len(found[-1]) == POST_FRAMES or sum(map(len, found[-1])) + len(frame) > POST_BYTES:
            found.append([])
        found[-1].append(frame)
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_hundred_thousand_frames(tmp_path: Path) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "0")) or secrets.randbits(32)
    print(f"FUZZ_SEED={seed}")  # noqa: T201  shown when it fails
    settings = {"log_level": "info", "join_seconds": 2, "ping_interval_seconds": 2, "ping_timeout_seconds": 8}
    async with Server(tmp_path, **settings) as server:
        ((_, agent),) = await server.hire(1, 5)
        customer, admin = (await server.invite("customer", 1))[0], (await server.invite("admin", 1))[0]
        tokens = {"/customer": customer, "/agent": agent, "/admin": admin}
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            storm = Storm(server, http, tokens, seed)
            await storm.blow(FRAMES // 2)
            half = resident_kib(server.pid)
            await storm.blow(FRAMES)
            more = (resident_kib(server.pid) - half) / 1024
        async with asyncio.timeout(PATIENCE):
            while await server.transports():
                await asyncio.sleep(0.1)
        opened, closed = [await server.figure(f"deskwire_connections_{what}_total") for what in ("opened", "closed")]
        waiting, joined = await server.figure("deskwire_bytes_waiting "), await server.connections()
        log = server.log.read_text()
    found = (
        f"{storm.sent:,} frames, {storm.acked:,} acks, {storm.ended} ended, {opened:.0f} connections, {more:+.1f} MiB"
    )
    print(found)  # noqa: T201
    assert storm.sent >= FRAMES
    assert (opened, waiting, joined) == (closed, 0, 0), found
    assert not TROUBLE.findall(log), [line for line in log.splitlines() if TROUBLE.search(line)][:5]
    assert more < MIB_MORE, found
