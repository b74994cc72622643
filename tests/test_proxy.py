"""Behind the nginx that deploy/nginx.conf makes: everything works as without it, and nobody gets further by it."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.support import shapes
from tests.support.frames import Polling
from tests.support.people import PATIENCE
from tests.support.proxy import SHIPPED
from tests.support.street import Street, one_and_two
from tests.test_javascript_client import WHOLE_CHAT, node
from tests.test_uploads import form

NewStreet = Callable[..., Awaitable[Street]]
MAX = 10_485_760  # MAX_FILE_SIZE's default, which the shipped file is made for


# Talking


@one_and_two
@pytest.mark.parametrize(
    "transports",
    [
        pytest.param(("websocket",), marks=pytest.mark.slow),
        pytest.param(("polling",), marks=pytest.mark.slow),
        ("polling", "websocket"),
    ],
    ids="+".join,
)
async def test_people_talk_through_it(new_street: NewStreet, count: int, transports: tuple[str, ...]) -> None:
    street = await new_street(count)
    ann, gus = await street.customer("ann"), await street.agent("gus")
    await street.keep_apart(ann, gus)
    await gus.connect(transports)
    await gus.ask("set_status", status="online")
    await ann.connect(transports)
    chat_id = (await ann.ask("request_chat"))["chat"]["id"]
    await gus.hears("chat_opened")
    await ann.say(chat_id, "Is anybody there?")
    await gus.hears("message", lambda line: line["body"] == "Is anybody there?")
    await gus.say(chat_id, "I am.")
    await ann.hears("message", lambda line: line["body"] == "I am.")
    assert [await server.connections() for server in street.servers] == ([2] if count == 1 else [1, 1])


@pytest.mark.slow
@one_and_two
@pytest.mark.parametrize("options", [{}, {"transports": ["polling"]}], ids=["default options", "polling only"])
async def test_the_official_client_has_a_whole_chat(new_street: NewStreet, count: int, options: Any) -> None:
    street = await new_street(count)
    ann, gus = await street.customer("ann"), await street.agent("gus")
    scene = {"url": street.proxy.base_url, "ann": ann.token, "gus": gus.token, "options": options}
    told = await node(WHOLE_CHAT, json.dumps(scene))
    assert told["ann"]["welcomes"] == 3  # its connection is lost twice
    assert [line["seq"] for line in told["ann"]["log"]] == list(range(1, told["chat"]["last_seq"] + 1))
    assert set(told["ann"]["transports"]) == ({"polling"} if options else {"polling", "websocket"})


@pytest.mark.slow
async def test_every_poll_of_a_visitor_reaches_the_process_that_knows_it(new_street: NewStreet) -> None:
    street = await new_street(2, ping_interval_seconds=60)  # these clients answer none
    ann = await street.customer("ann")

    async def visit(tab: str) -> None:
        client = Polling(street.http, street.proxy.base_url, "/customer")
        client.url = client.url.update_query(tab=tab) if tab else client.url
        await client.open()
        assert await client.connect({"token": ann.token}) == 200
        for frame in range(1, 4):
            assert await client.post(f'42/customer,{frame}["queue_status"]') == 200
            await client.acks(frame)  # raises when a process does not know the sid

    await asyncio.gather(*(visit(f"tab-{n}") for n in range(40)), visit(""))
    served = [await server.connections() for server in street.servers]
    assert sum(served) == 41
    assert min(served) > 5  # of 41: one address, and yet both have work


@pytest.mark.slow
async def test_who_says_nothing_stays_connected(new_street: NewStreet) -> None:
    """For longer than nginx's time-outs, with the desk's own pings."""
    street = await new_street(ping_interval_seconds=10, ping_timeout_seconds=5)
    silent = [await street.customer("ann"), await street.customer("bob")]
    for someone, transport in zip(silent, ("websocket", "polling"), strict=True):
        await someone.connect((transport,))
    await asyncio.sleep(40)
    for someone in silent:
        await someone.ask("queue_status")
    assert await street.servers[0].connections() == 2


async def test_it_serves_tls(new_street: NewStreet) -> None:
    street = await new_street(tls=True)
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=anybody)) as http:
        secure = f"https://127.0.0.1:{street.proxy.tls_port}"
        async with http.post(f"{secure}/api/auth/guest", json={}) as answer:
            token = (await answer.json())["token"]
        headers = {"Origin": secure}  # the page's own, with its port
        async with http.ws_connect(f"{secure}/socket.io/?EIO=4&transport=websocket", headers=headers) as websocket:
            await websocket.receive_str()
            await websocket.send_str(f"40/customer,{json.dumps({'token': token})}")
            assert (await websocket.receive_str()).startswith("40/customer,{")
        async with http.get(f"{secure}/widget") as page:
            assert f'data-hosts="http://localhost:{street.servers[0].port} {secure}"' in await page.text()
            assert "max-age" in page.headers["Strict-Transport-Security"]
    async with street.http.get(f"{street.proxy.base_url}/agent?x=1", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (301, "https://127.0.0.1/agent?x=1")


# Whose address counts


async def test_the_address_is_the_clients_own_whatever_it_says(new_street: NewStreet) -> None:
    street = await new_street(rate_limits="on", rate_limit_guest="2/3600", rate_limit_login="9/3600")

    async def ask(source: str, claim: str, path: str = "guest", **body: str) -> int:
        connector = aiohttp.TCPConnector(local_addr=(source, 0))
        async with aiohttp.ClientSession(connector=connector, headers={"X-Forwarded-For": claim}) as http:
            url = f"{street.proxy.base_url}/api/auth/{path}"
            async with http.post(url, json=body, headers={"X-Forwarded-Host": claim, "X-Real-IP": claim}) as answer:
                return answer.status

    assert [await ask("127.0.0.2", f"192.0.2.{n}") for n in range(3)] == [201, 201, 429]
    assert [await ask("127.0.0.3", "127.0.0.2") for _ in range(3)] == [201, 201, 429]
    assert await ask("127.0.0.4", "127.0.0.1, 192.0.2.9", "login", username="eve", password="no") == 401
    noted = await street.database.collections.audit.find_one({"what": "login_failed"})
    assert noted, await street.database.collections.audit.find_one({})
    assert "127.0.0.4" in str(noted)
    assert "192.0.2.9" not in str(noted)


async def test_what_is_for_inside_stays_inside(new_street: NewStreet) -> None:
    street = await new_street()
    for path in ("/metrics", "/metrics?x=1", "//metrics", "/%6detrics", "/static/../metrics"):
        async with street.http.get(f"{street.proxy.base_url}{path}") as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "not_found"), path
    async with street.http.get(f"{street.proxy.base_url}/media/a.png?until=1&sig=secret") as answer:
        assert answer.status == 403
    async with asyncio.timeout(5):
        while "/media/a.png" not in street.proxy.requests():  # nginx writes its line behind the answer
            await asyncio.sleep(0.01)
    assert "secret" not in street.proxy.requests()


async def test_a_name_that_is_not_the_desks_is_refused_behind_it_too(new_street: NewStreet) -> None:
    street = await new_street(1, allowed_hosts="desk.example")
    for host, status in (("desk.example", 200), ("evil.example", 421)):
        async with street.http.get(f"{street.proxy.base_url}/api/availability", headers={"Host": host}) as answer:
            assert answer.status == status, host


# Limits


OFFICE, WIDGET = 60, 46  # people behind one address, and what each asks for when it opens the widget


async def ask_at_once(port: int, requests: int, path: str = "/healthz") -> list[int]:
    """The statuses of so many requests over one connection that does not wait for answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * (requests - 1)
    writer.write(f"{asked}GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(60):
        answers = await reader.read()
    writer.close()
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]


