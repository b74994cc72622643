"""Answers by mail: Ann left a message, Gus answers by mail, she answers that, and whatever else comes into the box."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.commands.doctor import examine
from tests.support.desk import Scene
from tests.support.imap_server import ImapServer
from tests.support.mails import PNG, answer, bounce, mail, multipart, part, text
from tests.support.people import Someone
from tests.support.smtp_server import SmtpDouble, smtp_server

NewDesk = Callable[..., Awaitable[Scene]]
FROM = "Kettle & Co <desk@shop.example>"
ANN = "ann@home.example"


@dataclass
class Post:
    """A desk with both its mail servers. What the first mail to Ann says: `reply_to`, the sealed address of her chat,
    its `message_id`, and the `thread` that it refers to.
    """

    desk: Scene
    box: ImapServer
    smtp: SmtpDouble
    ann: Someone
    gus: Someone
    chat_id: str
    reply_to: str
    message_id: str
    thread: str

    async def comes(self, raw: bytes) -> None:
        await self.box.put(raw)

    async def settled(self, state: str, count: int = 1) -> list[dict[str, Any]]:
        """The mails of this state, once there are so many."""
        found: list[dict[str, Any]] = []

        async def are_there() -> bool:
            found[:] = await self.desk.documents.incoming_mails.find({"state": state}).to_list(None)
            return len(found) >= count

        await self.desk.until(are_there)
        return found

    async def lines(self, chat_id: str | None = None) -> list[dict[str, Any]]:
        found = (
            await self.desk.documents.messages.find({"chat_id": chat_id or self.chat_id}).sort("seq", 1).to_list(None)
        )
        return list(found)


@pytest.fixture
async def new_post(new_desk: NewDesk) -> AsyncIterator[Callable[..., Awaitable[Post]]]:
    """`await new_post()`: Ann has left a message and is gone, Gus has it and has answered, and the mail is out."""
    async with smtp_server() as smtp, ImapServer() as box:

        async def make(**settings: Any) -> Post:
            desk = await new_desk(
                smtp_url=smtp.url, mail_from=FROM, imap_url=box.url, outbox_retry_seconds=0.05, mail_unread_minutes=0.001,
                **settings,
            )  # fmt: skip
            await box.until_asked("IDLE")  # what was in the box before is none of the desk's
            gus = await desk.agent("gus", status="away")
            ann = await desk.customer("ann", email=ANN)
            chat_id = await desk.chat(ann, leave_message=True)
            await ann.say(chat_id, "My kettle leaks")
            await ann.disconnect()
            await gus.ask("take_chat", chat_id=chat_id)
            await gus.say(chat_id, "Where does it leak?")
            sent = await smtp.mail(lambda taken: taken.to == [ANN])

            async def is_settled() -> Any:
                return await desk.documents.deliveries.find_one({"channel": "email", "state": "sent"})

            await desk.until(is_settled)
            said = [str(sent.message[name]) for name in ("Reply-To", "Message-ID", "References")]
            return Post(desk, box, smtp, ann, gus, chat_id, *said)

        yield make


NewPost = Callable[..., Awaitable[Post]]


async def test_an_answer_by_mail_is_a_line_of_the_chat(new_post: NewPost) -> None:
    post = await new_post()
    assert re.fullmatch(r"desk\+[a-z2-7]{36}@shop\.example", post.reply_to)
    raw = answer(
        "At the lid.\r\n\r\nOn Fri, Kettle & Co <d@shop.example> wrote:\r\n> Where does it leak?\r\n",
        ANN,
        post.reply_to,
    )
    await post.comes(raw)
    line = await post.gus.hears("message", lambda told: told["via"] == "email")
    assert (line["body"], line["sender"]["id"], line["kind"]) == ("At the lid.", post.ann.id, "text")
    chat = (await post.gus.ask("sync_chat", chat_id=post.chat_id))["chat"]
    assert (chat["offline"], chat["unread"]) == (True, 2), "who writes a mail is not there to be talked to"
    person = await post.desk.documents.people.find_one({"_id": post.ann.id})
    assert person and person["verified_email"] == ANN, "she reads what goes there"
    whole = (await post.gus.ask("show_mail", chat_id=post.chat_id, seq=line["seq"]))["upload"]
    assert (await post.desk.get(whole["url"].removeprefix(post.desk.base_url)))[1].encode() == raw.replace(
        b"\r\n", b"\r\n"
    )
    ada = await post.desk.admin("ada")
    assert (await ada.ask("show_mail", chat_id=post.chat_id, seq=line["seq"]))["upload"]["id"] == whole["id"]
    assert (await post.gus.refused("show_mail", chat_id=post.chat_id, seq=1))["code"] == "not_found"


async def test_a_mail_comes_in_once_whatever_happens_to_the_box(new_post: NewPost) -> None:
    post = await new_post()
    raw = answer("At the lid", ANN, post.reply_to)
    await post.comes(raw)
    await post.comes(raw)  # as a second copy, of a list
    await post.settled("taken")
    post.box.drops = ["UID FETCH", "UID SEARCH", "IDLE"]
    await post.comes(answer("and at the handle", ANN, post.reply_to))
    await post.settled("taken", 2)
    await post.box.renumber()
    await post.comes(answer("third", ANN, post.reply_to))
    await post.settled("taken", 3)
    await post.desk.close()
    await post.desk.open()
    await post.comes(answer("fourth", ANN, post.reply_to))
    await post.settled("taken", 4)
    # A process that died between the lines and the note that they are there does it again.
    await post.desk.documents.incoming_mails.update_many(
        {}, {"$set": {"state": "waiting", "next_at": post.desk.clock.now()}}
    )
    await post.comes(answer("fifth", ANN, post.reply_to))
    await post.settled("taken", 5)
    said = [line["body"] for line in await post.lines() if line.get("via") == "email"]
    assert said == ["At the lid", "and at the handle", "third", "fourth", "fifth"]


async def test_one_process_reads_the_box_and_another_takes_over_when_it_dies(new_post: NewPost) -> None:
    post = await new_post(outbox_timeout_seconds=0.4, outbox_lease_seconds=0.5)
    await post.desk.close()
    held = post.desk.clock.now() + timedelta(hours=1)
    await post.desk.documents.mail_boxes.update_one({}, {"$set": {"holder": "another", "until": held}})
    asked = len(post.box.ledger)
    await post.desk.open()
    await post.comes(answer("At the lid", ANN, post.reply_to))
    await post.desk.looked()
    assert len(post.box.ledger) == asked, "nobody else is there while one reads"
    post.desk.clock.advance(hours=2)
    await post.settled("taken")
    (box,) = await post.desk.documents.mail_boxes.find({}).to_list(None)
    assert box["holder"] != "another"


async def test_an_ended_chat_is_continued_and_the_mails_are_known_after_its_purge(new_post: NewPost) -> None:
    post = await new_post(purge_after_days=1, reconcile_seconds=0.2)
    first = answer("At the lid", ANN, post.reply_to)
    await post.comes(first)
    await post.settled("taken")
    await post.gus.ask("end_chat", chat_id=post.chat_id)
    await post.comes(answer("It leaks again", ANN, post.reply_to))
    known = next(mail for mail in await post.settled("taken", 2) if mail["chat_id"] != post.chat_id)
    new = (await post.gus.ask("list_queue"))["results"][0]
    assert (new["id"], new["continues"], new["offline"], new["customer"]["id"]) == (
        known["chat_id"], post.chat_id, True, post.ann.id,
    )  # fmt: skip
    await post.comes(answer("a second mail", ANN, post.reply_to))
    assert {mail["chat_id"] for mail in await post.settled("taken", 3)} == {post.chat_id, new["id"]}
    said = [line["body"] for line in await post.lines(new["id"]) if line.get("via") == "email"]
    assert said == ["It leaks again", "a second mail"]
    post.desk.clock.advance(days=3)

    async def is_purged() -> Any:
        return await post.desk.documents.chats.find_one({"_id": post.chat_id, "purged": True})

    await post.desk.until(is_purged)
    await post.comes(first)
    await post.comes(answer("a third mail", ANN, post.reply_to))
    assert len(await post.settled("taken", 4)) == 4
    said = [line["body"] async for line in post.desk.documents.messages.find({"via": "email"}).sort("sent_at", 1)]
    assert "At the lid" not in said, "what was purged does not come in again"


async def test_others_are_shown_as_others_and_nobody_becomes_a_receiver(new_post: NewPost) -> None:
    post = await new_post()
    bob = "Bob <bob@else.example>"
    await post.comes(answer("I am her lawyer", bob, post.reply_to, f"Cc: {ANN}, eve@evil.example"))
    line = await post.gus.hears("message", lambda told: (told["system"] or {}).get("event") == "mail_from_another")
    assert (line["system"]["address"], line["body"], line["sender"]) == ("bob@else.example", "I am her lawyer", None)
    assert (await post.gus.hears("notice"))["kind"] == "mail_another"
    for raw in (
        answer("guessed", bob, "desk@shop.example", f"References: <chat.{post.chat_id}@shop.example>"),  # not sealed
        answer("Re", ANN, "desk@shop.example", f"Subject: Re: {post.chat_id}"),  # only a subject
        answer("made up", ANN, post.reply_to.replace("+", "+a", 1)),
        answer("own", FROM, post.reply_to),
        answer("own", ANN, post.reply_to, message_id=post.message_id),
        answer("away", ANN, post.reply_to, "Auto-Submitted: auto-replied"),
    ):
        await post.comes(raw)
    await post.settled("passed", 6)
    await post.comes(answer("by reference", ANN, "desk@shop.example", f"In-Reply-To: {post.message_id}"))
    await post.settled("taken", 2)
    said = [line["body"] for line in await post.lines() if line.get("via") == "email" and line["kind"] == "text"]
    assert said == ["by reference"]
    addresses = {person.get("email") for person in await post.desk.documents.people.find({}).to_list(None)}
    assert addresses == {None, ANN}
    assert {address for taken in post.smtp.ledger for address in taken.to} == {ANN}


async def test_files_are_uploads_and_what_is_left_out_is_said(new_post: NewPost) -> None:
    post = await new_post(max_file_size=1000)
    logo = part("image/png", PNG, "Content-ID: <logo>", 'Content-Disposition: inline; filename="logo.png"')
    for words in ("See the pictures", "and once more"):
        files = [logo, part("text/plain", b"the plan", 'Content-Disposition: attachment; filename="plan.txt"')]
        files += [
            part("application/pdf", b"%PDF-1.4" + b"x" * 2000, 'Content-Disposition: attachment; filename="film.pdf"')
        ]
        await post.comes(mail(multipart("mixed", [text(words), *files]), ANN, post.reply_to))
    await post.settled("taken", 2)
    shown = [(line["kind"], (line.get("upload") or {}).get("name")) for line in await post.lines() if line.get("via")]
    assert shown == [
        ("text", None), ("image", "logo.png"), ("file", "plan.txt"), ("system", None),
        ("text", None), ("file", "plan.txt"), ("system", None),
    ]  # fmt: skip
    left = next(
        line["system"] for line in await post.lines() if (line.get("system") or {}).get("event") == "mail_left_out"
    )
    assert left["files"] == ["film.pdf (1 KB)"]
    told = await post.smtp.mail(lambda taken: "has not got all" in str(taken.message["Subject"]))
    assert (told.to, "film.pdf (1 KB)" in told.text) == ([ANN], True)
    await post.desk.looked()
    assert await post.desk.documents.deliveries.count_documents({"kind": "left_out"}) == 1, "once a day, whatever comes"


async def test_a_bad_mail_stops_nobody_and_is_kept(new_post: NewPost, tmp_path: Path) -> None:
    post = await new_post()
    bad = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3000))
    await post.comes(bad)
    await post.comes(answer("I am fine", ANN, post.reply_to))
    await post.settled("taken")

    async def is_kept() -> list[Any]:
        return list((tmp_path / "mail" / "failed").glob("*.eml"))

    (kept,) = await post.desk.until(is_kept)
    assert kept.read_bytes() == bad
    assert kept.stat().st_mode & 0o777 == 0o600
    (failed,) = await post.settled("failed")
    assert (failed["tries"], failed["_id"] == kept.stem) == (3, True)
    findings = {finding.what: finding for finding in await examine(post.desk.settings, post.desk.database)}
    assert (findings["mail"].well, kept.name in findings["mail"].detail) == (False, True), "an admin is told"


async def test_a_late_bounce_marks_the_delivery_and_tells_the_agent(new_post: NewPost) -> None:
    post = await new_post()
    delivery = await post.desk.documents.deliveries.find_one({"channel": "email"})
    assert delivery
    came_back = post.message_id
    await post.comes(bounce(f"<delivery.{delivery['_id']}@shop.example>", ANN))  # made up
    await post.comes(bounce(came_back, "ann@elsewhere.example"))  # it was passed on from hers
    await post.settled("passed", 2)
    assert not await post.desk.documents.messages.count_documents({"system.event": "mail_bounced"})
    await post.comes(bounce(came_back, ANN, action="delayed", status="4.4.1"))
    await post.comes(bounce(came_back, ANN))
    line = await post.gus.hears("message", lambda told: (told["system"] or {}).get("event") == "mail_bounced")
    assert line["system"]["address"] == ANN
    notice = await post.gus.hears("notice")
    assert (notice["kind"], ANN in notice["body"]) == ("mail_bounced", True)
    await post.settled("passed", 4)
    marked = await post.desk.documents.deliveries.find_one({"_id": delivery["_id"]})
    assert marked and (marked["state"], "nobody of this name" in marked["error"]) == ("dead", True)
    person = await post.desk.documents.people.find_one({"_id": post.ann.id})
    assert person and person["bounced"]["email"] == ANN


async def test_at_most_twenty_an_hour_of_an_address(new_post: NewPost) -> None:
    post = await new_post()
    for number in range(22):
        await post.comes(answer(f"number {number}", ANN, post.reply_to))
    waiting = await post.settled("waiting", 2)
    assert len(waiting) == 2
    assert len(await post.settled("taken", 20)) == 20
    post.desk.clock.advance(hours=2)
    await post.box.put(b"From: nobody\r\n\r\nwakes the reader")
    await post.settled("taken", 22)


async def test_a_blocked_customer_says_nothing_by_mail_either_and_an_erasure_reaches_the_box(
    new_post: NewPost, tmp_path: Path
) -> None:
    post = await new_post()
    await post.comes(answer("At the lid", ANN, post.reply_to))
    await post.settled("taken")
    (whole,) = (tmp_path / "media").rglob("*.eml")
    assert whole.stat().st_mode & 0o777 == 0o600
    await post.gus.ask("block_customer", customer_id=post.ann.id)
    await post.comes(answer("and another thing", ANN, post.reply_to))
    (passed,) = await post.settled("passed")
    assert "blocked" in passed["why"]
    ada = await post.desk.admin("ada")
    erased = (await ada.ask("erase_customer", customer_id=post.ann.id, password="correct horse"))["erased"]
    assert erased["incoming_mails"] >= 1
    await post.box.put(b"From: nobody\r\n\r\nwakes the reader")

    async def is_gone() -> bool:
        return not any(b"At the lid" in mail.raw or b"QXQgdGhlIGxpZA" in mail.raw for mail in post.box.mails)

    await post.desk.until(is_gone)
    left = await post.desk.documents.incoming_mails.find({"customer_id": post.ann.id}).to_list(None)
    assert not left
    assert not list((tmp_path / "media").rglob("*.eml"))


@pytest.mark.slow
async def test_mails_come_in_once_while_the_processes_that_read_them_are_killed(
    new_branches: Callable[..., Any],
) -> None:
    async with smtp_server() as smtp, ImapServer() as box:
        desk = await new_branches(
            2, smtp_url=smtp.url, mail_from=FROM, imap_url=box.url, mail_unread_minutes=0.001,
            outbox_retry_seconds=0.1, outbox_timeout_seconds=0.5, outbox_lease_seconds=1,
        )  # fmt: skip
        await box.until_asked("IDLE")
        assert box.connections == 1, "one of them reads it"
        body = await desk.post("/api/auth/guest", 0, name="Ann", email=ANN)
        ann = Someone(desk.branches[0].url, "/customer", body["token"], body["user"])
        await ann.connect()
        chat_id = (await ann.ask("request_chat", leave_message=True))["chat"]["id"]
        await ann.disconnect()
        gus = await desk.agent("gus", at=1)
        await gus.ask("take_chat", chat_id=chat_id)
        await gus.say(chat_id, "Where does it leak?")
        reply_to = str((await smtp.mail(lambda taken: taken.to == [ANN])).message["Reply-To"])
        said = [f"number {number}" for number in range(16)]
        mails = desk.database.collections.incoming_mails

        async def are_taken(count: int) -> None:
            async with asyncio.timeout(60):
                while await mails.count_documents({"state": "taken"}) < count:
                    await asyncio.sleep(0.05)

        for number, words in enumerate(said):
            await box.put(answer(words, ANN, reply_to))
            if number in {5, 11}:  # in the midst of it
                await are_taken(number - 3)
                victim = desk.branches[number % 2]
                await victim.end(signal.SIGKILL)
                await victim.start()
        await are_taken(len(said))
        lines = [line["body"] async for line in desk.database.collections.messages.find({"via": "email"})]
        assert sorted(lines) == sorted(said)
