"""Whatever a client sends, and whenever: its connection ends by itself, and nothing is left of it."""

import asyncio
import gc
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.support.processes import resident_kib
from bench.support.server import Server
from handlers.transport.connection import EngineSocket
from server.realtime.rooms import EVERYBODY
from tests.support.desk import Scene
from tests.support.houses import until
from tests.support.people import PATIENCE
from tests.support.strangers import CARRIERS, POLLING, UPGRADED, WEBSOCKET, Frame, Stranger, crowd

NewDesk = Callable[..., Awaitable[Scene]]
on_both_ways = pytest.mark.parametrize("way", ["on", "off"], ids=["fast", "stock"])
QUICK = {"ping_interval_seconds": 1, "ping_timeout_seconds": 1.5, "join_seconds": 2}

CLOSE, PONG, LEAVE = "1", "3", "41/customer,"
FRAMES: list[Frame] = [
    *(CLOSE, PONG, LEAVE),
    *("0", "2", "2probe", "3probe", "5", "6", "7", "b4", "4", "", "x", "41", "40", "4x", "47", "461-/customer,1[]"),
    '42/customer,1["list_chats",{}]',
    '42/customer,["list_chats"',
    '40/customer,{"token":"nobody"}',
    "40/nowhere,",
    '451-/customer,["typing",{"_placeholder":true,"num":0}]',
    *("1\x1e2", "1\x1e1", '1\x1e42/customer,1["list_chats",{}]', "6\x1e1", "3\x1ex"),
    *(b"", b"1", b"\x04\xff"),
    "4" + "x" * 70_000,
]


@dataclass(frozen=True)
class Held:
    """What a desk holds of its connections, by its own figures and by the system's."""

    opened: float
    closed: float
    transports: float
    joined: float
    bytes_waiting: float
    tcp: int

    def same_as(self, before: "Held") -> bool:
        return self.tcp <= before.tcp and replace(before, opened=self.opened, closed=self.closed, tcp=self.tcp) == self

    @classmethod
    async def by(cls, desk: Scene) -> "Held":
        _, text = await desk.get("/metrics")
        return cls(
            metric(text, "connections_opened_total"),
            metric(text, "connections_closed_total"),
            metric(text, "transports"),
            metric(text, "connections"),
            metric(text, "bytes_waiting"),
            tcp_connections(desk.port),
        )


