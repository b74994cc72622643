"""What holds for every way out of the desk: nothing hangs, nothing is invented, nobody's fault ends the others' deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from server.schemas.outbox import CHANNELS
from store.outbox.deliveries import NewDelivery
from tests.support.desk import Scene
from tests.support.role_matrix import SUBSCRIPTION

NewDesk = Callable[..., Awaitable[Scene]]
FROM = "Kettle & Co <desk@shop.example>"
KINDS = {"socket": "notice", "webhook": "message_posted", "email": "test", "push": "push_test"}


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """A server that takes every connection, and never says a word."""
    over = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    over.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
async def desk(new_desk: NewDesk, silent_port: int) -> Scene:
    """Everybody outside is silent."""
    return await new_desk(
        smtp_url=f"smtp://127.0.0.1:{silent_port}",
        mail_from=FROM,
        webhook_allow="127.0.0.1",
        outbox_timeout_seconds=0.4,
        outbox_retry_seconds=60,
    )


def test_every_channel_is_declared(desk: Scene) -> None:
    channels = {channel.name: channel for channel in desk.desk.sending.channels}
    assert set(channels) == set(KINDS) <= set(CHANNELS)
    for channel in channels.values():
        limits = channel.limits
        assert 1 <= limits.per_destination <= limits.parallel, channel.name
        assert limits.max_age.total_seconds() > 0, channel.name


async def test_nobody_outside_is_waited_for(desk: Scene, silent_port: int) -> None:
    ada = await desk.admin("ada")
    await ada.ask("update_user", id=ada.id, email="ada@shop.example")
    hook = f"http://127.0.0.1:{silent_port}/hook"
    await ada.ask("save_webhook", url=hook, events=["message_posted"])
    endpoint = f"http://127.0.0.1:{silent_port}/push"
    await ada.ask("save_push", subscription={**SUBSCRIPTION, "endpoint": endpoint})
    await ada.ask("test_email")
    await ada.ask("test_push")
    ann = await desk.customer("ann")
    await ann.say(await desk.chat(ann), "Hello")

    async def failed() -> bool:
        found = (await ada.ask("list_deliveries", state="waiting"))["results"]
        return {each["channel"] for each in found if each["attempts"] and each["error"]} >= {"webhook", "email", "push"}

    await desk.until(failed)
    assert (await ada.ask("list_deliveries", state="sent"))["count"] == 0


async def test_what_is_about_nothing_is_not_sent_and_breaks_nothing(
    desk: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await desk.admin("ada")
    about = {"chat_id": "0" * 24}
    nobody: dict[str, Any] = {"socket": "c999999", "webhook": "f" * 24, "email": "a999999", "push": "a999999"}
    data = {"title": "x", "body": "x", "at": desk.clock.now(), "seq": 1, "subscription": "f" * 24}
    await desk.desk.outbox.outbox.add(
        [
            NewDelivery(f"{kind}:nothing", kind, name, nobody[name], f"{name}:nowhere", about=about, data=data)
            for name, kind in KINDS.items()
        ]
    )

    async def are_over() -> bool:
        found = (await ada.ask("list_deliveries"))["results"]
        return {each["channel"] for each in found if each["state"] in {"dead", "dropped", "held"}} == set(KINDS)

    await desk.until(are_over)
    assert (await ada.ask("list_deliveries", state="sent"))["count"] == 0
    assert "failed" not in caplog.text
