"""When something is wrong: a crash inside a rule, a database that stands still, somebody who sends too much."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from store.batches.inserts import Inserted, Inserts
from store.build import Stores
from store.client import Database
from store.embedded.mongod import Mongod
from store.log.messages import MESSAGES, MessageLog
from tests.support.desk import NewStores, Scene
from tests.support.frames import Frames
from tests.support.mongods import lose_the_next_answer, standing_still
from tests.support.people import PATIENCE, Refused, Someone
from tests.support.wire import MISSING, enter, error_of

NewDesk = Callable[..., Awaitable[Scene]]

# A crash


async def damaged_chat(desk: Scene) -> tuple[Someone, str]:
    """Ann, and a chat that nobody can show any more."""
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Hello?")
    await desk.documents.messages.update_one({"chat_id": chat_id}, {"$set": {"sent_at": "yesterday"}})
    return ann, chat_id


async def test_a_crash_is_internal_and_says_no_more(desk: Scene, caplog: pytest.LogCaptureFixture) -> None:
    ann, chat_id = await damaged_chat(desk)
    error = error_of(await ann.raw_ack("sync_chat", {"chat_id": chat_id}), "internal")
    assert set(error) == {"code", "detail"}
    assert any(record.exc_info and ann.id in record.message for record in caplog.records)
    error_of(await ann.raw_ack("sync_chat", {"chat_id": MISSING}), "not_found")


async def test_debug_tells_the_exception_and_the_trace(new_desk: Callable[..., Any]) -> None:
    ann, chat_id = await damaged_chat(await new_desk(debug="true"))
    error = (await ann.raw_ack("sync_chat", {"chat_id": chat_id}))["error"]
    assert error["code"] == "internal"
    assert "AttributeError" in error["exception"]
    assert "Traceback" in error["trace"][0]


# A database that stands still


async def test_without_a_database_everything_is_unavailable_and_soon_well_again(
    own_mongod: Mongod, tmp_path: Path
) -> None:
    async with Scene(own_mongod.url, tmp_path, database_seconds=2) as desk:
        gus, ann, eve = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("eve")
        bob = await desk.customer("bob", connected=False)
        chat_id = await desk.chat(ann)
        await ann.say(chat_id, "Hello?", client_id="before")
        message = {"chat_id": chat_id, "client_id": "meanwhile", "body": "Is anybody there?"}
        with standing_still(own_mongod):
            began = time.monotonic()
            door = await Frames.open(desk.http, desk.base_url, "/customer")
            answers = await asyncio.gather(
                ann.raw_ack("send_message", message),
                gus.raw_ack("mark_read", {"chat_id": chat_id, "seq": 1}),
                eve.raw_ack("watch_desk", {}),
                door.connect({"token": bob.token}),
            )
            assert time.monotonic() - began < 3
            refusal = json.loads(answers.pop().removeprefix("4/customer,"))["data"]
            for answer in (*answers, {"ok": False, "error": refusal}):
                assert error_of(answer, "unavailable")["retry_after"] > 0
            error_of(await ann.raw_ack("nonsense"), "unknown_event")  # what needs no database is answered as ever
            await ann.ask("typing", chat_id=chat_id, on=True)
            await gus.hears("typing", lambda event: event["user_id"] == ann.id)
            gus.events.clear()
            await ann.cut()
            await gus.hears("presence", lambda event: (event["user_id"], event["status"]) == (ann.id, "offline"))

        await well_again(gus, chat_id)
        await ann.reconnect()
        again = await ann.ask("send_message", **message)
        log = (await gus.ask("sync_chat", chat_id=chat_id))["messages"]
        assert [line["body"] for line in log if line["kind"] == "text"] == ["Hello?", "Is anybody there?"]
        assert again["message"]["seq"] == log[-1]["seq"]
        assert (await door.connect({"token": bob.token})).startswith("0")


async def well_again(someone: Someone, chat_id: str) -> None:
    """Returns once the database answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await someone.ask("sync_chat", chat_id=chat_id)
                return
            except Refused as refusal:
                assert refusal.code == "unavailable"


def inserting(inserts: type[Inserts]) -> NewStores:
    """Stores whose log inserts its lines with these."""

    def stores(database: Database, key: str) -> Stores:
        return replace(Stores.of(database, key), log=MessageLog(database, inserts(database, MESSAGES)))

    return stores


