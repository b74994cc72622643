"""Mail of two processes of one desk, one of which is killed again and again: no line is lost, none is mailed twice."""

from __future__ import annotations

import asyncio
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.support.branches import Branches
from tests.support.people import Someone
from tests.support.smtp_server import smtp_server

CUSTOMERS, LINES = 12, 4
KILLS = (1, 6, 11)  # after so many mails


@pytest.mark.slow
async def test_every_answer_is_mailed_once_whoever_is_killed(new_branches: Callable[..., Awaitable[Branches]]) -> None:
    """A mail that the mail server took just before the kill is sent again under the same Message-ID, and that alone."""
    async with smtp_server() as post:
        desk = await new_branches(
            2,
            smtp_url=post.url,
            mail_from="desk@shop.example",
            mail_unread_minutes=0.01,
            outbox_lease_seconds=3,
            outbox_timeout_seconds=2,
            outbox_retry_seconds=0.2,
            reconcile_seconds=1,
        )
        gus = await desk.agent("gus", at=1)
        await gus.ask("set_status", status="away")
        chats = []
        for number in range(CUSTOMERS):
            body = await desk.post("/api/auth/guest", at=1, email=f"c{number}@home.example")
            await desk.database.collections.people.update_one(
                {"_id": body["user"]["id"]}, {"$set": {"verified_email": f"c{number}@home.example"}}
            )
            ann = await Someone(desk.branches[1].url, "/customer", body["token"], body["user"]).connect()
            chats.append((await ann.ask("request_chat", leave_message=True))["chat"]["id"])
            await ann.disconnect()

        async def kill() -> None:
            for count in KILLS:
                await post.mails(count)
                await desk.branches[0].end(signal.SIGKILL)
                await desk.branches[0].start()

        killing = asyncio.create_task(kill())
        for chat_id in chats:
            await gus.ask("take_chat", chat_id=chat_id)
        for number in range(LINES):
            for chat_id in chats:
                await gus.say(chat_id, f"line {number} of {chat_id}")
            await post.mails(3 * number)
        await killing
        wanted = {f"line {number} of {chat_id}" for number in range(LINES) for chat_id in chats}
        async with asyncio.timeout(60):
            while len(wanted - {line for mail in post.ledger for line in re.findall(r"line \d of \w+", mail.text)}):
                await asyncio.sleep(0.1)
            while await desk.database.collections.deliveries.count_documents({"unsettled": True}):
                await asyncio.sleep(0.1)
        mails = {str(mail.message["Message-ID"]): mail.text for mail in post.ledger}
        counted = Counter(line for text in mails.values() for line in re.findall(r"line \d of \w+", text))
        assert set(counted) == wanted
        assert max(counted.values()) == 1
        assert len(mails) <= CUSTOMERS * LINES
