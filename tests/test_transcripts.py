"""Transcripts: who may have one sent where, what stands in it and what never does, and what its own token opens."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape
from typing import Any

import aiohttp
import pytest

from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone
from tests.support.smtp_server import SmtpDouble, Taken
from tests.test_mail import mailing

NewDesk = Callable[..., Awaitable[Scene]]
ANN = "ann@home.example"


async def talked(desk: Scene, **person: Any) -> tuple[Someone, Someone, str]:
    """Ann, Gus and their chat, with a picture, words of a difficult kind, and a note that is not for her."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann", **person)
    chat_id = await desk.chat(ann, topic="A <dented> kettle")
    await gus.hears("chat_opened")
    await ann.say(chat_id, "it <b>leaks</b> & drips")
    form = aiohttp.FormData()
    form.add_field("file", b"where it leaks", filename="leak.txt")
    _, upload = await desk.post("/api/uploads", token=ann.token, data=form)
    await ann.ask("send_message", chat_id=chat_id, client_id="f", kind="file", upload_id=upload["id"])
    await gus.ask("add_note", chat_id=chat_id, client_id="n", body="a difficult customer")
    await gus.say(chat_id, "we send another one")
    return ann, gus, chat_id


def link(taken: Taken, path: str) -> str:
    return path_in(taken.text, path)


def path_in(text: str, path: str) -> str:
    found = re.search(rf"https?://[^/\s]+(/{path}[^\s\"]*)", text)
    assert found, text
    return unescape(found[1])


async def test_an_agent_sends_it_and_everything_stands_in_it(new_desk: NewDesk, post: SmtpDouble) -> None:
    """The hours are the customer's as far as the desk knows them, not those of the agent; another reader's are as asked."""
    desk = await mailing(new_desk, post, desk_timezone="Asia/Shanghai")
    ann, gus, chat_id = await talked(desk, email=ANN, locale="zh-CN")
    await desk.documents.people.update_one({"_id": ann.id}, {"$set": {"verified_email": ANN}})
    sent = (await gus.ask("send_transcript", chat_id=chat_id, time_zone="America/Lima"))["delivery"]
    assert (sent["kind"], sent["channel"], sent["about"]) == ("transcript", "email", {"chat_id": chat_id})
    taken = await post.mail(lambda taken: taken.to == [ANN])
    for words in (
        "it <b>leaks</b> & drips",
        "we send another one",
        "A <dented> kettle",
        "Gus 加入了对话",
        "Ann",
        "Asia/Shanghai",
    ):
        assert words in taken.text
    assert "it &lt;b&gt;leaks&lt;/b&gt; &amp; drips" in taken.html
    assert "difficult customer" not in taken.text + taken.html
    status, file = await desk.get(link(taken, "media/"))
    assert (status, file) == (200, "where it leaks")
    again = (await gus.ask("send_transcript", chat_id=chat_id))["delivery"]
    assert again["id"] == sent["id"]
    await gus.ask("send_transcript", chat_id=chat_id, email="boss@home.example", time_zone="America/Lima")
    boss = await post.mail(lambda taken: taken.to == ["boss@home.example"])
    assert ("leaks" in boss.text, "America/Lima" in boss.text) == (True, True)
    await ann.say(chat_id, "my card is 4111")
    status, page = await desk.get(link(boss, "chat"))
    assert (status, "leaks" in page, "4111" in page) == (200, True, False)
    desk.clock.advance(seconds=1)
    assert await gus.ask("end_transcript_links", chat_id=chat_id) == {}
    assert await status_of_page(desk, link(boss, "chat").partition("token=")[2]) == 410
    assert (await desk.get(link(boss, "media/")))[0] == 410
    other = await desk.customer("bob")
    bobs = await desk.chat(other)
    await gus.hears("chat_opened", lambda chat: chat["id"] == bobs)
    assert (await gus.refused("send_transcript", chat_id=bobs))["fields"]["email"]
    audit = await desk.documents.audit.find({"what": "transcript_sent"}).sort("_id", 1).to_list(None)
    assert [row["details"]["to"] for row in audit] == ["customer", "another"]
    assert ann.id


