"""Mail: who is not there hears of it once, in its language, and only while it is wanted."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import jwt

from tests.support.desk import Scene
from tests.support.people import Someone
from tests.support.smtp_server import SmtpDouble, Taken

NewDesk = Callable[..., Awaitable[Scene]]
FROM = "Kettle & Co <desk@shop.example>"
SECRET = "the host site's secret, thirty-two characters"
ANN = "ann@home.example"


async def mailing(new_desk: NewDesk, post: SmtpDouble, **more: Any) -> Scene:
    return await new_desk(smtp_url=post.url, mail_from=FROM, outbox_retry_seconds=0.05, **more)


async def later(desk: Scene, **duration: float) -> None:
    """So much time passes; what is due by then is looked at. Not while a mail is being sent: its lease would be over."""
    await desk.looked()

    async def none_is_under_way() -> bool:
        return not await desk.documents.deliveries.count_documents({"state": "sending"})

    await desk.until(none_is_under_way)
    desk.clock.advance(**duration)
    await desk.looked()
    desk.desk.sending.sender.wake()


async def away(desk: Scene, someone: Someone) -> None:
    """She closes her page, and the desk has noted it."""
    await someone.disconnect()

    async def is_gone() -> bool:
        return bool(await desk.documents.chats.find_one({"customer_id": someone.id, "gone_at": {"$ne": None}}))

    await desk.until(is_gone)


def link(taken: Taken, path: str) -> str:
    """The path of a link in a mail, without the desk's address."""
    found = re.search(rf"https?://[^/\s]+(/{path}\?token=\S+)", taken.text)
    assert found, taken.text
    return found[1]


async def settled(desk: Scene, count: int, **wanted: Any) -> list[Any]:
    """Deliveries that match, once there are so many."""
    found: list[Any] = []

    async def are_there() -> bool:
        found[:] = await desk.documents.deliveries.find(wanted).sort("_id", 1).to_list(None)
        return len(found) >= count

    await desk.until(are_there)
    return found


async def test_the_answer_to_a_left_message_brings_its_customer_back(new_desk: NewDesk, post: SmtpDouble) -> None:
    """Five lines in a minute are one mail. Its address is only typed: nothing of hers stands in it until she confirms it."""
    desk = await mailing(new_desk, post, team_email="team@shop.example")
    ann = await desk.customer("ann", email=ANN, locale="zh-CN")
    chat_id = await desk.chat(ann, leave_message=True, topic="Kettle")
    await ann.say(chat_id, "my kettle leaks")
    await away(desk, ann)
    await later(desk, minutes=1)
    alert = await post.mail(lambda taken: taken.to == ["team@shop.example"])
    assert "my kettle leaks" in alert.text
    assert "my kettle leaks" in alert.html
    assert "leaks" not in str(alert.message["Subject"])
    gus = await desk.agent("gus", status="away")
    await gus.ask("take_chat", chat_id=chat_id)
    for number in range(5):
        await gus.say(chat_id, f"line {number} & <more>")
    await desk.until(lambda: desk.documents.deliveries.count_documents({"kind": "answer"}))
    await later(desk, minutes=1)
    first = await post.mail(lambda taken: taken.to == [ANN])
    assert all(f"line {number} & <more>" in first.text for number in range(5))
    assert "line 4 &amp; &lt;more&gt;" in first.html
    assert "已回复" in str(first.message["Subject"])
    assert "Kettle & Co" in first.message["From"].addresses[0].display_name
    assert "leaks" not in first.text + first.html
    assert "您可以直接回复此邮件" not in first.text, "nobody reads answers here"
    confirm = link(first, "mail/confirm")
    for _ in range(2):  # a program that scans mails looks at it
        assert (await desk.get(confirm))[0] == 200
    [shown] = (await gus.ask("list_chats"))["results"]
    assert shown["customer"]["email_state"] == {"verified": False, "bounced": False, "stopped": []}
    assert (await desk.post(confirm))[0] == 200
    told = await gus.hears("chat_updated", lambda chat: chat["customer"].get("email_state", {}).get("verified"))
    assert told["id"] == chat_id
    await gus.say(chat_id, "one more thing")
    await desk.until(lambda: desk.documents.deliveries.count_documents({"kind": "answer", "state": "waiting"}))
    await later(desk, minutes=1)
    [_, second] = await post.mails(2, lambda taken: taken.to == [ANN])
    assert "one more thing" in second.text
    assert "line 4" not in second.text
    assert "my kettle leaks" in second.text
    assert "mail/confirm" not in second.text
    assert second.message["References"] == first.message["References"]
    assert second.message["Message-ID"] != first.message["Message-ID"]
    back = Someone(desk.base_url, "/customer", link(second, "chat").partition("token=")[2], ann.user)
    await back.connect()
    assert [line["body"] for line in (await back.ask("sync_chat", chat_id=chat_id))["messages"]][-1] == "one more thing"
    await back.disconnect()