def test_ipv6_counts_by_its_network() -> None:
    rules = re.findall(r'^    "~(\S+)" +\$net;', SHIPPED.read_text(), re.MULTILINE)
    assert len(rules) == 2

    def counted(address: str) -> str:
        return next(
            (found["net"] for rule in rules if (found := re.match(rule.replace("(?<", "(?P<"), address))), address
        )

    assert counted("192.0.2.1") == "192.0.2.1"
    assert counted("2001:db8:1:2:3:4:5:6") == counted("2001:db8:1:2::7") != counted("2001:db8:1:3::7")
    assert counted("2001:db8::1") == counted("2001:db8::9:8:7:6") != counted("2001:db9::1")
    assert counted("2001:db8:1::5") == counted("2001:db8:1::9:0:0:1") != counted("2001:db8:2::5")


@pytest.mark.slow
async def test_an_office_is_served_and_a_flood_is_not(new_street: NewStreet) -> None:
    street = await new_street()
    offices = await asyncio.gather(*(ask_at_once(street.proxy.port, WIDGET) for _ in range(OFFICE)))
    assert [status for statuses in offices for status in statuses] == [200] * OFFICE * WIDGET
    people = [await street.customer(f"person {n}") for n in range(10)]
    for person in people:
        await person.connect(("polling",))
        await person.ask("queue_status")
    flood = await asyncio.gather(*(ask_at_once(street.proxy.port, 100) for _ in range(30)))
    statuses = [status for statuses in flood for status in statuses]
    assert 500 < statuses.count(200) < 2900
    assert statuses.count(200) + statuses.count(429) == 3000

    async def once(source: str) -> tuple[int, Any]:
        connector = aiohttp.TCPConnector(local_addr=(source, 0))
        url = f"{street.proxy.base_url}/healthz"
        async with aiohttp.ClientSession(connector=connector) as http, http.get(url) as answer:
            return answer.status, await answer.json()

    assert (await once("127.0.0.2"))[0] == 200
    for _ in range(10):  # on a slow machine the allowance is back before the question
        await asyncio.gather(*(ask_at_once(street.proxy.port, 100) for _ in range(3)))
        status, body = await once("127.0.0.1")
        if status == 429:
            break
    assert (status, body["code"], body["retry_after"]) == (429, "rate_limited", 5)
    shapes.check_refusal(body)


