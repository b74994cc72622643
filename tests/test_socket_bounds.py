"""How many connections one person and one address may have: one too many hears why, and is gone."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from server.core.addresses import block_of
from tests.support import shapes
from tests.support.desk import Scene
from tests.support.frames import Frames, Polling
from tests.support.houses import until
from tests.support.people import PATIENCE, Someone
from tests.support.wire import frames_of, polling

NewDesk = Callable[..., Awaitable[Scene]]
on_both_ways = pytest.mark.parametrize("way", ["on", "off"], ids=["fast", "stock"])


async def knock(desk: Scene, someone: Someone, kept: list[Any], **headers: str) -> str:
    """What a CONNECT over a new WebSocket is answered; the connection stays."""
    address = f"{desk.base_url}/socket.io/?EIO=4&transport=websocket"
    websocket = await desk.http.ws_connect(address, headers=headers)
    await websocket.receive_str(timeout=PATIENCE)
    await websocket.send_str(f"40{someone.namespace}," + json.dumps({"token": someone.token}))
    kept.append(websocket)
    return str(await websocket.receive_str(timeout=PATIENCE))


def check_turned_away(answer: str) -> None:
    head, _, refusal = answer.partition(",")
    assert head == "44/customer", answer
    body = json.loads(refusal)
    shapes.check_refusal(body["data"])
    assert body["data"]["code"] == "rate_limited"
    assert body["data"]["retry_after"] > 0
    assert body["message"] == body["data"]["detail"]
    assert "too many" in body["message"]


async def turned_away(desk: Scene, bound: str) -> float:
    _, text = await desk.get("/metrics")
    rows = [row for row in text.splitlines() if f'turned_away_total{{bound="{bound}"}}' in row]
    return float(rows[0].split()[-1]) if rows else 0.0


def held(desk: Scene) -> int:
    return len(desk.desk.web_server.sockets.eio.sockets)


async def test_a_person_has_so_many_connections_and_no_more(new_desk: NewDesk) -> None:
    desk = await new_desk(sockets_per_person=3)
    ann, bob = await desk.customer("ann", connected=False), await desk.customer("bob", connected=False)
    windows = [await frames_of(desk, ann), await frames_of(desk, ann)]
    await polling(desk, ann)
    client = await Frames.open(desk.http, desk.base_url, "/customer")
    for _ in range(3):
        check_turned_away("4" + await client.connect({"token": ann.token}))
    assert await turned_away(desk, "person") == 3
    await frames_of(desk, bob)
    await windows[0].hang_up()
    assert await until(lambda: held(desk) == 4)  # two of hers, the one that waits, and Bob's
    assert (await client.connect({"token": ann.token})).startswith("0/customer")
    assert (await client.ask("list_chats", {}))["ok"]


@on_both_ways
async def test_an_address_has_so_many_connections_and_no_more(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(sockets_per_address=4, fast_websocket=way, join_seconds=600)
    ann = await desk.customer("ann", connected=False)
    inside = [await frames_of(desk, ann) for _ in range(3)]
    await polling(desk, ann)
    client = await Frames.open(desk.http, desk.base_url, "/customer")
    check_turned_away("4" + await client.connect({"token": ann.token}))
    await client.closed()
    poller = await Polling(desk.http, desk.base_url, "/customer").open()
    assert await poller.connect({"token": ann.token}) == 200
    check_turned_away((await poller.get())[0])
    assert await until(lambda: held(desk) == 4)
    assert await turned_away(desk, "address") == 2
    assert all([(await client.ask("list_chats", {}))["ok"] for client in inside])
    await inside[0].hang_up()
    assert await until(lambda: held(desk) == 3)
    await frames_of(desk, ann)


@on_both_ways
async def test_a_flood_of_silent_ones_meets_a_closed_door_and_leaves_nothing(new_desk: NewDesk, way: str) -> None:
    desk = await new_desk(sockets_per_address=8, fast_websocket=way, join_seconds=2)
    addresses = desk.desk.web_server.sockets.eio.addresses
    answers: list[int] = []
    kept = []
    for transport in ("polling", "websocket") * 6:
        url = f"{desk.base_url}/socket.io/?EIO=4&transport={transport}"
        try:
            if transport == "websocket":
                kept.append(await desk.http.ws_connect(url, autoclose=False))
            else:
                await shut_out(await desk.http.get(url))
            answers.append(200)
        except aiohttp.WSServerHandshakeError as error:
            answers.append(error.status)
        except PermissionError:
            answers.append(429)
    assert answers == [200] * 10 + [429] * 2
    assert await until(lambda: not held(desk))
    assert await until(lambda: not len(addresses)), "addresses of nobody are remembered"
    ann = await desk.customer("ann", connected=False)
    await frames_of(desk, ann)


async def shut_out(answer: aiohttp.ClientResponse) -> None:
    """Raises PermissionError if it is a refusal, which must have its shape."""
    if answer.status != 200:
        body: dict[str, Any] = await answer.json()
        shapes.check_refusal(body)
        assert body["code"] == "rate_limited"
        assert int(answer.headers["Retry-After"]) > 0
        raise PermissionError


async def test_an_address_is_the_true_one_and_a_household_of_ipv6_is_one(new_desk: NewDesk) -> None:
    desk = await new_desk(sockets_per_address=4, trusted_proxies="127.0.0.0/8")
    ann = await desk.customer("ann", connected=False)
    kept: list[Any] = []
    for number in range(4):
        answer = await knock(desk, ann, kept, **{"X-Forwarded-For": f"2001:db8:0:1:{number}::1"})
        assert answer.startswith("40/customer"), answer
    check_turned_away(await knock(desk, ann, kept, **{"X-Forwarded-For": "2001:db8:0:1:ffff::"}))
    for elsewhere in ("2001:db8:0:2::1", "192.0.2.7", "::ffff:192.0.2.8"):
        answer = await knock(desk, ann, kept, **{"X-Forwarded-For": elsewhere})
        assert answer.startswith("40/customer"), answer


def test_who_counts_as_one() -> None:
    assert block_of("192.0.2.7") == block_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert block_of("2001:db8::1") == block_of("2001:db8::ffff:1:2:3") == "2001:db8::/64"
    assert block_of("fe80::1%eth0") == "fe80::/64"
    assert block_of("unknown") == "unknown"
