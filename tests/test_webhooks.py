"""Webhooks: what other programs are told, how they know that it comes from here, and what happens when they do not answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from server.channels.webhook import seconds_asked
from tests.support.desk import Scene
from tests.support.people import Someone
from tests.support.smtp_server import SmtpDouble
from tests.support.webhook_receiver import (
    FAILING,
    GONE,
    HALF_AN_ANSWER,
    OK,
    RESET,
    Call,
    Mode,
    WebhookReceiver,
    busy,
    slow,
)

NewDesk = Callable[..., Awaitable[Scene]]
SECRET = "the host site's secret, thirty-two characters"
OF_CHATS = ["chat_requested", "chat_opened", "message_posted", "chat_ended", "chat_rated"]


@pytest.fixture
async def desk(new_desk: NewDesk) -> Scene:
    return await new_desk(webhook_allow="127.0.0.1", outbox_retry_seconds=0.05, outbox_timeout_seconds=1)


@pytest.fixture
async def crm() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as receiver:
        yield receiver


async def made(admin: Someone, receiver: WebhookReceiver, *events: str, **more: Any) -> tuple[dict[str, Any], str]:
    """The webhook and its secret."""
    answer = await admin.ask("save_webhook", url=receiver.url, events=list(events or OF_CHATS), **more)
    return answer["webhook"], answer["secret"]


async def deliveries(admin: Someone, state: str) -> list[dict[str, Any]]:
    return list((await admin.ask("list_deliveries", state=state, channel="webhook"))["results"])


def checked(call: Call, secret: str) -> dict[str, Any]:
    """What a receiver makes of it with the library of Standard Webhooks. Raises WebhookVerificationError."""
    return dict(Webhook(secret).verify(call.body, call.headers))


async def test_a_program_hears_what_happens_in_a_chat_in_order_and_can_check_it(
    desk: Scene, crm: WebhookReceiver
) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    webhook, secret = await made(ada, crm)
    assert (webhook["enabled"], webhook["last"], webhook["calls"]) == (True, None, [])
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann, topic="Größe 和颜色 🧦")
    await gus.hears("chat_opened")
    await ann.say(chat_id, "Haben Sie Größe 42? 有42码吗 🧦")
    await gus.say(chat_id, "Yes")
    await gus.ask("end_chat", chat_id=chat_id)
    await ann.ask("rate_chat", chat_id=chat_id, score=5)
    calls = await crm.gets(6)
    told = [checked(call, secret) for call in calls]
    assert [event["type"] for event in told] == [
        "chat_requested", "chat_opened", "message_posted", "message_posted", "chat_ended", "chat_rated",
    ]  # fmt: skip
    assert {event["data"]["chat"]["id"] for event in told} == {chat_id}
    assert told[0]["data"]["chat"]["customer"]["name"] == "Ann"
    said = [event["data"]["message"] for event in told if event["type"] == "message_posted"]
    assert [(line["body"], line["sender"]["id"], line["sender"]["role"], line["via"]) for line in said] == [
        ("Haben Sie Größe 42? 有42码吗 🧦", ann.id, "customer", "socket"),
        ("Yes", gus.id, "agent", "socket"),
    ]
    assert told[-1]["data"]["chat"]["rating"]["score"] == 5
    assert len({call.id for call in calls}) == 6
    assert "Größe".encode() in calls[2].body, "it is signed as it is sent, not escaped"
    forged = Call("/hook", calls[2].headers, calls[2].body.replace(b"42", b"43"), 200)
    for call, key in ((forged, secret), (calls[2], secret[:-6] + "AAAAA=")):
        with pytest.raises(WebhookVerificationError):
            checked(call, key)


@pytest.mark.slow
async def test_whatever_goes_wrong_there_it_is_told_again_with_the_same_id(desk: Scene, crm: WebhookReceiver) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    _, secret = await made(ada, crm, "chat_requested", "message_posted")
    crm.then = [FAILING, busy("0"), RESET, HALF_AN_ANSWER, Mode(302, headers={"Location": crm.url})]
    chat_id = await desk.chat(ann)
    for number in range(3):
        await ann.say(chat_id, f"line {number}")
    calls = await crm.gets(4)
    assert [each.answered for each in crm.ledger[:5]] == [500, 429, None, None, 302]
    assert len({each.id for each in crm.ledger[:6]}) == 1, "the first one is told again, and the others wait for it"
    assert [call.event["data"].get("message", {}).get("body") for call in calls] == [None, "line 0", "line 1", "line 2"]
    assert checked(crm.ledger[0], secret)["type"] == checked(calls[0], secret)["type"] == "chat_requested"

    async def is_noted() -> Any:
        (webhook,) = (await ada.ask("list_webhooks"))["results"]
        return webhook if len(webhook["calls"]) == 9 and not webhook["failing_since"] else None

    webhook = await desk.until(is_noted)
    assert webhook["enabled"]
    assert [each["status"] for each in webhook["calls"]] == [200, 200, 200, 200, 302, None, None, 429, 500]
    assert [each["error"] for each in webhook["calls"]][4:] == [
        f"302: redirects are not followed ({crm.url})",
        "the connection broke before an answer came",
        "the connection broke before an answer came",
        "429: thanks",
        "500: the shop's own trouble",
    ]


async def test_one_that_does_not_answer_holds_up_nobody(desk: Scene, crm: WebhookReceiver) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    async with WebhookReceiver(slow(60)) as asleep:
        await made(ada, asleep, "message_posted")
        await made(ada, crm, "message_posted")
        chat_id = await desk.chat(ann)
        for number in range(20):
            await ann.say(chat_id, f"line {number}")
        await crm.gets(20)
        assert not asleep.accepted
        await desk.until(lambda: waits_for(desk, "no answer within"))
        asleep.mode = OK
        await asleep.gets(1)


async def waits_for(desk: Scene, error: str) -> bool:
    return await desk.documents.deliveries.count_documents({"state": "waiting", "error": {"$regex": error}}) > 0


async def test_a_paused_one_is_told_later_and_a_deleted_one_no_more(desk: Scene, crm: WebhookReceiver) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    webhook, _ = await made(ada, crm, "chat_requested", "message_posted")
    crm.mode = FAILING
    chat_id = await desk.chat(ann)
    await crm.is_called(1)
    saved = {"id": webhook["id"], "url": crm.url, "events": ["message_posted"]}
    assert not (await ada.ask("save_webhook", **saved, enabled=False))["webhook"]["enabled"]
    await desk.until(lambda: deliveries(ada, "held"))
    await ann.say(chat_id, "nobody is told of this")
    crm.mode = OK
    assert (await ada.ask("save_webhook", **saved, enabled=True))["webhook"]["enabled"]
    await ann.say(chat_id, "but of this")
    calls = await crm.gets(2)
    assert [call.event["type"] for call in calls] == ["chat_requested", "message_posted"]
    assert calls[1].event["data"]["message"]["body"] == "but of this"
    crm.mode = FAILING
    await ann.say(chat_id, "and this waits")
    await crm.is_called(4)
    for _ in range(2):
        assert await ada.ask("delete_webhook", id=webhook["id"]) == {}
    await desk.until(lambda: deliveries(ada, "dropped"))
    assert (await ada.ask("list_webhooks"))["count"] == 0
    for command in ("rotate_webhook", "test_webhook"):
        assert (await ada.refused(command, id=webhook["id"]))["code"] == "not_found"
    assert (await ada.refused("save_webhook", **saved))["code"] == "not_found"
    whats = [row["what"] for row in (await ada.ask("list_audit"))["results"]]
    assert [whats.count(f"webhook_{each}") for each in ("created", "changed", "deleted")] == [1, 2, 1]


async def test_what_waits_for_one_that_an_admin_drops_goes(new_desk: NewDesk, crm: WebhookReceiver) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", outbox_retry_seconds=3600)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    await made(ada, crm, "chat_requested", "message_posted")
    crm.then = [FAILING]
    await ann.say(await desk.chat(ann), "Hello")

    async def failed() -> Any:
        return [each for each in await deliveries(ada, "waiting") if each["error"] and each["kind"] == "chat_requested"]

    (first,) = await desk.until(failed)
    await ada.ask("drop_delivery", id=first["id"])
    (call,) = await crm.gets(1)
    assert call.event["data"]["message"]["body"] == "Hello"


async def test_secrets_rotate_and_both_are_good_for_a_day(desk: Scene, crm: WebhookReceiver) -> None:
    ada = await desk.admin("ada")
    webhook, first = await made(ada, crm, client_id="once")
    assert await made(ada, crm, client_id="once") == (webhook, first)
    second = (await ada.ask("rotate_webhook", id=webhook["id"]))["secret"]
    answer = await ada.ask("test_webhook", id=webhook["id"])
    assert (answer["status"], answer["answer"]) == (200, "thanks")
    assert checked(crm.ledger[0], first) == checked(crm.ledger[0], second)
    assert checked(crm.ledger[0], first)["type"] == "webhook_test"
    desk.clock.advance(hours=25)
    await ada.ask("test_webhook", id=webhook["id"])
    signatures = crm.ledger[1].headers["webhook-signature"].split(" ")
    assert len(signatures) == 1
    stamp = datetime.fromtimestamp(int(crm.ledger[1].headers["webhook-timestamp"]), UTC)
    assert Webhook(second).sign(crm.ledger[1].id, stamp, crm.ledger[1].body.decode()) == signatures[0]


async def test_a_failing_test_disables_nothing_and_410_does(
    new_desk: NewDesk, crm: WebhookReceiver, post: SmtpDouble
) -> None:
    desk = await new_desk(
        webhook_allow="127.0.0.1", outbox_timeout_seconds=1, smtp_url=post.url, mail_from="desk@shop.example"
    )
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    await desk.documents.people.update_one({"_id": ada.id}, {"$set": {"email": "ada@example.com"}})
    webhook, _ = await made(ada, crm, "chat_requested", "message_posted")
    for mode, status, answer in (
        (GONE, 410, "thanks"),
        (FAILING, 500, "the shop's own trouble"),
        (RESET, None, "the connection broke before an answer came"),
        (slow(5), None, "no answer within 0.9 s"),
    ):
        crm.mode = mode
        tried = await ada.ask("test_webhook", id=webhook["id"])
        assert (tried["status"], tried["answer"]) == (status, answer)
    assert (await ada.ask("list_webhooks"))["results"][0]["enabled"]
    crm.mode = GONE
    chat_id = await desk.chat(ann)

    async def is_disabled() -> Any:
        (found,) = (await ada.ask("list_webhooks"))["results"]
        return None if found["enabled"] else found

    assert (await desk.until(is_disabled))["disabled_because"] == "it answered 410: nobody is there any more"
    (dead,) = await desk.until(lambda: deliveries(ada, "dead"))
    assert (dead["kind"], dead["error"], dead["to"]) == ("chat_requested", "410: thanks", webhook["id"])

    mail = await post.mail()
    assert mail.to == ["ada@example.com"]
    assert crm.url in mail.text
    await ann.say(chat_id, "nobody is there")
    crm.mode = OK
    again = await ada.ask("save_webhook", id=webhook["id"], url=crm.url, events=webhook["events"], enabled=True)
    assert (again["webhook"]["disabled_because"], again["webhook"]["failing_since"]) == (None, None)
    await ada.ask("retry_delivery", id=dead["id"])
    assert (await crm.gets(1))[0].id == dead["id"]


async def test_five_days_without_a_good_answer_disable_it(desk: Scene, crm: WebhookReceiver) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    await made(ada, crm, "message_posted")
    crm.mode = FAILING
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "is anybody there?")
    await crm.is_called(1)

    async def is_enabled() -> Any:
        (found,) = (await ada.ask("list_webhooks"))["results"]
        return found["enabled"] if found["failing_since"] else None

    assert await desk.until(is_enabled)
    desk.clock.advance(days=5)
    await ann.say(chat_id, "still not?")
    await desk.desk.rules.core.signals.reconciling.emit()

    async def is_disabled() -> Any:
        return not (await is_enabled())

    await desk.until(is_disabled)
    (webhook,) = (await ada.ask("list_webhooks"))["results"]
    assert webhook["disabled_because"] == "for five days no call to it went well"


async def test_addresses_that_are_not_for_webhooks_are_refused(desk: Scene) -> None:
    ada = await desk.admin("ada")
    for url, word in (
        ("http://10.0.0.1/", "https only"),
        ("https://10.0.0.1/", "not a public address"),
        ("https://[::ffff:10.0.0.1]/", "not a public address"),
        ("http://example.com/", "https"),
        ("https://ann:secret@example.com/", "without a user name"),
        ("javascript:alert(1)", "begins with https"),
    ):
        refusal = await ada.refused("save_webhook", url=url, events=["chat_ended"])
        assert refusal["code"] == "invalid"
        assert word in refusal["fields"]["url"][0], refusal
    for wrong in ({"events": []}, {"events": ["chat_closed"]}, {"url": ""}):
        given = {"url": "https://127.0.0.1/", "events": ["notice_*"], **wrong}
        assert (await ada.refused("save_webhook", **given))["code"] == "invalid"


async def test_a_program_hears_who_a_visitor_turned_out_to_be(new_desk: NewDesk, crm: WebhookReceiver) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1", site_secret=SECRET)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    await made(ada, crm, "customer_identified", "message_left")
    await ann.ask("request_chat", leave_message=True)
    await crm.gets(1)

    async def identify(**claims: Any) -> str:
        wanted = {"sub": "42", "exp": datetime.now(UTC) + timedelta(minutes=5), **claims}
        token = jwt.encode(wanted, SECRET, "HS256")
        status, body = await desk.post("/api/auth/identify", {"identity_token": token}, token=ann.token)
        assert status == 200, body
        return str(body["user"]["id"])

    customer_id = await identify(name="Ann Lee", email="ann@example.com")
    ann.token = None  # type: ignore[assignment]  # a second visit, without a guest
    await identify(name="Ann Lee", email="ann@example.com", jti="2")
    await identify(name="Ann Lee-Smith", email="ann@example.com", jti="3")
    calls = await crm.gets(3)
    assert [call.event["type"] for call in calls] == ["message_left", "customer_identified", "customer_identified"]
    known = [call.event["data"]["customer"] for call in calls[1:]]
    assert [(each["id"], each["email"]) for each in known] == [(customer_id, "ann@example.com")] * 2
    assert known[-1]["name"] == "Ann Lee-Smith"


async def test_what_was_removed_meanwhile_is_not_told(desk: Scene, crm: WebhookReceiver) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    await made(ada, crm, "message_posted")
    crm.mode = FAILING
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "forget me")
    await crm.is_called(1)
    erased = await ada.ask("erase_customer", customer_id=ann.id, password="correct horse")
    assert erased["erased"]["deliveries"] >= 1
    assert await desk.documents.deliveries.count_documents({"about.chat_id": chat_id}) == 0


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert seconds_asked("120", now) == 120
    assert seconds_asked("Fri, 27 Nov 2026 12:01:00 GMT", now) == 60
    assert seconds_asked("Fri, 27 Nov 2026 11:00:00 GMT", now) == 0
    for nonsense in ("", "soon", "-5", "1e9", json.dumps({})):
        assert seconds_asked(nonsense, now) is None