async def test_a_visitors_goes_to_its_own_address_and_says_nothing_before_that_is_verified(
    new_desk: NewDesk, post: SmtpDouble
) -> None:
    desk = await mailing(new_desk, post)
    ann, gus, chat_id = await talked(desk)
    for address in (ANN, "victim@elsewhere.example"):
        assert (await ann.refused("send_transcript", chat_id=chat_id, email=address))["fields"]["email"]
    assert await ann.ask("leave_email", email=ANN) == {}
    updated = await gus.hears("chat_updated", lambda chat: chat["customer"].get("email") == ANN)
    assert not updated["customer"]["email_state"]["verified"]
    assert (await ann.refused("send_transcript", chat_id=chat_id, email="victim@elsewhere.example"))[
        "code"
    ] == "invalid"
    await ann.ask("send_transcript", chat_id=chat_id, email=ANN.upper())
    first = await post.mail()
    assert first.to == [ANN]
    assert not [word for word in ("leaks", "dented", "Ann") if word in first.text + first.html]
    assert ("/chat" in first.text, first.message["List-Unsubscribe"] is None) == (False, False)
    _, stopping = await desk.get(link(first, "mail/stop"))
    assert "transcripts" in stopping
    _, opened = await desk.post(link(first, "mail/confirm"))
    status, page = await desk.get(path_in(opened, "chat"))
    assert (status, "it &lt;b&gt;leaks" in page, "difficult" in page) == (200, True, False)
    await gus.say(chat_id, "anything else?")
    await ann.ask("send_transcript", chat_id=chat_id, email=ANN)
    second = (await post.mails(2))[1]
    assert "leaks" in second.text
    assert "mail/confirm" not in second.text
    await ann.say(chat_id, "one more")
    await ann.ask("send_transcript", chat_id=chat_id, email=ANN)
    await ann.say(chat_id, "and more")
    over = await ann.refused("send_transcript", chat_id=chat_id, email=ANN)
    assert (over["code"], over["retry_after"] > 0) == ("rate_limited", True)
    await post.mails(3)
    stranger = await desk.customer("bob", email="bob@home.example")
    assert (await stranger.refused("send_transcript", chat_id=chat_id, email="bob@home.example"))["code"] == "not_found"


async def test_staff_download_it_and_others_do_not(desk: Scene) -> None:
    ann, gus, chat_id = await talked(desk)
    hal, ada = await desk.agent("hal", status=None), await desk.admin("ada")
    path = f"/api/chats/{chat_id}/transcript"
    for who in (gus, ada):
        status, page = await desk.get(f"{path}?time_zone=Europe/Berlin&lang=en", who.token)
        assert (status, "it &lt;b&gt;leaks" in page, "Gus joined" in page, "Europe/Berlin" in page) == (
            200,
            True,
            True,
            True,
        )
        assert "difficult" not in page
    status, text = await desk.get(f"{path}?format=text", gus.token)
    assert (status, "Ann: it <b>leaks</b> & drips" in text, "<html" in text) == (200, True, False)
    for query, who, expected in (
        ("", None, 401), ("", ann, 403), ("", hal, 404), ("?format=pdf", gus, 422), ("?time_zone=Mars/Base", gus, 422),
    ):  # fmt: skip
        assert (await desk.get(path + query, who.token if who else None))[0] == expected
    assert (await gus.refused("send_transcript", chat_id=chat_id, email=ANN))["code"] == "conflict", "no mail here"


async def status_of_page(desk: Scene, token: str) -> int:
    async with desk.http.get(f"{desk.base_url}/chat?token={token}") as response:
        assert "leaks" not in await response.text()
        return response.status


