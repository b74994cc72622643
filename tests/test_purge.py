"""Once a day old chats lose their words and names, and keep their figures."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from jobs.purge import last_occurrence
from jobs.schedule import Job, Ticker
from server.core.metrics import Metrics
from server.core.settings import load
from tests.support.desk import Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]
LONG = {"jwt_expire_days": 365, "session_max_days": 365}  # sessions of staff outlive the scene
NAMES = (
    "ann",
    "bob",
    "cat",
    "eve",
    "pia",
    "sue",
)  # kept by nothing, block, chat, a block that is over, platform, session


async def runs(ada: Someone) -> list[dict[str, object]]:
    """The purges so far that had something to do."""
    found = (await ada.ask("list_job_runs"))["results"]
    return [run for run in found if run["name"] == "purge" and any(run["figures"].values())]


async def test_old_chats_lose_their_words_once(new_desk: NewDesk) -> None:
    desk = await new_desk(purge_after_days=30, **LONG, reconcile_seconds=0.1, agent_grace_seconds=1e6)
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    ann, bea = await desk.customer("ann", email="ann@example.com"), await desk.customer("bea")
    old = await desk.chat(ann, topic="My secret", form={"order": "12"}, page_url="https://shop.example/")
    form = aiohttp.FormData()
    form.add_field("file", b"Private words", filename="letter.txt")
    status, upload = await desk.request("POST", "/api/uploads", ann.token, data=form)
    assert status == 201, upload
    file = next(desk.settings.media_folder.glob("2*/*/*/*"))
    await ann.ask("send_message", chat_id=old, client_id="f", kind="file", upload_id=upload["id"])
    await gus.ask("mark_read", chat_id=old, seq=2)
    await gus.ask("end_chat", chat_id=old, comment="Difficult")
    await ann.ask("rate_chat", chat_id=old, score=4, comment="Well, well")
    await desk.documents.people.update_one({"_id": ann.id}, {"$set": {"site_sub": "shop-7"}})
    assert (await desk.post("/api/auth/logout", token=ann.token))[0] == 204
    forgotten = await desk.chat(bea)
    desk.clock.advance(days=20)
    await bea.say(forgotten, "Still here")
    desk.clock.advance(days=11)
    await desk.until(lambda: runs(ada))
    purged = await desk.documents.chats.find_one({"_id": old})
    assert purged["purged"]
    assert (purged["topic"], purged["form"], purged["page_url"], purged["ended_comment"]) == (None,) * 4
    assert purged["rating"]["score"] == 4
    assert purged["rating"]["comment"] is None
    assert purged["last_agent_id"] == gus.id
    assert await desk.documents.messages.count_documents({"chat_id": old}) == 0
    assert await desk.documents.marks.count_documents({"chat_id": old}) == 0
    assert not file.exists()
    person = await desk.documents.people.find_one({"_id": ann.id})
    assert (person["name"], person["email"], person.get("site_sub")) == ("", None, None)
    kept = await desk.documents.chats.find_one({"_id": forgotten})
    assert kept["status"] == "open", "somebody spoke eleven days ago"
    desk.clock.advance(days=31)
    ended = await bea.hears("chat_ended", within=10)
    assert (ended["id"], ended["ended_type"]) == (forgotten, "system")

    async def twice() -> bool:
        return len(await runs(ada)) == 2

    await desk.until(twice)


async def test_two_processes_purge_once(new_desk: NewDesk) -> None:
    desk = await new_desk()
    records = desk.desk.workers.records
    now = desk.clock.now()
    due = last_occurrence(now, desk.settings)
    claims = [await records.claim("purge", due, now, now.replace(year=now.year + 1)) for _ in range(5)]
    assert claims.count(True) == 1
    await records.finish("purge", due, now)
    assert not await records.claim("purge", due, now, now)


def test_the_time_of_the_purge_is_the_desks() -> None:
    settings = load({"PURGE_AT": "02:00", "DESK_TIMEZONE": "Asia/Shanghai"})
    assert settings.purge_at == time(2)
    shanghai = ZoneInfo("Asia/Shanghai")
    before, after = datetime(2026, 5, 4, 17, 59, tzinfo=UTC), datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
    assert last_occurrence(before, settings) == datetime(2026, 5, 4, 2, tzinfo=shanghai)
    assert last_occurrence(after, settings) == datetime(2026, 5, 5, 2, tzinfo=shanghai)


async def test_nothing_is_said_in_a_purged_chat(new_desk: NewDesk) -> None:
    """Its log is empty, and closed all the same; after a restart, too."""
    desk = await new_desk(purge_after_days=1, **LONG)
    await desk.agent("gus")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.ask("end_chat", chat_id=chat_id)
    desk.clock.advance(days=2)
    await desk.desk.workers.purge.run(desk.clock.now())
    assert "rating" not in await desk.documents.chats.find_one({"_id": chat_id}), "it had none"
    await desk.close()
    await desk.open()
    await ann.reconnect()
    assert (await ann.refused("send_message", chat_id=chat_id, client_id="x", body="Hello?"))["code"] == "chat_ended"
    assert (await ann.ask("end_chat", chat_id=chat_id))["chat"]["last_seq"] == 0


async def test_nothing_is_written_beside_a_purged_chat(new_desk: NewDesk) -> None:
    """It would stay for ever: what is purged is looked at once."""
    desk = await new_desk(purge_after_days=1, **LONG)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    await ann.ask("end_chat", chat_id=chat_id)
    await gus.ask("add_note", chat_id=chat_id, client_id="1", body="Still here")
    desk.clock.advance(days=2)
    await desk.desk.workers.purge.run(desk.clock.now())
    refused: tuple[tuple[Someone, str, dict[str, Any]], ...] = (
        (gus, "add_note", {"client_id": "2", "body": "swears"}),
        (gus, "set_tags", {"tags": ["swears"]}),
        (ann, "rate_chat", {"score": 1, "comment": "They swear"}),
    )
    for someone, command, more in refused:
        assert (await someone.refused(command, chat_id=chat_id, **more))["code"] == "conflict"
    assert (await gus.ask("list_notes", chat_id=chat_id))["count"] == 0


async def test_a_customer_keeps_its_name_while_something_keeps_it(new_desk: NewDesk) -> None:
    desk = await new_desk(purge_after_days=30, **LONG)
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    people = {name: await desk.customer(name, email=f"{name}@example.com", connected=name == "cat") for name in NAMES}
    kept = await desk.chat(people["cat"])
    await gus.hears("chat_opened")
    await ada.ask("block_customer", customer_id=people["bob"].id)
    await ada.ask("block_customer", customer_id=people["eve"].id, hours=1)
    await desk.documents.people.update_one({"_id": people["pia"].id}, {"$set": {"written_by": "p1"}})
    for name in ("ann", "bob", "cat", "eve", "pia"):
        assert (await desk.post("/api/auth/logout", token=people[name].token))[0] == 204

    async def named() -> set[str]:
        await desk.desk.workers.purge.run(desk.clock.now())
        found = await desk.documents.people.find({"role": "customer", "email": {"$ne": None}}).to_list(None)
        return {person["name"].lower() for person in found}

    assert await named() == set(NAMES)
    desk.clock.advance(days=20)
    await gus.say(kept, "Still here")
    desk.clock.advance(days=11)
    assert await named() == {"bob", "cat", "pia", "sue"}
    await ada.ask("unblock_customer", customer_id=people["bob"].id)
    desk.clock.advance(days=1)
    assert await named() == {"cat", "pia", "sue"}
    desk.clock.advance(days=334)
    assert await named() == {"cat", "pia"}, "a year after her last visit; his chat has only just ended"


@pytest.mark.slow
async def test_a_stop_does_not_wait_for_a_purge_that_takes_long(caplog: pytest.LogCaptureFixture) -> None:
    began, cut_off = asyncio.Event(), asyncio.Event()

    async def purge() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut_off.set()

    ticker = Ticker([Job("purge", 0.01, purge)], Metrics())
    ticker.start()
    async with asyncio.timeout(10):
        await began.wait()
        await ticker.stop()
    assert cut_off.is_set()
    assert [record.message for record in caplog.records if "cut off" in record.message]