async def test_who_went_away_gets_what_it_has_not_read_and_who_is_back_does_not(
    new_desk: NewDesk, post: SmtpDouble
) -> None:
    desk = await mailing(new_desk, post, away_end_seconds=0, idle_warning_seconds=80000, idle_end_seconds=86400)
    gus, ann, ben = await desk.agent("gus"), await desk.customer("ann", email=ANN), await desk.customer("ben")
    chat_id, other = await desk.chat(ann), await desk.chat(ben)
    await ben.say(other, "I have no address")
    await ann.say(chat_id, "hello?")
    said = await gus.say(chat_id, "read by her")
    await ann.ask("mark_read", chat_id=chat_id, seq=said["seq"])
    await gus.say(chat_id, "while she was still here")
    await gus.say(other, "no address")
    for someone in (ann, ben):
        await away(desk, someone)
    await gus.say(chat_id, "when she was gone")
    await later(desk, minutes=4)
    assert not post.ledger
    await later(desk, minutes=1, seconds=1)
    mail = await post.mail()
    assert mail.to == [ANN]
    assert ("while she was still here" in mail.text, "when she was gone" in mail.text) == (True, True)
    assert "read by her" not in mail.text
    await ann.reconnect()
    await ann.ask("mark_read", chat_id=chat_id, seq=said["seq"] + 2)
    await away(desk, ann)
    await gus.say(chat_id, "she comes back in time")
    await settled(desk, 1, state="waiting")
    await ann.reconnect()
    await later(desk, minutes=6)
    await settled(desk, 1, state="dropped", error={"$regex": "back|read"})
    await away(desk, ann)
    await gus.ask("end_chat", chat_id=chat_id)
    await later(desk, minutes=6)
    [_, last] = await post.mails(2)
    assert "she comes back in time" in last.text
    assert len(post.ledger) == 2
    assert not await desk.documents.deliveries.count_documents({"about.chat_id": other})


async def test_an_address_that_comes_later_gets_what_was_answered_before(new_desk: NewDesk, post: SmtpDouble) -> None:
    """The host site vouches for the address that it names."""
    desk = await mailing(new_desk, post, site_secret=SECRET)
    gus, ann = await desk.agent("gus", status="away"), await desk.customer("ann")
    chat_id = await desk.chat(ann, leave_message=True)
    await gus.ask("take_chat", chat_id=chat_id)
    await gus.say(chat_id, "an answer to nowhere")
    await ann.ask("leave_email", email=ANN)
    await settled(desk, 1, kind="answer", state="waiting")
    await away(desk, ann)
    await later(desk, minutes=1)
    assert "an answer to nowhere" in (await post.mail()).text
    claims = {"sub": "shop-7", "email": "bea@home.example", "exp": int(desk.clock.now().timestamp()) + 3600}
    _, body = await desk.post("/api/auth/identify", {"identity_token": jwt.encode(claims, SECRET, "HS256")})
    bea = await Someone(desk.base_url, "/customer", body["token"], body["user"]).connect()
    await gus.ask("take_chat", chat_id=await desk.chat(bea, leave_message=True))
    states = [chat["customer"]["email_state"]["verified"] for chat in (await gus.ask("list_chats"))["results"]]
    assert states == [True, False]
    await bea.disconnect()