async def test_its_token_opens_that_transcript_and_nothing_else(desk: Scene) -> None:
    ann, gus, chat_id = await talked(desk)
    links, tokens, now = desk.desk.rules.people.chat_links, desk.desk.rules.core.tokens, desk.clock.now()
    good, later = links.transcript_token(ann.id, chat_id, 99), now + timedelta(days=1)
    bob = await desk.customer("bob")
    bobs = await desk.chat(bob)
    line = next(line for line in (await ann.ask("sync_chat", chat_id=chat_id))["messages"] if line["upload"])
    media = line["upload"]["url"].partition("?")[0].removeprefix(desk.base_url)
    async with desk.http.get(f"{desk.base_url}/chat?token={good}") as response:
        assert (response.status, response.headers["Referrer-Policy"]) == (200, "no-referrer")
        assert response.headers["Cache-Control"] == "no-store"
        assert "leaks" in await response.text()
    assert (await desk.get(f"{media}?token={good}"))[0] == 200
    assert (await desk.get(f"{media}?token={links.transcript_token(bob.id, bobs, 99)}"))[0] == 403
    for kind in ("chat_link", "session", "reset"):
        other = tokens.sign(kind, ann.id, "s", now, later, chat=chat_id)
        status, page = await desk.get(f"/chat?token={other}")
        assert (status, "leaks" in page) == (200, False)
        assert (await desk.get(f"{media}?token={other}"))[0] == 401
    stolen = tokens.sign("transcript", bob.id, "s", now, later, chat=chat_id)
    assert await status_of_page(desk, stolen) == 410
    assert (await desk.post("/api/uploads", token=good))[0] == 401
    ada = await desk.admin("ada")
    await ada.ask("erase_customer", customer_id=ann.id, password=PASSWORD)
    assert await status_of_page(desk, good) == 410
    assert (await desk.get(f"{media}?token={good}"))[0] == 410
    assert gus.id


async def test_an_agents_to_an_address_that_nobody_confirmed_says_nothing_either(
    new_desk: NewDesk, post: SmtpDouble
) -> None:
    """And one that failed is sent again when it is asked for again; elsewhere an agent sends so many a day."""
    desk = await mailing(new_desk, post)
    ann, gus, chat_id = await talked(desk, email=ANN)
    sent = (await gus.ask("send_transcript", chat_id=chat_id))["delivery"]
    first = await post.mail()
    assert not [word for word in ("leaks", "dented", "Ann", "/chat") if word in first.text + first.html]
    assert link(first, "mail/confirm")
    await ann.ask("send_transcript", chat_id=chat_id, email=ANN)
    await post.mails(2)
    await desk.documents.deliveries.update_one({"_id": sent["id"]}, {"$set": {"state": "dead"}})
    again = (await gus.ask("send_transcript", chat_id=chat_id))["delivery"]
    assert again["id"] != sent["id"]
    assert (await gus.ask("send_transcript", chat_id=chat_id))["delivery"]["id"] == again["id"]
    await post.mails(3)
    for number in range(20):
        await gus.ask("send_transcript", chat_id=chat_id, email=f"boss{number}@home.example")
    over = await gus.refused("send_transcript", chat_id=chat_id, email="boss@home.example")
    assert (over["code"], over["retry_after"] > 0) == ("rate_limited", True)


@pytest.mark.slow
async def test_many_visitors_mail_no_more_to_one_mailbox_than_one(new_desk: NewDesk, post: SmtpDouble) -> None:
    """What follows a plus sign is the mailbox's own; nor do many go to many mailboxes from one place."""
    desk = await mailing(new_desk, post)
    took = []
    for number in range(25):
        guest = await desk.customer(f"v{number}")
        address = f"victim+{number}@home.example" if number < 5 else f"v{number}@home.example"
        chat_id = await desk.chat(guest, leave_message=True)
        await guest.ask("leave_email", email=address)
        answer = await guest.raw_ack("send_transcript", {"chat_id": chat_id, "email": address})
        took.append("ok" if answer["ok"] else answer["error"]["code"])
    assert took == ["ok"] * 3 + ["rate_limited"] * 2 + ["ok"] * 15 + ["rate_limited"] * 5


async def test_a_long_one_is_mailed_in_part_and_its_page_is_limited(new_desk: NewDesk, post: SmtpDouble) -> None:
    """Its first and last lines and the link; what the desk says by itself has the desk's name."""
    desk = await mailing(new_desk, post, rate_limits="on", rate_limit_send_message="1000/60")
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    for number in range(40):
        await gus.say(chat_id, f"line {number}. " + "words and " * 390)
    await gus.ask("send_transcript", chat_id=chat_id, email="boss@home.example")
    taken = await post.mail()
    assert (len(taken.raw) < 300_000, "line 0." in taken.text, "line 20." in taken.text) == (True, True, False)
    assert ("line 39." in taken.text, "lines are left out here" in taken.text) == (True, True)
    path = link(taken, "chat")
    pages = [await desk.get(path) for _ in range(32)]
    assert ("line 20." in pages[0][1], pages[0][0], pages[-1][0]) == (True, 200, 429)
