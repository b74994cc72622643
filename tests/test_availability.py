"""GET /api/availability: what a page knows before anything is typed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from server.schemas.queue import AvailabilityAnswer
from tests.support.desk import Scene
from tests.support.hours import close, department

NewDesk = Callable[..., Awaitable[Scene]]


async def available(desk: Scene) -> list[dict[str, Any]]:
    """As it is now: what was kept is too old by then."""
    desk.clock.advance(seconds=10)
    status, body = await desk.get("/api/availability")
    assert status == 200
    assert not AvailabilityAnswer().validate(body)
    rows: list[dict[str, Any]] = body["departments"]
    return rows


async def test_a_desk_without_departments_has_one_row(desk: Scene) -> None:
    row = {
        "name": None,
        "is_open": True,
        "opens_at": None,
        "staffed": False,
        "waiting": 0,
        "usual_answer_seconds": None,
    }
    assert await available(desk) == [row]
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    await desk.chat(ann, department="whatever")
    await desk.chat(bea, leave_message=True)
    assert await available(desk) == [{**row, "waiting": 1}], "a left message does not wait in the queue"
    gus = await desk.agent("gus", max_chats=1)
    await ann.hears("chat_opened")
    assert await available(desk) == [{**row, "staffed": True}]
    await gus.ask("set_status", status="away")
    assert await available(desk) == [row]


async def test_each_department_by_itself(desk: Scene) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    tomorrow = (desk.clock.now() + timedelta(days=1)).date().isoformat()
    await department(ada, "Repairs", hours={}, special_days={tomorrow: [["09:00", "17:00"]]})
    sales = await department(ada, "Sales")
    gus = await desk.agent("gus", departments=["Sales"])
    for seconds in (4, 8, 30):
        chat_id = await desk.chat(ann, department="Sales")
        await ann.hears("chat_opened", lambda chat, chat_id=chat_id: chat["id"] == chat_id)
        desk.clock.advance(seconds=seconds)
        await gus.say(chat_id, "Good morning!")
        await gus.ask("end_chat", chat_id=chat_id)
    await gus.ask("set_status", status="online", max_chats=0)
    await desk.chat(ann, department="Sales")
    repairs, sold = await available(desk)
    assert repairs == {
        "name": "Repairs", "is_open": False, "opens_at": f"{tomorrow}T09:00:00.000Z", "staffed": False, "waiting": 0,
        "usual_answer_seconds": None,
    }  # fmt: skip
    assert 8 <= sold.pop("usual_answer_seconds") < 30, "the median of 4, 8 and 30"
    assert sold == {"name": "Sales", "is_open": True, "opens_at": None, "staffed": True, "waiting": 1}
    await close(ada, sales, "Sales")
    closed = (await available(desk))[1]
    assert (closed["is_open"], closed["opens_at"], closed["waiting"]) == (False, None, 1), "who waits still does"
    desk.clock.advance(days=31)
    assert (await available(desk))[1]["usual_answer_seconds"] is None, "what was a month ago says nothing"


async def test_it_is_public_and_may_be_kept(new_desk: NewDesk) -> None:
    site = "https://shop.example"
    desk = await new_desk(cors_origins=site)
    for origin, allowed in ((site, site), ("https://elsewhere.example", None)):
        async with desk.http.get(f"{desk.base_url}/api/availability", headers={"Origin": origin}) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "public, max-age=5"
            assert answer.headers.getall("Vary") == ["Origin"], "a cache must not give one site's answer to another"
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed


async def test_many_ask_and_the_database_is_read_once(desk: Scene) -> None:
    async def reads() -> int:
        """How often MongoDB has read the index of ended chats so far."""
        indexes = desk.documents.chats.aggregate([{"$indexStats": {}}, {"$match": {"name": "ended_at"}}])
        return sum([index["accesses"]["ops"] async for index in indexes])

    await available(desk)
    before = await reads()
    desk.clock.advance(seconds=10)
    found = await asyncio.gather(*(desk.get("/api/availability") for _ in range(50)))
    assert {status for status, _ in found} == {200}
    assert await reads() - before in (1, 2), "who came while it was read may have been read for again"


async def test_what_is_shown_is_at_most_ten_seconds_old(desk: Scene) -> None:
    assert (await available(desk))[0]["waiting"] == 0
    await desk.chat(await desk.customer("ann"))
    desk.clock.advance(seconds=5)  # and a cache may keep it for another five
    _, body = await desk.get("/api/availability")
    assert body["departments"][0]["waiting"] == 1


async def test_it_is_on_the_events_page(desk: Scene) -> None:
    _, page = await desk.get("/events")
    assert "GET /api/availability" in page
    for name in AvailabilityAnswer().fields["departments"].inner.schema.fields:
        assert f"<code>{name}</code>" in page
