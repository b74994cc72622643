"""Below Socket.IO, on both ways a WebSocket can go: Engine.IO's own behaviours, and what one connection may cost."""

import asyncio
import json
import logging
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import aiohttp
import pytest

from handlers.transport.connection import EngineSocket
from handlers.transport.fast_websocket import FastSocket, socket_class
from tests.support.desk import Scene
from tests.support.frames import Frames, Polling
from tests.support.houses import until
from tests.support.people import PATIENCE
from tests.support.wire import frames_of, gone, polling

NewDesk = Callable[..., Awaitable[Scene]]
on_both_ways = pytest.mark.parametrize("way", ["on", "off"], ids=["fast", "stock"])
QUICK = {"ping_interval_seconds": 0.2, "ping_timeout_seconds": 0.3}
BUFFER = 65536


def engine(desk: Scene) -> Any:
    return desk.desk.web_server.sockets.eio


async def closed(desk: Scene, reason: str) -> float:
    """How many connections ended for this reason, as /metrics says."""
    _, text = await desk.get("/metrics")
    lines = [line for line in text.splitlines() if f'connections_closed_total{{reason="{reason}"}}' in line]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0


async def raw(desk: Scene, transport: str = "websocket", sid: str = "") -> aiohttp.ClientWebSocketResponse:
    address = f"{desk.base_url}/socket.io/?EIO=4&transport={transport}" + (f"&sid={sid}" if sid else "")
    return await desk.http.ws_connect(address, compress=15)


@asynccontextmanager
async def stalled(desk: Scene, token: str) -> AsyncIterator[None]:
    """A customer's WebSocket that is welcomed, and then never read again."""
    plug = socket.socket()
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # or the kernel takes megabytes before anybody waits
    plug.connect(("127.0.0.1", desk.port))
    reader, writer = await asyncio.open_connection(sock=plug, limit=1024)
    head = "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    writer.write(f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{head}{key}".encode())
    await reader.readuntil(b"\r\n\r\n")
    text = b"40/customer," + json.dumps({"token": token}).encode()
    writer.write(b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text)
    await reader.readuntil(b'["welcome"')
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


@on_both_ways
async def test_polling_becomes_a_websocket_and_loses_nothing(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way)
    ann = await desk.customer("ann", connected=False)
    client = await polling(desk, ann)
    waiting = asyncio.create_task(client.get())
    assert await until(lambda: engine(desk).sockets[client.sid].polls)
    websocket = await raw(desk, sid=client.sid)
    await websocket.send_str("2probe")
    assert await websocket.receive_str(timeout=PATIENCE) == "3probe"
    assert await waiting == ["6"]  # the poll ends, so that the client can change over
    assert await client.post('42/customer,1["list_chats",{}]') == 200  # answered while it changes over
    await websocket.send_str("5")
    assert (await websocket.receive_str(timeout=PATIENCE)).startswith("43/customer,1[")
    await websocket.send_str('42/customer,2["list_chats",{}]')
    assert (await websocket.receive_str(timeout=PATIENCE)).startswith("43/customer,2[")
    assert engine(desk).transport(client.sid) == "websocket"
    assert await client.post('42/customer,3["list_chats",{}]') == 400  # polling is over
    await websocket.close()


@on_both_ways
async def test_a_probe_that_fails_leaves_polling_as_it_was(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way)
    client = await polling(desk, await desk.customer("ann", connected=False))
    websocket = await raw(desk, sid=client.sid)
    await websocket.send_str("2nonsense")
    while not (await websocket.receive(timeout=PATIENCE)).type.name.startswith("CLOS"):
        pass
    assert await until(lambda: not engine(desk).sockets[client.sid].upgrading)
    assert await client.post('42/customer,1["list_chats",{}]') == 200
    assert await client.acks(until=1) == [1]


@on_both_ways
async def test_a_websocket_beside_polling_that_never_takes_over_is_closed(new_desk: NewDesk, way: str) -> None:
    """As behind a proxy that lets the handshake through, and swallows the frames."""
    desk = await new_desk(fast_websocket=way, join_seconds=2)
    client = await polling(desk, await desk.customer("ann", connected=False))
    websocket = await raw(desk, sid=client.sid)
    while not (await websocket.receive(timeout=PATIENCE)).type.name.startswith("CLOS"):
        pass
    assert await client.post('42/customer,1["list_chats",{}]') == 200
    assert await client.acks(until=1) == [1]


@on_both_ways
async def test_half_a_websocket_handshake_is_refused(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way)
    address = f"{desk.base_url}/socket.io/?EIO=4&transport=websocket"
    async with desk.http.get(address, headers={"Upgrade": "websocket"}) as response:
        assert response.status == 400
    assert not engine(desk).sockets


