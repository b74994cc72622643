"""Pushes: whose browsers hear them, what they hear, and what ends that."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.support.desk import PASSWORD, Scene
from tests.support.people import PATIENCE, Someone
from tests.support.push_service import Browser, PushService
from tests.support.role_matrix import SUBSCRIPTION

NewDesk = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as service:
        yield service


async def subscribes(someone: Someone, service: PushService, name: str, mode: str = "taken", **more: Any) -> Browser:
    browser = service.browser(name, mode)
    await someone.ask("save_push", subscription=browser.subscription, **more)
    return browser


def subscription(name: str) -> dict[str, Any]:
    """A browser's that nothing is sent to here."""
    return {**SUBSCRIPTION, "endpoint": f"https://push.example.com/{name}"}


async def stored(desk: Scene) -> set[str]:
    found = await desk.documents.push_subscriptions.find().to_list(None)
    return {each["endpoint"].rsplit("/", 1)[1] for each in found}


async def test_a_browser_is_kept_once_for_who_said_so_last_and_ends_with_its_session(desk: Scene) -> None:
    gus, ada, ann = await desk.agent("gus"), await desk.admin("ada"), await desk.customer("ann")
    for who in (gus, ada, ann):
        for _ in range(2):
            assert await who.ask("save_push", subscription=subscription(who.id), locale="zh") == {}
        assert await who.ask("drop_push", endpoint=subscription("nobody")["endpoint"]) == {}
    await ann.ask("drop_push", endpoint=subscription(gus.id)["endpoint"])
    assert await stored(desk) == {gus.id, ada.id, ann.id}, "one may drop one's own only"
    await ann.ask("save_push", subscription=subscription(gus.id))
    await gus.ask("drop_push", endpoint=subscription(gus.id)["endpoint"])
    assert await stored(desk) == {gus.id, ada.id, ann.id}, "the browser is Ann's by now"
    for number in range(11):
        await gus.ask("save_push", subscription=subscription(f"phone{number}"))
    phones = {f"phone{number}" for number in range(1, 11)}
    assert await stored(desk) == {gus.id, ada.id, ann.id, *phones}, "ten a person: the oldest went"
    assert (await desk.post("/api/auth/logout", token=gus.token))[0] == 204
    assert await stored(desk) == {gus.id, ada.id, ann.id}
    await ann.ask("drop_push", endpoint=subscription(ann.id)["endpoint"])
    assert await stored(desk) == {gus.id, ada.id}
    hal = await desk.agent("hal")
    await hal.ask("save_push", subscription=subscription(hal.id))
    await ada.ask("delete_user", id=hal.id, password=PASSWORD)
    assert await stored(desk) == {gus.id, ada.id}
    await ada.ask("erase_customer", customer_id=ann.id, password=PASSWORD)  # it is she who has Gus's browser by now
    assert await stored(desk) == {ada.id}


async def test_what_is_no_subscription_is_refused_with_what_would_pass(desk: Scene) -> None:
    ann = await desk.customer("ann")
    for wrong in (
        {"endpoint": "ftp://push.example.com/a"},
        {"endpoint": "https://somebody@push.example.com/a"},
        {"endpoint": "https://"},
        {"endpoint": "https://127.0.0.1/a"},
        {"endpoint": "https://[::ffff:10.0.0.1]/a"},
        {"endpoint": "http://1.1.1.1/a"},
        {"keys": {**SUBSCRIPTION["keys"], "p256dh": "BCVxsr7N"}},
        {"keys": {**SUBSCRIPTION["keys"], "auth": "short"}},
        {"keys": {"p256dh": SUBSCRIPTION["keys"]["p256dh"]}},
        {"expirationTime": {"$gt": 0}},
    ):
        refusal = await ann.refused("save_push", subscription={**SUBSCRIPTION, **wrong})
        assert (refusal["code"], list(refusal["fields"])) == ("invalid", ["subscription"]), wrong
    await ann.ask("save_push", subscription={**SUBSCRIPTION, "expirationTime": None})
    assert await ann.ask("set_visible", visible=False) == {}


