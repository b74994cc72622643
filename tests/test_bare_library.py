"""What python-socketio does not promise and our desk does: every promise is kept by us and broken by the bare library.

The same scene, frame by frame, plays in two houses. When a promise holds on the bare library one day, its test fails
here, and what handlers/sockets.py and handlers/transport/ do about it can go.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
import socketio
from aiohttp import web

from tests.support.desk import Scene
from tests.support.frames import Frames, Polling
from tests.support.houses import NAMESPACE, BareHouse, House, OurHouse, enter, until

SOON = 2.0  # seconds in which a connection is gone that the desk ends, and the bare library keeps

# The promises


async def a_handler_that_raises_is_acked(house: House) -> None:
    client, _ = await enter(house)
    await house.break_handler()
    crash, next_one = await client.tell(*house.crashing), await client.tell(*house.quick)
    await client.ack(next_one)
    assert crash in client.acked(), "no ack for the command that crashed"


async def commands_of_a_client_keep_their_order(house: House) -> None:
    client, _ = await enter(house)
    sent = [await client.tell(*house.slow), await client.tell(*house.quick)]
    for ack_id in reversed(sent):
        if ack_id not in client.acked():
            await client.ack(ack_id)
    assert client.acked() == sent, "the quick one overtook the slow one"


async def events_named_like_hooks_run_no_hook(house: House) -> None:
    client, _ = await enter(house)
    before = await house.visits()
    await client.tell("connect", {"REMOTE_ADDR": "forged"}, house.auth)
    await client.tell("disconnect", "forged")
    await client.ask(*house.quick)
    assert await house.visits() == before, "a forged event ran a hook"


async def a_crash_on_leaving_leaks_nothing(house: House) -> None:
    client, sid = await enter(house)
    transport = house.server.manager.eio_sid_from_sid(sid, NAMESPACE)
    assert transport in house.server.environ
    await house.break_leaving()
    await client.hang_up()
    assert await until(lambda: transport not in house.server.eio.sockets)
    assert transport not in house.server.environ, "the environ of a connection that is gone is kept"
    assert house.server.manager.eio_sid_from_sid(sid, NAMESPACE) is None


async def the_welcome_comes_behind_the_connect_packet(house: House) -> None:
    client = await Frames.open(house.http, house.base_url, NAMESPACE)
    await client.connect(house.auth)
    await client.ask(*house.quick)
    assert client.seen[1].startswith(f'2{NAMESPACE},["welcome",'), "an event came before the CONNECT packet"


async def a_crash_at_the_door_is_a_refusal(house: House) -> None:
    await house.break_arriving()
    client = await Frames.open(house.http, house.base_url, NAMESPACE)
    await client.send(f"0{NAMESPACE},{json.dumps(house.auth)}")
    await client.send("0/nowhere,")
    await client.next("4/nowhere,")
    assert client.seen[0].startswith(f"4{NAMESPACE},"), "no answer to the CONNECT that crashed"


async def attachments_are_not_waited_for(house: House) -> None:
    client, _ = await enter(house)
    await client.send(f'59999999999-{NAMESPACE},1["hello",{{"_placeholder":true,"num":0}}]')
    await client.send_raw(b"x" * 10_000)
    await client.closed(within=SOON)


async def who_leaves_in_the_door_is_no_ghost(house: House) -> None:
    client = await Polling(house.http, house.base_url, NAMESPACE).open()
    async with house.hold_the_door():
        entering = asyncio.create_task(client.connect(house.auth))
        assert await until(lambda: house.server.manager.pending_connect.get(NAMESPACE))
        await client.post("1")  # Engine.IO's CLOSE
        assert await until(lambda: client.sid not in house.server.environ)
        assert not entering.done()
    await entering
    assert NAMESPACE not in house.server.manager.rooms, "somebody is connected without a connection"


async def a_frame_that_is_none_ends_the_connection(house: House) -> None:
    client, sid = await enter(house)
    await client.send_raw("x")
    await client.closed()
    gone = until(lambda: house.server.manager.eio_sid_from_sid(sid, NAMESPACE) is None, within=SOON)
    assert await gone, "still there, without a transport"


async def a_post_is_read_to_its_end(house: House) -> None:
    client = await Polling(house.http, house.base_url, NAMESPACE).open()
    await client.connect(house.auth)
    await client.post_in_two(f"42{NAMESPACE},1{json.dumps(house.quick)}")
    await client.post(f"42{NAMESPACE},2{json.dumps(house.quick)}")
    assert await client.acks(until=2) == [1, 2], "what came in two segments was dropped"


Promise = Callable[[House], Awaitable[None]]
PROMISES: dict[Promise, str] = {  # and what is seen on the bare library instead
    a_handler_that_raises_is_acked: "no ack for the command that crashed",
    commands_of_a_client_keep_their_order: "the quick one overtook the slow one",
    events_named_like_hooks_run_no_hook: "a forged event ran a hook",
    a_crash_on_leaving_leaks_nothing: "the environ of a connection that is gone is kept",
    the_welcome_comes_behind_the_connect_packet: "an event came before the CONNECT packet",
    a_crash_at_the_door_is_a_refusal: "no answer to the CONNECT that crashed",
    attachments_are_not_waited_for: "the connection was not closed",
    who_leaves_in_the_door_is_no_ghost: "somebody is connected without a connection",
    a_frame_that_is_none_ends_the_connection: "still there, without a transport",
    a_post_is_read_to_its_end: "what came in two segments was dropped",
}
CRASHES = {a_handler_that_raises_is_acked, a_crash_on_leaving_leaks_nothing, a_crash_at_the_door_is_a_refusal}


@pytest.fixture
async def our_house(desk: Scene) -> OurHouse:
    return OurHouse(desk, await desk.agent("gus", connected=False), await desk.admin("eve"))


@pytest.fixture
async def bare_house() -> AsyncIterator[BareHouse]:
    async with aiohttp.ClientSession() as http:
        house = BareHouse(http)
        server = socketio.AsyncServer(async_mode="aiohttp")
        server.register_namespace(house)
        app = web.Application()
        server.attach(app)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        house.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield house
        await http.close()
        await server.shutdown()
        await runner.cleanup()


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
async def test_our_desk_keeps_the_promise(
    promise: Promise, our_house: OurHouse, caplog: pytest.LogCaptureFixture
) -> None:
    await promise(our_house)
    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    # The client of an earlier scene, whose cable was pulled, may complain half a minute later.
    errors = [record.message for record in told if record.name != "engineio.client"]
    assert bool(errors) == (promise in CRASHES), errors  # it did crash, for the log to see, and nothing else did


@pytest.mark.parametrize(("promise", "seen"), PROMISES.items(), ids=[promise.__name__ for promise in PROMISES])
async def test_the_bare_library_breaks_it(promise: Promise, seen: str, bare_house: BareHouse) -> None:
    with pytest.raises(AssertionError, match=seen):
        await promise(bare_house)


async def test_a_type_error_at_the_bare_door_runs_the_hook_twice(bare_house: BareHouse) -> None:
    """Why ours lets none out: see handlers/lifecycle.py."""
    await bare_house.break_arriving()
    client = await Frames.open(bare_house.http, bare_house.base_url, NAMESPACE)
    await client.send(f"0{NAMESPACE},")  # without auth
    await client.send("0/nowhere,")
    await client.next("4/nowhere,")
    assert await bare_house.visits() == ["connect", "connect"]


async def test_an_ack_with_id_0_breaks_the_next_call_of_the_bare_library(bare_house: BareHouse) -> None:
    client, sid = await enter(bare_house)
    calling = asyncio.create_task(bare_house.server.call("are you there?", to=sid, namespace=NAMESPACE))
    await client.next(f'2{NAMESPACE},1["are you')
    await client.send(f"3{NAMESPACE},1[]")
    await calling
    await client.send(f"3{NAMESPACE},0[]")
    await client.ask(*bare_house.quick)
    with pytest.raises(KeyError):
        await bare_house.server.call("are you there?", to=sid, namespace=NAMESPACE)


async def test_acks_nobody_asked_for_are_nothing_to_our_desk(
    our_house: OurHouse, caplog: pytest.LogCaptureFixture
) -> None:
    client, _ = await enter(our_house)
    for ack_id in ("0", "1", ""):
        await client.send(f"3{NAMESPACE},{ack_id}[]")
    assert (await client.ask("list_agents", {}))["ok"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
