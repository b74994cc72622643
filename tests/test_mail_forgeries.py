"""What somebody makes up who writes to the desk's mailbox: nobody speaks in another's name, or fills another's chat."""

from __future__ import annotations

import pytest

from tests.support.mails import answer, bounce
from tests.test_mail_in import ANN, NewPost, new_post  # noqa: F401  a fixture


async def test_from_proves_nothing_but_an_answer_to_a_mail_to_that_address_does(new_post: NewPost) -> None:  # noqa: F811  that fixture
    """Mallory is mailed as a customer, then says that she is reached at Ann's address, and writes in Ann's name."""
    post = await new_post()
    thread = f"<chat.{post.chat_id}@shop.example>"  # its id is known to who served it
    await post.comes(answer("made up", ANN, "desk@shop.example", f"References: {thread}"))
    mal = await post.desk.customer("mal", email="mal@evil.example")
    chat_id = await post.desk.chat(mal, leave_message=True)
    await post.gus.ask("take_chat", chat_id=chat_id)
    await post.gus.say(chat_id, "Hello?")
    await mal.disconnect()
    mailed = await post.smtp.mail(lambda taken: taken.to == ["mal@evil.example"])
    await mal.reconnect()
    await mal.ask("leave_email", email=ANN)
    threads = f"References: {mailed.message['References']} {mailed.message['Message-ID']}"
    await post.comes(answer("I am Ann", ANN, str(mailed.message["Reply-To"]), threads))
    await post.settled("taken", 2)
    person = await post.desk.documents.people.find_one({"_id": mal.id})
    assert person
    assert (person["email"], person.get("verified_email")) == (ANN, None)
    for said, chat in (("made up", post.chat_id), ("I am Ann", chat_id)):
        (line,) = [line for line in await post.lines(chat) if line.get("via") == "email"]
        assert (line["body"], line["system"]) == (said, {"event": "mail_from_another", "address": ANN})
    # A provider has put its own Message-ID and Reply-To; the thread is left.
    await post.comes(answer("It is me", ANN, "desk@shop.example", f"References: {post.thread} <1@rewritten.example>"))
    line = await post.gus.hears("message", lambda told: told["body"] == "It is me")
    assert line["sender"]["id"] == post.ann.id


async def test_a_mail_to_the_team_that_comes_back_says_nothing_of_the_customer(new_post: NewPost) -> None:  # noqa: F811  that fixture
    """It is about Ann's chat, and went to others: an alert, and a transcript that her agent sent."""
    post = await new_post(team_email="team@shop.example")
    bob = await post.desk.customer("bob", email="bob@home.example")
    await post.desk.chat(bob, leave_message=True)
    await post.desk.until(lambda: post.desk.documents.deliveries.count_documents({"kind": "message_left"}))
    post.desk.clock.advance(minutes=2)
    post.desk.desk.sending.sender.wake()
    await post.gus.ask("send_transcript", chat_id=post.chat_id, email="boss@shop.example")
    for address in ("team@shop.example", "boss@shop.example"):
        sent = await post.smtp.mail(lambda taken, address=address: taken.to == [address])
        await post.comes(bounce(str(sent.message["Message-ID"]), address))
    await post.settled("passed", 2)
    assert await post.desk.documents.deliveries.count_documents({"state": "dead"}) == 2
    people = await post.desk.documents.people.find({"_id": {"$in": [bob.id, post.ann.id]}}).to_list(None)
    assert not [person for person in people if person.get("bounced")]
    assert not await post.desk.documents.messages.count_documents({"system.event": "mail_bounced"})


@pytest.mark.slow
async def test_forged_senders_fill_no_chat(new_post: NewPost) -> None:  # noqa: F811  that fixture
    """Twenty an hour of all of them together; Ann herself gets through."""
    post = await new_post()
    for number in range(22):
        await post.comes(answer(f"spam {number}", f"u{number}@spam.example", post.reply_to))
    await post.settled("waiting", 2)
    await post.comes(answer("It is me", ANN, post.reply_to))
    await post.settled("taken", 21)
    lines = [line for line in await post.lines() if line.get("via") == "email"]
    assert [line.get("system") is None for line in lines] == [False] * 20 + [True]