async def test_what_is_not_wanted_any_more_is_dropped_with_its_reason(new_desk: NewDesk, post: SmtpDouble) -> None:
    """Asked at the moment of sending: stopped by one click, bounced, blocked, erased."""
    desk = await mailing(new_desk, post)
    gus, ada = await desk.agent("gus", status="away"), await desk.admin("ada")

    async def answered(name: str) -> tuple[Someone, str]:
        customer = await desk.customer(name, email=f"{name}@home.example")
        chat_id = await desk.chat(customer, leave_message=True)
        await away(desk, customer)
        await gus.ask("take_chat", chat_id=chat_id)
        await gus.say(chat_id, "an answer")
        await settled(desk, 1, kind="answer", customer_id=customer.id)
        return customer, chat_id

    post.refused["bob@home.example"] = "550 5.1.1 no such user"
    (ann, ann_chat), (bob, bob_chat) = await answered("ann"), await answered("bob")
    await later(desk, minutes=1)
    stop = link(await post.mail(), "mail/stop")
    assert (await desk.get(stop))[0] == 200
    async with desk.http.post(desk.base_url + stop, data={"List-Unsubscribe": "One-Click"}) as clicked:
        assert clicked.status == 200
    [dead] = await settled(desk, 1, state="dead")
    assert (dead["to"], "no such user" in dead["error"]) == (bob.id, True)
    states = {
        chat["customer"]["id"]: chat["customer"]["email_state"] for chat in (await gus.ask("list_chats"))["results"]
    }
    assert (states[ann.id]["stopped"], states[bob.id]["bounced"]) == (["answers"], True)
    (cat, _), (dan, _) = await answered("cat"), await answered("dan")
    for chat_id in (ann_chat, bob_chat):
        await gus.say(chat_id, "another answer")
    await settled(desk, 4, kind="answer", state="waiting")
    await ada.ask("block_customer", customer_id=cat.id)
    async with desk.http.get((await ada.ask("export_customer", customer_id=dan.id))["url"]) as exported:
        found = zipfile.ZipFile(io.BytesIO(await exported.read()))
    assert [row["kind"] for row in json.loads(found.read("deliveries.json"))] == ["answer"]
    erased = await ada.ask("erase_customer", customer_id=dan.id, password="correct horse")
    assert erased["erased"]["deliveries"] == 1
    assert not await desk.documents.deliveries.count_documents({"customer_id": dan.id})
    await later(desk, minutes=1)
    dropped = {row["to"]: row["error"] for row in await settled(desk, 2, kind="answer", state="dropped")}
    assert (dropped[ann.id], dropped[cat.id]) == (
        "the customer does not want mails of this kind", "the customer is blocked",
    )  # fmt: skip
    assert "nobody is at this address" in (await settled(desk, 2, state="dead"))[1]["error"]
    assert [taken.to for taken in post.ledger] == [["ann@home.example"]]
    async with desk.http.post(desk.base_url + stop + "&resume=1") as clicked:
        assert clicked.status == 200
    for forged in ("/mail/stop?token=x", "/mail/confirm?token=" + stop.partition("token=")[2]):
        for method in ("GET", "POST"):
            async with desk.http.request(method, desk.base_url + forged) as refused:
                assert "not valid any more" in await refused.text()


