"""Under which names a desk is served: its own. A page of another name that leads to us (DNS rebinding) is not ours."""

import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from tests.support.desk import Scene
from tests.support.people import PATIENCE

NewDesk = Callable[..., Awaitable[Scene]]
EVIL = "evil.example"


async def status_as(desk: Scene, host: str, path: str = "/api/availability", origin: str | None = None) -> int:
    headers = {"Host": host, **({"Origin": origin} if origin else {})}
    async with desk.http.get(desk.base_url + path, headers=headers) as answer:
        return answer.status


async def test_a_page_of_a_foreign_name_that_leads_here_is_not_let_in(desk: Scene) -> None:
    """Its `Origin` is equal to the `Host` that it sends, and no browser stops it: to it, this is its own server."""
    host = f"{EVIL}:{desk.port}"
    headers = {"Host": host, "Origin": f"http://{host}"}
    polling = f"{desk.base_url}/socket.io/?EIO=4&transport=polling"
    async with desk.http.get(polling, headers=headers) as answer:
        assert answer.status == 421
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await desk.http.ws_connect(f"{desk.base_url}/socket.io/?EIO=4&transport=websocket", headers=headers)
    assert refused.value.status == 421
    for path in ("/", "/agent", "/widget", "/widget.js", "/metrics", "/static/shop/main.js", "/nowhere"):
        assert await status_as(desk, host, path) == 421, path
    status, body = await desk.post("/api/auth/guest", {}, headers=headers)
    assert (status, body["code"]) == (421, "invalid")
    assert all(word in body["detail"] for word in (host, "BASE_URL", "ALLOWED_HOSTS"))


@pytest.mark.parametrize(
    ("settings", "known", "unknown"),
    [
        ({}, ("localhost", "LOCALHOST:80", "shop.localhost", "127.0.0.1", "192.168.1.5:8000", "[fd00::1]:8000"), ()),
        ({}, (), (EVIL, "localhost.evil.example", "127.0.0.1.evil.example", "localhosts", "desk", "http://localhost")),
        (
            {"base_url": "https://Desk.example.com/chat"},
            ("desk.example.com", "desk.example.com.:443"),
            ("example.com",),
        ),
        ({"allowed_hosts": "desk.lan, box"}, ("desk.lan:8000", "Box"), ("a.desk.lan", EVIL)),
        ({"allowed_hosts": "*.example.com"}, ("a.example.com",), ("example.com", "a.b.example.com", "aexample.com")),
        ({"allowed_hosts": "*"}, (EVIL,), ()),
    ],
)
async def test_its_names_are_those_that_are_set_and_no_others(
    new_desk: NewDesk, settings: dict[str, str], known: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    desk = await new_desk(**settings)
    assert {await status_as(desk, host) for host in known} <= {200}
    assert {await status_as(desk, host) for host in unknown} <= {421}


async def test_health_is_told_under_any_name(desk: Scene) -> None:
    for path in ("/healthz", "/readyz"):
        assert await status_as(desk, "10-0-0-7.node.cluster", path) == 200


async def test_pages_under_a_known_name_connect_from_there(new_desk: NewDesk) -> None:
    desk = await new_desk(allowed_hosts="desk.lan")
    for host, origin, welcome in (
        ("desk.lan:8000", "http://desk.lan:8000", True),
        ("desk.lan:8000", "http://localhost:8000", False),
        ("localhost", "http://localhost", True),
    ):
        url = f"{desk.base_url}/socket.io/?EIO=4&transport=websocket"
        headers = {"Host": host, "Origin": origin}
        if welcome:
            async with desk.http.ws_connect(url, headers=headers) as websocket:
                assert "sid" in json.loads((await websocket.receive_str(timeout=PATIENCE))[1:])
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await desk.http.ws_connect(url, headers=headers)