def metric(text: str, name: str) -> float:
    """The sum over all labels."""
    return sum(map(float, re.findall(rf"^deskwire_{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE)))


def in_memory() -> int:
    """Engine.IO's connections, ended or not."""
    gc.collect()
    return sum(issubclass(type(thing), EngineSocket) for thing in gc.get_objects())


def tcp_connections(port: int) -> int:
    """TCP connections that the server at this port has not closed."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established, close_wait = "01", "08"
    return sum(row[1].endswith(f":{port:04X}") and row[3] in {established, close_wait} for row in rows)


async def all_ended(desk: Scene, before: Held) -> None:
    """Returns once nothing more is held than before, and every connection that began has ended or is there."""
    now = await Held.by(desk)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not now.same_as(before):
                await asyncio.sleep(0.05)
                now = await Held.by(desk)
    assert now.same_as(before), f"{before} became {now}"
    assert now.opened > before.opened
    assert now.opened == now.closed + now.transports


@asynccontextmanager
async def which_all_end(desk: Scene) -> AsyncIterator[Callable[[], Stranger]]:
    """Makes strangers, whose connections must end without their help."""
    before, objects = await Held.by(desk), in_memory()
    async with crowd(desk) as stranger:
        yield stranger
        await all_ended(desk, before)
        assert await until(lambda: in_memory() <= objects), "connections that ended are still in memory"


async def token_of(desk: Scene) -> str:
    return (await desk.customer("somebody", connected=False)).token


@on_both_ways
@pytest.mark.parametrize("carrier", [WEBSOCKET, POLLING, UPGRADED])
async def test_a_client_that_says_goodbye_and_then_nothing(new_desk: NewDesk, way: str, carrier: str) -> None:
    desk = await new_desk(fast_websocket=way)
    ann, eve = await desk.customer("ann", connected=False), await desk.admin("eve")
    held = await Held.by(desk)
    async with crowd(desk) as stranger:
        visitor = stranger()
        await visitor.open(carrier, ann.token)
        await eve.hears("presence", lambda told: told["user_id"] == ann.id and told["status"] == "online")
        await visitor.send(CLOSE)
        await eve.hears("presence", lambda told: told["user_id"] == ann.id and told["status"] == "offline")
        await all_ended(desk, held)
        _, text = await desk.get("/metrics")
        assert 'deskwire_connections_closed_total{reason="client_disconnect"} 1.0' in text


@pytest.mark.slow
@on_both_ways
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "not joined"])
async def test_after_any_packet_silence_ends_a_connection(new_desk: NewDesk, way: str, joined: bool) -> None:
    desk = await new_desk(fast_websocket=way, **QUICK)
    token = await token_of(desk) if joined else None

    async def visit(stranger: Stranger, carrier: str, frame: Frame) -> None:
        await stranger.open(carrier, token)
        stranger.poll()
        stranger.poll()
        await stranger.send(frame)

    async with which_all_end(desk) as stranger:
        ways = itertools.product(CARRIERS, FRAMES)
        await asyncio.gather(*(visit(stranger(), *way) for way in ways))


@pytest.mark.slow
@on_both_ways
async def test_who_said_goodbye_or_joined_nothing_ends_whatever_it_goes_on_saying(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way, **QUICK)
    token = await token_of(desk)

    async def visit(stranger: Stranger, carrier: str, frames: Sequence[Frame], joined: bool) -> None:
        await stranger.open(carrier, token if joined else None)
        if joined:
            await stranger.send(CLOSE)
        stranger.talk_on(frames)

    async with which_all_end(desk) as stranger:
        ways = itertools.product(CARRIERS, ([PONG, LEAVE], [PONG, "6"], ["2", PONG, "4"]), (True, False))
        await asyncio.gather(*(visit(stranger(), *way) for way in ways))


POLL, JOIN, UPGRADE, PULL = "poll", "join", "upgrade", "pull the cable"  # what is done, beside frames that are sent
DOING = (POLL, JOIN, UPGRADE, PULL)
NAMESPACES = ["", ",", "/customer,", "/agent,", "/nowhere,", "/customer"]
DATA = ["", "{}", "[]", "null", "[", '["list_chats",{}]', '["typing",{"_placeholder":true,"num":0}]']
PACKETS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from("0123456b"),  # every kind of Engine.IO's
        st.sampled_from(["", *"0123456", "51-", "99-"]),  # every kind of Socket.IO's, with attachments
        st.sampled_from(NAMESPACES),
        st.sampled_from(["", "0", "7", "9" * 20]),
        st.sampled_from(DATA),
    ),
)
SENT = st.one_of(st.sampled_from(FRAMES), PACKETS, st.text(max_size=20), st.binary(max_size=5))
STEPS = st.one_of(st.sampled_from(DOING).map(lambda doing: (doing, "")), SENT.map(lambda frame: ("send", frame)))
VISITS = st.lists(
    st.tuples(st.sampled_from(CARRIERS), st.booleans(), st.lists(STEPS, max_size=6)), min_size=20, max_size=40
)


@pytest.mark.slow
@on_both_ways
@given(visits=VISITS)
@settings(
    deadline=None,
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
async def test_after_any_packets_silence_ends_a_connection(
    new_desk: NewDesk, way: str, visits: list[tuple[str, bool, list[tuple[str, Frame]]]]
) -> None:
    """Whatever its kinds, in whatever order and state: half an upgrade, several namespaces, a cable that is pulled."""
    desk = await new_desk(fast_websocket=way, **QUICK)
    token = await token_of(desk)

    async def visit(stranger: Stranger, carrier: str, joined: bool, steps: list[tuple[str, Frame]]) -> None:
        await stranger.open(carrier, token if joined else None)
        for doing, frame in steps:
            if doing == POLL:
                stranger.poll()
            elif doing == JOIN:
                await stranger.send(f'40/customer,{{"token":"{token}"}}')
            elif doing == UPGRADE:
                await stranger.upgrade()
            elif doing == PULL:
                stranger.drop()
            else:
                await stranger.send(frame)

    async with which_all_end(desk) as stranger:
        await asyncio.gather(*(visit(stranger(), *given) for given in visits))
    rooms, web_server = desk.desk.rules.realtime.rooms, desk.desk.web_server
    assert not any(rooms.has_members(namespace, EVERYBODY) for namespace in ("/customer", "/agent", "/admin"))
    assert not len(web_server.sockets.eio.addresses), "addresses of nobody are remembered"
    assert not len(web_server.in_flight.answers.turns), "turns of nobody are remembered"


WAVES, IN_A_WAVE, AT_ONCE = 4, 1500, 50
MIB_MORE = 6.0  # for the waves after the first two: what was kept of one would be some 40 KiB each


@pytest.mark.slow
async def test_waves_of_goodbyes_over_polling_leave_the_memory_as_it_was(tmp_path: Path) -> None:
    """Each closes by a POST of `1`, and never asks again."""
    settings = {"ping_interval_seconds": 1, "ping_timeout_seconds": 1.5, "join_seconds": 2}
    async with Server(tmp_path, **settings) as server, aiohttp.ClientSession() as http:
        url, gate, memory = f"{server.base_url}/socket.io/?EIO=4&transport=polling", asyncio.Semaphore(AT_ONCE), []

        async def say_goodbye() -> None:
            async with gate:
                opening = await (await http.get(url)).text()
                await (await http.post(f"{url}&sid={json.loads(opening[1:])['sid']}", data=CLOSE)).read()

        for _ in range(WAVES):
            await asyncio.gather(*(say_goodbye() for _ in range(IN_A_WAVE)))
            async with asyncio.timeout(PATIENCE):
                while await server.transports():
                    await asyncio.sleep(0.05)
            memory.append(resident_kib(server.pid) / 1024)
        assert await server.figure("deskwire_connections_opened_total") == WAVES * IN_A_WAVE
        assert await server.figure("deskwire_connections_closed_total") == WAVES * IN_A_WAVE
        assert await server.figure("deskwire_bytes_waiting ") == 0
        assert memory[-1] - memory[1] < MIB_MORE, memory