async def test_the_key_is_made_once_and_kept_for_its_owner_alone(new_desk: NewDesk) -> None:
    desk = await new_desk()
    gus = await desk.agent("gus")
    assert await gus.ask("set_visible", visible=True, chat_id="any") == {}
    key = (await gus.hears("welcome"))["settings"]["vapid_public_key"]
    file = desk.folder / "vapid.key"
    assert (stat.S_IMODE(file.stat().st_mode), len(key)) == (0o600, 87)
    await desk.close()
    await desk.open()
    await gus.reconnect()
    assert (await gus.hears("welcome"))["settings"]["vapid_public_key"] == key
    await desk.close()
    await desk.open(vapid_private_key="q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")  # RFC 8291's example
    await gus.reconnect()
    assert (await gus.hears("welcome"))["settings"]["vapid_public_key"] == SUBSCRIPTION["keys"]["p256dh"]


async def test_who_does_not_look_hears_of_chats_and_lines(new_desk: NewDesk, service: PushService) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1")
    gus, ann, bob = await desk.agent("gus", max_chats=1), await desk.customer("ann"), await desk.customer("bob")
    await subscribes(gus, service, "phone")
    await subscribes(ann, service, "laptop", locale="zh")
    first = await desk.chat(ann, topic="A dented kettle")
    waiting = await desk.chat(bob)
    await gus.hears("chat_opened")
    for body in ("Hello?", "Is anybody", "there?"):
        await ann.say(first, body)
    await gus.say(first, "One moment")
    await gus.say(first, "Here you are")
    new = await service.hears("phone", kind="chat")
    assert (new.told["title"], new.told["body"], new.told["url"]) == (
        "New chat: Ann", "A dented kettle", f"/agent?chat={first}",
    )  # fmt: skip
    assert (new.status, new.headers["Urgency"], len(new.headers["Topic"])) == (201, "high", 32)
    assert (await service.hears("phone", kind="waiting")).told["tag"] == waiting
    together = await service.hears("phone", kind="line", body="there?")
    assert (together.told["title"], together.told["tag"]) == ("Ann (3)", first)
    assert together.headers["Topic"] == new.headers["Topic"], "a later one takes the place of the one before"
    answer = await service.hears("laptop", kind="line", body="Here you are")
    assert (answer.told["title"], answer.told["url"]) == ("Gus\uff082\uff09", "/widget")


@pytest.mark.slow
async def test_what_is_seen_or_read_is_not_pushed(new_desk: NewDesk, service: PushService) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1")
    gus, ann, ada = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("ada")
    await subscribes(gus, service, "phone")
    await subscribes(ann, service, "laptop")
    window = await ann.another()
    await gus.ask("set_visible", visible=True)
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    await gus.ask("set_visible", visible=True, chat_id=chat_id)
    await window.ask("set_visible", visible=True, chat_id=chat_id)
    await ann.say(chat_id, "You do not have to be told of this.")
    await gus.say(chat_id, "Nor do you.")

    async def dropped() -> set[tuple[str, str]]:
        found = (await ada.ask("list_deliveries", channel="push", state="dropped"))["results"]
        return {(each["to"], each["error"]) for each in found}

    async def are_seen() -> bool:
        return {(gus.id, "its reader has it open"), (ann.id, "its reader has it open")} <= await dropped()

    await desk.until(are_seen)
    await gus.ask("set_visible", visible=False)
    await window.disconnect()  # what it said goes with it
    await ann.say(chat_id, "This is read elsewhere.")
    await gus.ask("mark_read", chat_id=chat_id, seq=99)

    async def is_read() -> bool:
        return (gus.id, "it was read") in await dropped()

    await desk.until(is_read)
    assert not service.ledger
    await gus.say(chat_id, "Here is your answer.")
    assert (await service.hears("laptop", title="Gus (2)")).told["body"] == "Here is your answer."
    assert not service.of("phone")


