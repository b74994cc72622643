"""A desk's database and files in one text file, with what the code that wrote it said of them: for tests of migrations.

`PYTHONPATH=. python -m tests.support.dumps NAME` lets people live a morning with the code that is checked out, and writes
tests/data/NAME.json. It runs at older commits too: this file is copied there.
"""

from __future__ import annotations

import asyncio
import base64
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bson import json_util

from tests.support.desk import Scene
from tests.support.hours import department
from tests.support.mongods import mongod_in
from tests.support.people import Refused, Someone
from tests.test_uploads import form, picture

FOLDER = Path(__file__).parent.parent / "data"
MORNING = datetime(2056, 5, 4, 8, tzinfo=UTC)  # so late that MongoDB's own clock lets nothing of it expire
SETTINGS = {
    "jwt_secret_key": "of a dump for the tests only, at least 32 bytes",
    "jwt_expire_days": 3650,
    "purge_after_days": 30,
    "reconcile_seconds": 0.1,
}
VOLATILE = {"server_time", "wait_seconds", "estimated_seconds", "status_since"}  # measured when they are asked for
RANGE = {"since": "2056-01-01T00:00:00Z", "until": "2057-01-01T00:00:00Z"}

TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
IN_UTC = json_util.RELAXED_JSON_OPTIONS.with_options(tz_aware=True, tzinfo=UTC)

Question = tuple[str, str, dict[str, Any], Any]  # who asks which command with what, and what was answered


def scene(mongo_url: str, folder: Path, began: datetime) -> Scene:
    """A desk at that time of its clock, with the settings of a dump."""
    desk = Scene(mongo_url, folder, **SETTINGS)
    desk.clock.advance(seconds=(began - desk.clock.now()).total_seconds())
    return desk


async def live_a_morning(desk: Scene) -> None:
    """Chats in every state that a desk knows, a chat of the winter that was purged, and what stands behind the desk."""
    ada = await desk.admin("ada")
    await department(ada, "Repairs")
    await department(ada, "Sales")
    await _be_purged(desk, await desk.agent("gus", departments=["Repairs"]))
    gus = await desk.log_in("gus", "/agent")
    await gus.ask("set_status", status="online")
    hal = await desk.agent("hal", departments=["Repairs"], max_chats=2, status="away")
    await gus.ask("save_quick_reply", client_id="q", shortcut="hi", body="Hello, what may I do?", shared=True)
    await _be_rated(desk, gus)
    await _be_transferred(desk, gus, hal)
    await _leave_messages(desk, gus)
    dee, fay = await desk.customer("dee"), await desk.customer("fay")
    await desk.chat(dee, department="Sales", topic="A quote")
    waiting = await desk.chat(fay, department="Sales")
    desk.clock.advance(seconds=75)
    await fay.ask("leave_queue", chat_id=waiting)


async def _be_purged(desk: Scene, gus: Someone) -> None:
    ida = await desk.customer("ida", email="ida@example.com")
    chat_id = await desk.chat(ida, department="Repairs", topic="A winter's secret")
    await gus.ask("end_chat", chat_id=chat_id, comment="Long ago")
    await gus.disconnect()
    desk.clock.advance(days=40)

    async def is_purged() -> bool:
        chat = await desk.documents.chats.find_one({"_id": chat_id, "purged": True})
        return bool(chat and await desk.documents.job_runs.find_one({"figures.purged": 1}))

    await desk.until(is_purged)


async def _be_rated(desk: Scene, gus: Someone) -> None:
    ann, gia = await desk.customer("ann", email="ann@example.com"), await desk.customer("gia")
    chat_id = await desk.chat(ann, department="Repairs", topic="A kettle", form={"order": "12"})
    await ann.say(chat_id, "It leaks: 水壶漏水")
    upload = (await desk.post("/api/uploads", token=ann.token, data=form(picture("PNG"), "kettle.png")))[1]
    await ann.ask("send_message", chat_id=chat_id, client_id="photo", kind="image", upload_id=upload["id"])
    desk.clock.advance(seconds=40)
    line = await gus.say(chat_id, "I see.")
    await ann.ask("mark_read", chat_id=chat_id, seq=line["seq"])
    await gus.ask("add_note", chat_id=chat_id, client_id="n", body="A new lid will do")
    await gus.ask("set_tags", chat_id=chat_id, tags=["leak", "vip"])
    await gus.ask("end_chat", chat_id=chat_id, reason="resolved", comment="Sent a lid")
    await ann.ask("rate_chat", chat_id=chat_id, score=5, comment="Lovely")
    await desk.chat(ann, department="Sales", topic="Another kettle")
    chat_id = await desk.chat(gia, department="Repairs")
    desk.clock.advance(seconds=20)
    await gus.say(chat_id, "Hello?")
    await gia.ask("end_chat", chat_id=chat_id, reason="left")
    await gia.ask("rate_chat", chat_id=chat_id, score=2)