@on_both_ways
async def test_frames_are_not_compressed(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way)
    websocket = await raw(desk)
    assert websocket.compress == 0
    opening = json.loads((await websocket.receive_str(timeout=PATIENCE))[1:])
    assert (opening["pingInterval"], opening["pingTimeout"], opening["upgrades"]) == (10_000, 5000, [])


@on_both_ways
async def test_who_answers_pings_stays_and_who_does_not_is_gone(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way, **QUICK)
    eve = await desk.admin("eve")
    ann, bob = await desk.customer("ann"), await desk.customer("bob", connected=False)
    silent = await raw(desk)
    await silent.receive_str(timeout=PATIENCE)
    await silent.send_str("40/customer," + json.dumps({"token": bob.token}))
    await gone(eve, bob)
    assert await closed(desk, "ping_timeout") == 1
    pings = [message.data async for message in silent if message.type is aiohttp.WSMsgType.TEXT]
    assert pings.count("2") >= 1
    assert await until(lambda: len(engine(desk).sockets) == 2)
    assert (await ann.ask("list_chats"))["count"] == 0


async def test_a_silent_poller_is_gone_with_its_connection(new_desk: NewDesk) -> None:
    desk = await new_desk(ping_interval_seconds=2, ping_timeout_seconds=0.3)  # no ping while it connects
    eve, ann = await desk.admin("eve"), await desk.customer("ann", connected=False)
    client = await polling(desk, ann)
    assert await client.get() == ["2"]
    with pytest.raises((aiohttp.ClientError, AssertionError)):
        await client.get()
    await gone(eve, ann)
    assert await until(lambda: client.sid not in engine(desk).sockets)


@on_both_ways
async def test_a_reader_that_stalls_is_cut_and_everything_of_it_is_freed(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way, connection_buffer_bytes=BUFFER)
    gus, ann = await desk.agent("gus"), await desk.customer("ann", connected=False)
    await ann.connect()
    chat_id = await desk.chat(ann)
    before = set(engine(desk).sockets)
    async with stalled(desk, ann.token):
        (sid,) = set(engine(desk).sockets) - before
        async with asyncio.timeout(60):
            while sid in engine(desk).sockets:
                await asyncio.gather(*(gus.say(chat_id, "x" * 4000) for _ in range(10)))
                assert engine(desk).waiting() <= 2 * BUFFER
        assert await closed(desk, "slow_reader") == 1
        assert await until(lambda: engine(desk).waiting() == 0)
        assert await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "a slow reader"])
        log = await ann.ask("sync_chat", chat_id=chat_id, limit=5)  # her other window hears on
        assert log["has_more"]


async def test_a_poller_that_does_not_poll_is_cut_at_the_bound(new_desk: NewDesk) -> None:
    desk = await new_desk(connection_buffer_bytes=BUFFER)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    client = await polling(desk, ann)
    chat_id = await desk.chat(ann)
    for _ in range(20):
        await gus.say(chat_id, "x" * 4000)
    assert await until(lambda: client.sid not in engine(desk).sockets)
    assert await closed(desk, "slow_reader") == 1
    assert await client.post("3") == 400


@on_both_ways
async def test_who_joins_no_namespace_is_closed(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way, join_seconds=0.5, **QUICK)
    websocket = await raw(desk)
    lone = await Polling(desk.http, desk.base_url, "/customer").open()
    async for message in websocket:
        if message.data == "2":
            await websocket.send_str("3")  # to answer pings is not enough
    assert await until(lambda: lone.sid not in engine(desk).sockets)
    assert await closed(desk, "never_joined") == 2


@on_both_ways
async def test_who_leaves_its_namespace_has_to_join_again(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way, join_seconds=2)
    client = await frames_of(desk, await desk.customer("ann", connected=False))
    await client.send("1/customer,")
    await client.closed()


@on_both_ways
async def test_a_goodbye_goes_out_behind_what_was_said(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way)
    ann = await desk.customer("ann", connected=False)
    client = await frames_of(desk, ann)
    status, _ = await desk.post("/api/auth/logout", token=ann.token)
    assert status == 204
    await client.closed()
    assert client.seen[-1].startswith('2/customer,["session_expired"')
    assert await until(lambda: not engine(desk).sockets)


@on_both_ways
async def test_when_the_desk_closes_everybody_is_told_and_nobody_is_waited_for(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way)
    clients = [await frames_of(desk, await desk.customer("ann", connected=False)) for _ in range(3)]
    deaf = await desk.customer("bob", connected=False)
    async with stalled(desk, deaf.token):
        hearing = [asyncio.create_task(client.closed()) for client in clients]
        await desk.close()
        await asyncio.gather(*hearing)
        assert all(client.seen[-1].startswith('2/customer,["server_stopping"') for client in clients)
        assert not engine(desk).sockets
    await desk.open()