async def test_a_browser_that_is_gone_is_forgotten_alone_and_a_busy_service_is_asked_later(
    new_desk: NewDesk, service: PushService
) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", outbox_retry_seconds=0.1)
    gus, ada, ann = await desk.agent("gus"), await desk.admin("ada"), await desk.customer("ann")
    gone, busy = service.browser("gone", "gone"), service.browser("busy", "busy")
    assert (await gus.refused("test_push"))["code"] == "not_found"
    for browser in (gone, busy, service.browser("phone")):
        await gus.ask("save_push", subscription=browser.subscription)
        tried = (await gus.ask("test_push"))["delivery"]
        assert (tried["channel"], tried["state"]) == (
            "push", {"gone": "dropped", "busy": "waiting", "phone": "sent"}[browser.name],
        )  # fmt: skip
    busy.mode = "taken"
    await service.hears("busy", kind="test")
    assert (await service.hears("phone", kind="test")).told["id"] == tried["id"]

    async def names() -> set[str]:
        found = await desk.documents.push_subscriptions.find().to_list(None)
        return {each["endpoint"] for each in found}

    assert len(await names()) == 2
    for someone in (ada, ann):
        await subscribes(someone, service, someone.id)
        assert (await someone.ask("test_push"))["delivery"]["state"] == "sent"
    await desk.close()
    await desk.open(vapid_private_key="q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
    await gus.reconnect()
    assert (await gus.ask("test_push"))["delivery"]["state"] == "dropped", "it was for the key of before"
    await subscribes(gus, service, "anew")
    assert (await gus.ask("test_push"))["delivery"]["state"] == "sent"


async def test_an_agent_whom_pushes_reach_keeps_its_seat_for_longer(new_desk: NewDesk, service: PushService) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", agent_grace_push_minutes=30, agent_grace_seconds=0.1)
    gus, hal, ann, bob = [await desk.agent(name, max_chats=1) for name in ("gus", "hal")] + [
        await desk.customer(name) for name in ("ann", "bob")
    ]  # fmt: skip
    await subscribes(gus, service, "phone")
    chats = {await desk.chat(ann), await desk.chat(bob)}
    for agent in (gus, hal):
        await agent.hears("chat_opened")
        await agent.disconnect()
    eve = await desk.agent("eve", status="away")

    async def shown() -> dict[str, Any]:
        return {each["agent"]["name"]: each for each in (await eve.ask("list_agents"))["results"]}

    async def hal_is_off() -> bool:
        return (await shown())["Hal"]["status"] == "offline"

    await desk.until(hal_is_off)
    seat = (await shown())["Gus"]
    assert (seat["status"], seat["by_push"], seat["open"], (await shown())["Hal"]["by_push"]) == (
        "online",
        True,
        1,
        False,
    )
    waiting = (await eve.ask("list_queue"))["results"]
    assert len(waiting) == 1
    kept = (chats - {waiting[0]["id"]}).pop()
    await (ann if waiting[0]["customer"]["id"] == bob.id else bob).say(kept, "Are you asleep?")
    await service.hears("phone", kind="line", body="Are you asleep?")
    await desk.close()
    await desk.open()
    await eve.reconnect()
    assert (await shown())["Gus"]["by_push"], "a restart of the desk takes nothing from it"
    await gus.reconnect()
    assert not (await shown())["Gus"]["by_push"]
    await gus.disconnect()
    assert (await desk.post("/api/auth/logout", token=gus.token))[0] == 204

    async def gus_is_off() -> bool:
        return (await shown())["Gus"]["status"] == "offline"

    await desk.until(gus_is_off)


@pytest.mark.slow
async def test_what_is_seen_at_one_process_is_not_pushed_by_another(
    new_branches: Callable[..., Awaitable[Any]], service: PushService
) -> None:
    desk = await new_branches(webhook_allow="127.0.0.1")
    gus = await desk.agent("gus", at=0)
    ann, ada = await desk.customer("ann", at=1), await desk.admin("ada", at=1)
    await subscribes(gus, service, "phone")
    chat_id = (await ann.ask("request_chat"))["chat"]["id"]
    await gus.hears("chat_opened")
    await gus.ask("set_visible", visible=True, chat_id=chat_id)

    async def dropped() -> list[str]:
        found = (await ada.ask("list_deliveries", channel="push", state="dropped"))["results"]
        return [each["error"] for each in found if each["kind"] == "push_line"]

    for number in range(1, 5):  # either process sends each
        await ann.say(chat_id, f"Line {number}")
        async with asyncio.timeout(PATIENCE):
            while len(await dropped()) < number:
                await asyncio.sleep(0.05)
    assert await dropped() == ["its reader has it open"] * 4
    assert not service.of("phone")