async def test_a_line_that_was_stored_and_seemed_not_to_be_is_told_when_it_is_sent_again(new_desk: NewDesk) -> None:
    loses = asyncio.Event()

    class LostAnswer(Inserts):
        """The next insert is made, and its answer never comes."""

        async def insert(self, documents: list[dict[str, Any]]) -> Inserted:
            answer = await super().insert(documents)
            if loses.is_set():
                loses.clear()
                raise AutoReconnect("the connection ended")
            return answer

    desk = await new_desk(stores=inserting(LostAnswer))
    ann, gus = await desk.customer("ann"), await desk.agent("gus")
    chat_id = await desk.chat(ann)
    loses.set()
    message = {"chat_id": chat_id, "client_id": "1", "body": "Hello?"}
    assert (await ann.refused("send_message", **message))["code"] == "unavailable"
    error_of(await gus.raw_ack("nonsense"), "unknown_event")  # what was told him before has come
    assert all(line["kind"] == "system" for line in gus.heard("message"))
    await well_again(ann, chat_id)
    again = [await ann.ask("send_message", **message) for _ in range(2)]
    assert [answer["duplicate"] for answer in again] == [True, True]
    await ann.say(chat_id, "Anybody?", client_id="2")
    await gus.hears("message", lambda line: line["body"] == "Anybody?")
    assert [line["body"] for line in gus.heard("message") if line["kind"] == "text"] == ["Hello?", "Anybody?"]


async def test_lines_of_a_commit_whose_answer_was_lost_are_told_and_acked_once(
    desk: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, gus = await desk.customer("ann"), await desk.agent("gus")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Hello?")
    lose_the_next_answer(monkeypatch)
    acked = await ann.say(chat_id, "Anybody?")
    await gus.hears("message", lambda line: line["body"] == "Anybody?")
    assert (await ann.say(chat_id, "Well."))["seq"] == acked["seq"] + 1
    await gus.hears("message", lambda line: line["body"] == "Well.")
    assert [line["body"] for line in gus.heard("message") if line["kind"] == "text"] == ["Hello?", "Anybody?", "Well."]


async def test_a_command_that_had_begun_is_acked_before_the_server_goes(new_desk: NewDesk) -> None:
    reached, opened = asyncio.Event(), asyncio.Event()
    opened.set()

    class Gate(Inserts):
        """They wait until they may go on."""

        async def insert(self, documents: list[dict[str, Any]]) -> Inserted:
            reached.set()
            await opened.wait()
            return await super().insert(documents)

    async def stops() -> bool:
        return bool((await gus.raw_ack("list_queue", {})).get("error", {}).get("code") == "unavailable")

    desk = await new_desk(stores=inserting(Gate))
    ann, gus = await desk.customer("ann"), await desk.agent("gus")
    chat_id = await desk.chat(ann)
    opened.clear()
    reached.clear()
    saying = asyncio.create_task(ann.say(chat_id, "One last word."))
    await reached.wait()
    closing = asyncio.create_task(desk.close())
    await desk.until(stops)
    opened.set()
    assert (await saying)["body"] == "One last word."
    await gus.hears("server_stopping")
    told = [name for name, _ in gus.events if name != "queue_changed"]  # that is gathered for a moment
    assert told[-2:] == ["message", "server_stopping"]
    await closing
    await desk.open()


# Limits


async def test_too_many_messages_are_refused_and_resends_are_not_counted(new_desk: Callable[..., Any]) -> None:
    desk: Scene = await new_desk(rate_limits="on", rate_limit_send_message="3/60")
    ann, bob = await desk.customer("ann"), await desk.customer("bob")
    chat_id = await desk.chat(ann)
    first = await ann.say(chat_id, "one", client_id="1")
    for _ in range(5):
        assert await ann.say(chat_id, "one", client_id="1") == first
    await ann.say(chat_id, "two", client_id="2")
    await ann.say(chat_id, "three", client_id="3")
    for _ in range(3):
        error = await ann.refused("send_message", chat_id=chat_id, client_id="4", body="four")
        assert error["code"] == "rate_limited"
        assert 15 < error["retry_after"] <= 20  # one third of a minute, less what has gone by
        assert await ann.say(chat_id, "one", client_id="1") == first
    await bob.say(await desk.chat(bob), "Bob has his own limit.")
    assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["last_seq"] == 3


@pytest.mark.parametrize(
    ("namespace", "command", "payload"),
    [
        ("/customer", "request_chat", {}),
        ("/customer", "end_chat", {"chat_id": MISSING}),
        ("/agent", "end_chat", {"chat_id": MISSING}),
        ("/customer", "rate_chat", {"chat_id": MISSING, "score": 5}),
    ],
)
async def test_the_other_limits(
    new_desk: Callable[..., Any], namespace: str, command: str, payload: dict[str, Any]
) -> None:
    desk: Scene = await new_desk(rate_limits="on", **{f"rate_limit_{command}": "2/60"})
    client = await enter(desk, namespace)
    codes = [(await client.ask(command, payload)).get("error", {}).get("code") for _ in range(4)]
    assert codes[:2] != codes[2:] == ["rate_limited", "rate_limited"]
