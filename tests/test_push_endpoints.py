"""Push services are named by whoever visits: what that costs those who send, and those who ask."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.support.desk import Scene
from tests.support.push_service import PushService
from tests.support.role_matrix import SUBSCRIPTION
from tests.support.webhook_receiver import WebhookReceiver

NewDesk = Callable[..., Awaitable[Scene]]
ask_the_system = socket.getaddrinfo


class NameServer:
    """Of names under slow.example it says nothing until `answers` is set; the others are this machine. `asked`: its ledger."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked: list[str] = []

    def __call__(self, host: Any, port: Any, *more: Any, **also: Any) -> Any:
        if not str(host).endswith(".example"):
            return ask_the_system(host, port, *more, **also)
        self.asked.append(host)
        if host.endswith("slow.example"):
            self.answers.wait(30)
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    server = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", server)
    yield server
    server.answers.set()


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as service:
        yield service


def at(host: str) -> dict[str, Any]:
    return {**SUBSCRIPTION, "endpoint": f"https://{host}/a"}


async def test_visitors_with_slow_names_hold_up_no_delivery(new_desk: NewDesk, names: NameServer) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", outbox_timeout_seconds=0.5)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    await ann.ask("save_push", subscription=at("push.example"))
    guests = [await desk.customer(f"guest{number}") for number in range(9)]
    windows = [window for guest in guests for window in (guest, await guest.another())]
    asked = [
        asyncio.create_task(window.refused("save_push", subscription=at(f"{window.id}-{number}.slow.example")))
        for number, window in enumerate(windows)
    ]
    async with WebhookReceiver() as shop:
        url = shop.url.replace("127.0.0.1", "shop.example")
        await ada.ask("save_webhook", url=url, events=["chat_requested"])
        await desk.chat(ann)
        await shop.gets(1)
    for refusal in await asyncio.gather(*asked):
        assert "could not be looked up within" in refusal["fields"]["subscription"][0]
    slow = [name.partition("-")[0] for name in names.asked if "slow" in name]
    assert 0 < len(slow) == len(set(slow)), "one question at a time a person, also after its patience is over"
    await ann.ask("save_push", subscription=at("push.example"))
    assert names.asked.count("push.example") == 1, "what is known is not asked for again"
    assert names.asked.count("shop.example") == 1


async def test_a_visitor_has_few_pushes_sent_to_where_it_likes_and_an_agent_more(
    new_desk: NewDesk, service: PushService
) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", rate_limits="on")
    for who, allowed in ((await desk.customer("ann"), 3), (await desk.agent("gus"), 5)):
        await who.ask("save_push", subscription=service.browser(who.id).subscription)
        for _ in range(allowed):
            assert (await who.ask("test_push"))["delivery"]["state"] == "sent"
        if allowed == 3:
            assert (await who.refused("test_push"))["code"] == "rate_limited"
        assert len(service.of(who.id)) == allowed


async def test_who_hears_pushes_is_known_while_it_is_read_again(desk: Scene) -> None:
    gus = await desk.agent("gus")
    await gus.ask("save_push", subscription=at("push.example.com"))
    owners = desk.desk.rules.push.own.owners
    reading = asyncio.create_task(owners.read_all())
    while not reading.done():
        assert owners.has("agent", gus.id), "a line said now owes no push"
        await asyncio.sleep(0)
    owners.forget(gus.id)
    assert not owners.has("agent", gus.id)
    await owners.read_role("agent")
    assert owners.has("agent", gus.id)