async def _be_transferred(desk: Scene, gus: Someone, hal: Someone) -> None:
    bea = await desk.customer("bea", locale="zh")
    chat_id = await desk.chat(bea, department="Repairs", page_url="https://shop.example/lamps")
    await bea.say(chat_id, "Lamps?")
    await gus.ask("add_note", chat_id=chat_id, client_id="m", body="Hal knows lamps")
    await hal.ask("set_status", status="online")
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id)
    await hal.say(chat_id, "Lamps!")


async def _leave_messages(desk: Scene, gus: Someone) -> None:
    cem, eli, hol = [await desk.customer(name) for name in ("cem", "eli", "hol")]
    await cem.say(await desk.chat(cem, department="Sales", leave_message=True), "Do you ship to Izmir?")
    taken, ended = await desk.chat(eli, leave_message=True), await desk.chat(hol, leave_message=True)
    for chat_id in (taken, ended):
        await gus.ask("take_chat", chat_id=chat_id)
        await gus.say(chat_id, "By letter, then.")
    await gus.ask("end_chat", chat_id=ended)


async def ask_about_all(desk: Scene) -> list[Question]:
    """What everybody is told who asks, one after the other, each connected for as long as it asks."""
    asked: list[Question] = []

    async def ask(who: Someone, command: str, **given: Any) -> Any:
        try:
            answer = await who.ask(command, **given)
        except Refused as refusal:
            if refusal.code != "unknown_event":  # this version does not know it yet
                raise
            return None
        asked.append((str(who.user["name"]), command, given, answer))
        return answer

    ada = await desk.log_in("ada", "/admin")
    chats = (await ask(ada, "list_chats", page_size=100))["results"]
    for command in ("list_users", "list_departments", "list_audit", "list_job_runs"):
        await ask(ada, command)
    await ask(ada, "report", **RANGE)
    for chat in chats:
        await ask(ada, "list_notes", chat_id=chat["id"])
        await ask(ada, "watch_chat", chat_id=chat["id"])
        await ada.ask("unwatch_chat", chat_id=chat["id"])
    await ada.disconnect()
    for name in ("gus", "hal"):
        agent = await desk.log_in(name, "/agent")
        for command in ("list_quick_replies", "list_chats", "list_queue"):
            await ask(agent, command)
        await agent.disconnect()
    return asked


def plain(answer: Any, at: datetime) -> Any:
    """Without signatures and what is measured when it is asked for. What came after the dump is "later", or left out."""
    if isinstance(answer, dict):
        return {name: plain(value, at) for name, value in answer.items() if name not in VOLATILE}
    if isinstance(answer, list | tuple):
        found = [plain(value, at) for value in answer]
        return [value for value in found if not isinstance(value, dict) or value.get("at") != "later"]
    if isinstance(answer, str) and "/media/" in answer:  # whole addresses since, by BASE_URL
        return "/media/" + answer.partition("/media/")[2].partition("?")[0]
    if isinstance(answer, str) and TIME.fullmatch(answer) and datetime.fromisoformat(answer) >= at:
        return "later"
    return answer


async def dump(desk: Scene) -> dict[str, Any]:
    """Documents, indexes and files of a desk that is closed."""
    names = sorted(await desk.documents.list_collection_names())
    documents = {name: await desk.documents[name].find().sort("_id", 1).to_list(None) for name in names}
    indexes = {name: [dict(index) async for index in desk.documents[name].list_indexes()] for name in names}
    media = desk.settings.media_folder
    files = {path.relative_to(media).as_posix(): path.read_bytes() for path in media.rglob("*") if path.is_file()}
    encoded = {path: base64.b64encode(content).decode() for path, content in files.items()}
    return {"documents": documents, "indexes": indexes, "files": encoded}


async def load(dumped: dict[str, Any], documents: Any, media: Path) -> None:
    """Puts a dump into an empty database and a folder."""
    for collection, indexes in dumped["indexes"].items():
        own = [
            {key: value for key, value in index.items() if key != "v"} for index in indexes if index["name"] != "_id_"
        ]
        if own:
            await documents.command({"createIndexes": collection, "indexes": own})
    for collection, found in dumped["documents"].items():
        if found:
            await documents[collection].insert_many(found)
    for path, content in dumped["files"].items():
        (media / path).parent.mkdir(parents=True, exist_ok=True)
        (media / path).write_bytes(base64.b64decode(content))


def read(name: str) -> dict[str, Any]:
    dumped: dict[str, Any] = json_util.loads((FOLDER / f"{name}.json").read_text(), json_options=IN_UTC)
    return dumped


async def write(name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="deskwire-") as folder:
        async with mongod_in(Path(folder) / "mongo") as (mongod, _):
            desk = scene(mongod.url, Path(folder) / "desk", MORNING)
            async with desk:
                await live_a_morning(desk)
                await desk.close()
                dumped = await dump(desk)
                dumped["at"] = desk.clock.now()
                await desk.open()
                dumped["said"] = plain(await ask_about_all(desk), dumped["at"])
    text = json_util.dumps(dumped, ensure_ascii=False)
    lines = re.sub(r', (?=\{"_id"|\["[A-Z])', ",\n", text)  # about a document a line
    (FOLDER / f"{name}.json").write_text(lines + "\n")


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