async def test_an_address_has_so_many_connections(new_street: NewStreet) -> None:
    """A thousand slow bodies: nginx keeps them from the process, and from the next thousand."""
    street = await new_street()
    asked = b"POST /api/auth/guest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
    opened = [await asyncio.open_connection("127.0.0.1", street.proxy.port) for _ in range(1010)]
    for _, writer in opened:
        writer.write(asked)
    heard = [asyncio.ensure_future(reader.readline()) for reader, _ in opened]
    refused, _ = await asyncio.wait(heard, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    assert {await line for line in refused} == {b"HTTP/1.1 429 Too Many Requests\r\n"}
    for each in heard:
        each.cancel()
    for _, writer in opened:
        writer.close()
    await asyncio.gather(*heard, return_exceptions=True)
    async with asyncio.timeout(PATIENCE):
        while await guests(street) != 201:
            await asyncio.sleep(0.05)


async def guests(street: Street) -> int:
    async with street.http.post(f"{street.proxy.base_url}/api/auth/guest", json={}) as answer:
        return answer.status


async def test_what_nginx_cannot_read_is_refused_in_our_shape(new_street: NewStreet) -> None:
    street = await new_street()
    for sent in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n"):  # fmt: skip
        reader, writer = await asyncio.open_connection("127.0.0.1", street.proxy.port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 400 "), (sent[:40], answer)
        shapes.check_refusal(json.loads(answer.partition(b"\r\n\r\n")[2]))
        assert b"nginx/" not in answer


# Files


@pytest.mark.parametrize("chunked", [False, True], ids=["its length told", "in chunks"])
async def test_the_largest_file_passes_and_larger_ones_hear_why_not(new_street: NewStreet, chunked: bool) -> None:
    street = await new_street()
    ann = await (await street.customer("ann")).connect()
    await ann.ask("request_chat")

    async def send(size: int) -> tuple[int, Any]:
        content = bytes(size)  # of no kind: it is kept as it came

        async def pieces() -> AsyncIterator[bytes]:
            for begin in range(0, size, 1 << 16):
                yield content[begin : begin + (1 << 16)]

        url = f"{street.proxy.base_url}/api/uploads"
        headers = {"Authorization": f"Bearer {ann.token}"}
        async with street.http.post(url, data=form(pieces() if chunked else content), headers=headers) as answer:
            return answer.status, await answer.json()

    status, upload = await send(MAX)
    assert (status, upload["size"]) == (201, MAX)
    hers = {"Authorization": f"Bearer {ann.token}"}
    async with street.http.get(street.proxy.base_url + URL(upload["url"]).raw_path_qs, headers=hers) as answer:
        assert len(await answer.read()) == MAX
    for size in (MAX + 1, 2 * MAX):  # beyond the process's limit, and beyond nginx's own
        status, body = await send(size)
        assert (status, body["code"]) == (413, "too_large"), size