@on_both_ways
async def test_frames_beyond_the_bound_and_bytes_that_are_no_text_close_the_connection(
    new_desk: NewDesk, way: str
) -> None:
    desk = await new_desk(fast_websocket=way)
    for frame in (b"binary", "4" + "x" * 70_000, "x", "", "42/customer,[", "b4"):
        client = await Frames.open(desk.http, desk.base_url, "/customer")
        await client.send_raw(frame)
        await client.closed()
    assert await until(lambda: not engine(desk).sockets)


@on_both_ways
async def test_a_flood_makes_no_tasks(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(fast_websocket=way)
    client = await frames_of(desk, await desk.customer("ann", connected=False))
    before = len(asyncio.all_tasks())
    most = 0
    for number in range(1, 1001):
        await client.tell("nonsense", {}, ack_id=number)
        if number % 50 == 0:
            most = max(most, len(asyncio.all_tasks()))
    await client.ack(1000)
    assert client.acked() == list(range(1, 1001))
    assert most < before + 20


@on_both_ways
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_others_are_answered_in_the_midst_of_a_flood(new_desk: NewDesk, way: str, transport: str) -> None:
    desk = await new_desk(fast_websocket=way)
    ann = await desk.customer("ann", connected=False)
    flood = [f'42/customer,{number}["nonsense",{{}}]' for number in range(1, 1501)]
    if transport == "polling":
        poller = await polling(desk, ann)
        posting = asyncio.create_task(poller.post(*flood))
    else:
        client = await frames_of(desk, ann)
        for frame in flood:
            await client.send_raw(frame)
    while not (answered := await answered_nonsense(desk)):
        pass
    assert answered < len(flood) / 2
    if transport == "polling":
        assert await posting == 200
    assert await desk.until(lambda: all_answered(desk, len(flood)))


async def all_answered(desk: Scene, count: int) -> bool:
    return await answered_nonsense(desk) == count


async def answered_nonsense(desk: Scene) -> float:
    """How many unknown commands have been answered, as /metrics says."""
    _, text = await desk.get("/metrics")
    head = "deskwire_commands_total{"
    return sum(
        float(line.split()[-1]) for line in text.splitlines() if line.startswith(head) and "unknown_event" in line
    )


@contextmanager
def code_that_runs() -> Iterator[set[tuple[str, str]]]:
    """The functions that are called in this thread, which is the server's, too, each with its file's name."""
    ran: set[tuple[str, str]] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            ran.add((Path(frame.f_code.co_filename).name, frame.f_code.co_name))

    sys.setprofile(note)
    try:
        yield ran
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("transports", [("websocket",), ("polling", "websocket")], ids=["websocket first", "upgraded"])
@on_both_ways
async def test_without_fast_websocket_none_of_its_code_runs(
    new_desk: NewDesk, way: str, transports: tuple[str, ...]
) -> None:
    desk = await new_desk(fast_websocket=way)
    gus = await desk.agent("gus")
    ann = await desk.customer("ann", connected=False)
    with code_that_runs() as ran:
        await ann.connect(transports)
        chat_id = await desk.chat(ann)
        await ann.say(chat_id, "Is anybody there?")
        await gus.hears("message", lambda message: message["body"] == "Is anybody there?")
        await gus.say(chat_id, "I am.")
        await ann.hears("message", lambda message: message["body"] == "I am.")
        assert {engine(desk).transport(sid) for sid in engine(desk).sockets} == {"websocket"}
        await ann.disconnect()
    assert {("engine.py", "_handle_connect"), ("dispatcher.py", "answer")} <= ran
    fast = {file for file, _ in ran} & {"fast_websocket.py", "write_buffer.py"}
    assert fast == ({"fast_websocket.py", "write_buffer.py"} if way == "on" else set())
    assert (("sockets.py", "_take") in ran) is (way == "on")


def test_another_version_of_aiohttp_or_engineio_goes_the_stock_way(caplog: pytest.LogCaptureFixture) -> None:
    made_for = {"aiohttp": "3.14.9", "python-engineio": "4.15.1"}
    with caplog.at_level(logging.WARNING):
        assert socket_class(True, made_for) is FastSocket
        assert socket_class(False, made_for) is EngineSocket
        assert socket_class(False, {**made_for, "aiohttp": "4.0.0"}) is EngineSocket
        assert not caplog.records, "nothing is said where nothing is lost"
        assert socket_class(True, {**made_for, "aiohttp": "3.15.0"}) is EngineSocket
        assert socket_class(True, {**made_for, "python-engineio": "4.16.0"}) is EngineSocket
    assert ["3.15.0" in caplog.text, "4.16.0" in caplog.text] == [True, True]