async def test_three_mails_a_day_go_to_an_address_that_nobody_confirmed(new_desk: NewDesk, post: SmtpDouble) -> None:
    """Whoever types it, from however many browsers."""
    desk = await mailing(new_desk, post)
    gus = await desk.agent("gus", status="away")
    for number in range(4):
        customer = await desk.customer(f"guest{number}", email=ANN if number else ANN.upper())
        chat_id = await desk.chat(customer, leave_message=True)
        await away(desk, customer)
        await gus.ask("take_chat", chat_id=chat_id)
        await gus.say(chat_id, f"answer {number}")
    await settled(desk, 4, kind="answer")
    await later(desk, minutes=1)
    [waiting] = await settled(desk, 1, state="held")
    assert waiting["attempts"] == 0
    assert len(post.ledger) == 3
    await later(desk, days=1)
    await post.mails(4)


async def test_who_asks_for_mails_itself_leaves_one_of_the_day_for_an_answer(
    new_desk: NewDesk, post: SmtpDouble
) -> None:
    """A stranger who types Ann's address, and has transcripts sent there, does not keep the desk from answering Ann."""
    desk = await mailing(new_desk, post)
    gus, mal, ann = (
        await desk.agent("gus", status="away"), await desk.customer("mal", email=ANN), await desk.customer("ann", email=ANN),
    )  # fmt: skip
    own = await desk.chat(mal, leave_message=True)
    for number in range(3):
        await mal.say(own, f"line {number}")
        await mal.ask("send_transcript", chat_id=own, email=ANN)
    await settled(desk, 1, kind="transcript", state="held")
    chat_id = await desk.chat(ann, leave_message=True)
    await away(desk, ann)
    await gus.ask("take_chat", chat_id=chat_id)
    await gus.say(chat_id, "an answer")
    await settled(desk, 1, kind="answer")
    await later(desk, minutes=1)
    await post.mail(lambda taken: "an answer" in taken.text)
    assert len(post.ledger) == 3


async def test_staff_are_mailed_invitations_alerts_and_a_test(new_desk: NewDesk, post: SmtpDouble) -> None:
    desk = await mailing(new_desk, post)
    ada = await desk.admin("ada")
    assert (await ada.refused("test_email"))["code"] == "invalid"
    changed = await ada.ask("update_user", id=ada.id, email="ada@shop.example")
    assert changed["user"]["email"] == "ada@shop.example"
    assert (await ada.ask("update_user", id=ada.id, email=None))["user"]["email"] is None
    assert (await ada.ask("update_user", id=ada.id, name="Ada"))["user"]["email"] is None
    await ada.ask("update_user", id=ada.id, email="ada@shop.example")
    made = await ada.ask("create_agent", name="Ivy", username="ivy", email="ivy@shop.example")
    assert made["user"]["email"] == "ivy@shop.example"
    sent = (await ada.ask("test_email"))["delivery"]
    mail = await post.mail(lambda taken: taken.to == ["ada@shop.example"])
    assert "test mail" in mail.text

    async def arrived() -> bool:
        rows = (await ada.ask("list_deliveries", channel="email", state="sent"))["results"]
        return [row["id"] for row in rows] == [sent["id"]]

    await desk.until(arrived)
    invited = await ada.ask("invite_user", role="agent", email="bea@shop.example")
    mail = await post.mail(lambda taken: taken.to == ["bea@shop.example"])
    assert invited["url"].endswith(link(mail, "invite"))
    given = {"username": "bea", "name": "Bea", "password": "three green lamps"}
    token = link(mail, "invite").partition("token=")[2]
    assert (await desk.post("/api/auth/invitation", {"token": token, **given}))[0] == 201
    ann = await desk.customer("ann")
    await desk.chat(ann, leave_message=True)
    await settled(desk, 1, kind="message_left")
    await later(desk, minutes=1)
    assert "left" in str((await post.mails(2, lambda taken: taken.to == ["ada@shop.example"]))[1].message["Subject"])
    post.answer = "421 4.3.2 come back later"
    again = (await ada.ask("test_email"))["delivery"]
    await settled(desk, 1, _id=again["id"], error={"$regex": "come back later"})
    desk.clock.advance(hours=49)
    desk.desk.sending.sender.wake()
    [dead] = await settled(desk, 1, _id=again["id"], state="dead")
    assert dead["error"]
