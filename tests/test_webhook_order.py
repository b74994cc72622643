"""Webhooks that are changed while something waits for them, and the order in which one hears of a chat or a person."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from tests.support.desk import Scene
from tests.support.webhook_receiver import FAILING, WebhookReceiver

NewDesk = Callable[..., Awaitable[Scene]]
SECRET = "the host site's secret, thirty-two characters"


@pytest.fixture
async def shop() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as receiver:
        yield receiver


def types(shop: WebhookReceiver) -> list[str]:
    return [call.event["type"] for call in shop.accepted]


async def test_an_address_that_is_mended_hears_at_once_what_failed(new_desk: NewDesk, shop: WebhookReceiver) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", outbox_retry_seconds=3600)
    ada = await desk.admin("ada")
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        nobody = f"http://127.0.0.1:{closed_soon.getsockname()[1]}/"
    webhook = (await ada.ask("save_webhook", url=nobody, events=["chat_requested"]))["webhook"]

    async def failed(count: int) -> bool:
        return await desk.documents.deliveries.count_documents({"channel": "webhook", "attempts": 1}) == count

    for number in range(1, 6):  # the fifth failure has it left alone for an hour
        await desk.chat(await desk.customer(f"ann{number}"))
        await desk.until(lambda count=number: failed(count))
    await ada.ask("save_webhook", id=webhook["id"], url=shop.url, events=["chat_requested"])
    await shop.gets(5)
    shop.then = [FAILING]
    await desk.chat(await desk.customer("bob"))
    await desk.until(lambda: failed(1))
    await ada.ask("save_webhook", id=webhook["id"], url=shop.url, events=["chat_requested"], enabled=True)
    await shop.gets(6)


async def test_a_message_left_later_is_told_after_the_lines_before_it(new_desk: NewDesk, shop: WebhookReceiver) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", outbox_retry_seconds=0.5)
    ada, ann, bob = await desk.admin("ada"), await desk.customer("ann"), await desk.customer("bob")
    await ada.ask("save_webhook", url=shop.url, events=["message_left", "message_posted"])
    chat_id = await desk.chat(ann)
    shop.then = [FAILING]
    await ann.say(chat_id, "one")
    await shop.is_called(1)
    await ann.ask("request_chat", leave_message=True)
    await ann.say(chat_id, "two")
    await shop.gets(3)
    assert types(shop) == ["message_posted", "message_left", "message_posted"]
    shop.then = [FAILING]
    left = await desk.chat(bob, leave_message=True)
    await shop.is_called(5)
    await bob.say(left, "My kettle leaks")
    await shop.gets(5)
    assert types(shop)[3:] == ["message_left", "message_posted"], "left from the beginning: nothing was before it"


async def test_what_becomes_known_of_a_person_is_told_one_after_the_other(
    new_desk: NewDesk, shop: WebhookReceiver
) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", outbox_retry_seconds=0.5, site_secret=SECRET)
    ada = await desk.admin("ada")
    await ada.ask("save_webhook", url=shop.url, events=["customer_identified"])
    shop.then = [FAILING]
    for number in range(3):
        claims = {
            "sub": "42",
            "jti": str(number),
            "name": f"Ann {number}",
            "exp": datetime.now(UTC) + timedelta(minutes=5),
        }
        status, _ = await desk.post("/api/auth/identify", {"identity_token": jwt.encode(claims, SECRET, "HS256")})
        assert status == 200
        await shop.is_called(1)
    calls = await shop.gets(3)

    ranks = await desk.documents.deliveries.distinct("rank", {"channel": "webhook"})
    assert len(ranks) == 3, "also where another process hands them over"
    assert [call.event["timestamp"] for call in calls] == sorted(call.event["timestamp"] for call in calls)
    assert [each.id for each in shop.ledger[:2]] == [calls[0].id] * 2, "the others wait for the first"
