"""A customer is erased: nothing of it is left in the database, on the disk or in the logs, and the figures stay."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from PIL import Image
from pymongo.errors import AutoReconnect
from socketio.exceptions import SocketIOError

from bench.support.starting import ROOT
from store.build import Stores
from store.client import Database
from store.customer_data import Subject
from store.customer_documents import CustomerDocuments
from tests.support.branches import Branches
from tests.support.desk import PASSWORD, Scene
from tests.support.people import PATIENCE, Someone

NewDesk = Callable[..., Awaitable[Scene]]
WEAKENED = ROOT / "tests/support/weakened.py"
SECRET = "the host site's secret, thirty-two characters"
WORD = "zanzibarquokka"  # stands in everything that the customer does, and that is said of it


async def erase(ada: Someone, customer_id: str) -> dict[str, int]:
    erased: dict[str, int] = (await ada.ask("erase_customer", customer_id=customer_id, password=PASSWORD))["erased"]
    return erased


async def send(desk: Branches, someone: Someone, at: int, chat_id: str, name: str, content: bytes) -> None:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name)
    headers = {"Authorization": f"Bearer {someone.token}"}
    async with desk.http.post(desk.branches[at].url + "/api/uploads", data=form, headers=headers) as response:
        assert response.status == 201, await response.text()
        upload = await response.json()
    await someone.ask("send_message", chat_id=chat_id, client_id=name, kind="file", upload_id=upload["id"])


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (900, 600), "green").save(made, "PNG")
    return made.getvalue()


async def live(desk: Branches, gus: Someone, eve: Someone) -> tuple[Someone, str]:
    """Ann's first chat as a guest, with everything that can be in one; then the site says who she is."""
    guest = {"name": f"Ann {WORD}", "email": f"{WORD}@example.com", "locale": "en"}
    body = await desk.post("/api/auth/guest", 0, **guest)
    ann = await desk.window(Someone(desk.branches[0].url, "/customer", body["token"], body["user"]), 0)
    wishes = {"topic": f"My {WORD}", "form": {"order": WORD}, "page_url": f"https://shop.example/{WORD}"}
    chat_id = (await ann.ask("request_chat", **wishes))["chat"]["id"]
    await gus.hears("chat_opened")
    await ann.ask("typing", chat_id=chat_id, on=True)
    await ann.ask("send_message", chat_id=chat_id, client_id=WORD, body=f"the {WORD} is dented")
    await gus.ask("send_message", chat_id=chat_id, client_id="1", body=f"Dear {WORD}")
    await ann.ask("mark_read", chat_id=chat_id, seq=3)
    await send(desk, ann, 0, chat_id, f"{WORD}.txt", WORD.encode())
    await send(desk, ann, 0, chat_id, f"{WORD}.png", picture())
    await send(desk, gus, 1, chat_id, f"for {WORD}.txt", WORD.encode())
    await gus.ask("add_note", chat_id=chat_id, client_id="1", body=f"swears about her {WORD}")
    await gus.ask("set_tags", chat_id=chat_id, tags=[WORD])
    await eve.ask("set_status", status="online")
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=eve.id, note=f"knows {WORD}s")
    await eve.ask("end_chat", chat_id=chat_id, comment=f"no {WORD} left")
    await ann.ask("rate_chat", chat_id=chat_id, score=2, comment=f"where is my {WORD}?")
    for command in ("send_message", WORD):
        assert not (await ann.raw_ack(command, {"chat_id": chat_id, "body": WORD, WORD: WORD}))["ok"]
    claims = {"sub": f"{WORD}-1", "name": f"Ann {WORD}", "email": f"{WORD}@example.com", "avatar": f"https://a/{WORD}"}
    claims["exp"] = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())  # type: ignore[assignment]
    known = await desk.post(
        "/api/auth/identify", 0, body["token"], identity_token=jwt.encode(claims, SECRET, algorithm="HS256")
    )
    return await desk.window(Someone(desk.branches[0].url, "/customer", known["token"], known["user"]), 0), chat_id


async def go_on(ann: Someone, gus: Someone, before: str) -> str:
    """What comes after: a message that she leaves, a chat that goes on from there, and a block."""
    left = (await ann.ask("request_chat", leave_message=True, topic=f"call {WORD}"))["chat"]["id"]
    await ann.ask("send_message", chat_id=left, client_id="left", body=WORD)
    await ann.ask("end_chat", chat_id=left)
    chat_id = (await ann.ask("request_chat", continues=before, topic=WORD))["chat"]["id"]
    await ann.ask("send_message", chat_id=chat_id, client_id="on", body=WORD)
    await gus.ask("block_customer", customer_id=ann.id, hours=1, reason=f"throws {WORD}s")
    await gus.ask("unblock_customer", customer_id=ann.id)
    async with asyncio.timeout(PATIENCE):
        while not (ack := await ann.raw_ack("request_chat", {"topic": WORD}))["ok"]:
            await asyncio.sleep(0.01)  # her process has not heard of it yet
    return str(ack["data"]["chat"]["id"])


def on_disk(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


async def in_database(database: Database) -> dict[str, list[Any]]:
    """Every document in which the word stands, wherever."""
    names = await database.collections.list_collection_names()
    found = {name: await database.collections[name].find().to_list(None) for name in names}
    return {
        name: with_it for name, each in found.items() if (with_it := [one for one in each if WORD in repr(one).lower()])
    }


@pytest.mark.slow
async def test_nothing_is_left_of_a_customer_who_has_touched_everything(
    new_branches: Callable[..., Awaitable[Branches]], tmp_path: Path
) -> None:
    desk = await new_branches(2, site_secret=SECRET, reconcile_seconds=0.5)
    gus, eve = await desk.agent("gus", at=1), await desk.agent("eve", at=1)
    await eve.ask("set_status", status="away")
    ada = await desk.admin("ada", at=0)
    ann, first = await live(desk, gus, eve)
    await eve.ask("set_status", status="away")
    last = await go_on(ann, gus, first)
    media = [path for path in on_disk(tmp_path / "data" / "media") if path.stat().st_size]
    assert len(media) >= 3
    before = await in_database(desk.database)
    assert {"people", "chats", "messages", "notes", "uploads", "blocks"} <= before.keys()
    assert len(before["people"]) == 2, "the guest, and who it turned out to be"
    since = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    figures = (await ada.ask("report", **since))["figures"]
    erased = await erase(ada, ann.id)
    assert {"people", "chats", "messages", "notes", "uploads", "marks", "blocks", "files"} <= erased.keys()
    assert (erased["people"], erased["chats"], erased["files"]) == (2, 4, len(media))
    ended = await gus.hears("chat_ended", lambda chat: chat["id"] == last)
    assert (ended["ended_type"], ended["ended_by"], ended["ended_reason"]) == ("system", ada.id, "other")
    await gus.hears("chat_updated", lambda chat: chat["id"] == last and chat["customer"]["name"] == "")
    await ann.hears("session_expired")
    assert await in_database(desk.database) == {}
    assert not on_disk(tmp_path / "data" / "media")
    for path in on_disk(tmp_path):
        assert WORD not in path.name
        assert WORD.encode() not in path.read_bytes(), path
    assert not [branch.log for branch in desk.branches if WORD in branch.log]
    assert (await gus.ask("sync_chat", chat_id=last))["messages"] == []
    after = (await ada.ask("report", **since))["figures"]
    assert after["chats"] == figures["chats"] + 1, "the one that was open"
    for name in ("left_messages", "ratings", "first_response"):
        assert after[name] == figures[name], name
    assert after["handling"]["count"] == figures["handling"]["count"] + 1
    assert await erase(ada, ann.id) == {"files": 0}
    assert [row["what"] for row in (await ada.ask("list_audit"))["results"]].count("customer_erased") == 1


async def test_a_wrong_password_erases_nothing(desk: Scene) -> None:
    ann, ada = await desk.customer("ann", email="ann@example.com"), await desk.admin("ada")
    error = await ada.refused("erase_customer", customer_id=ann.id, password="not hers")
    assert (error["code"], list(error["fields"])) == ("invalid", ["password"])
    assert (await desk.documents.people.find_one({"_id": ann.id}))["email"] == "ann@example.com"
    for unknown in ("c999", ada.id):
        error = await ada.refused("erase_customer", customer_id=unknown, password=PASSWORD)
        assert error["code"] == "not_found"


async def test_a_platform_erases_whom_its_site_calls_so(new_desk: NewDesk) -> None:
    desk = await new_desk(site_secret=SECRET)
    _, credential = await desk.desk.rules.people.accounts.create_platform("1", "Shop")
    claims = {"sub": "ann/1", "name": "Ann", "exp": int(desk.clock.now().timestamp()) + 60}
    known = {"identity_token": jwt.encode(claims, SECRET, algorithm="HS256")}
    _, ann = await desk.post("/api/auth/identify", known)
    ada = await desk.admin("ada")
    for token in (None, ada.token, "p1.guessed"):
        assert (await desk.request("DELETE", f"/api/customers/{ann['user']['id']}", token))[0] == 401
    status, body = await desk.request("DELETE", "/api/customers/sub:ann%2F1", credential)
    assert (status, body["erased"]["people"], body["erased"]["sessions"]) == (200, 1, 1)
    assert not [
        row async for row in desk.documents.audit.find({"who_id": ann["user"]["id"]}) if "address" in row["details"]
    ]
    assert (await desk.request("DELETE", "/api/customers/sub:ann%2F1", credential))[0] == 404
    status, body = await desk.request("DELETE", f"/api/customers/{ann['user']['id']}", credential)
    assert (status, body) == (200, {"erased": {"files": 0}})
    assert (await desk.request("DELETE", f"/api/customers/{ada.id}", credential))[0] == 404
    _, again = await desk.post("/api/auth/identify", known)
    assert again["user"]["id"] != ann["user"]["id"], "whom the site names from now on is somebody new"


class CutOff(CustomerDocuments):
    """Whoever erases is cut off when all chats have ended, and nothing has been erased: until `is_over`."""

    is_over = False

    async def erase(self, who: Subject) -> dict[str, int]:
        if not self.is_over:
            raise AutoReconnect("the process is gone")
        return await super().erase(who)


async def test_what_was_cut_off_the_reconciler_ends(new_desk: NewDesk) -> None:
    made: list[CutOff] = []

    def stores(database: Database, key: str) -> Stores:
        made.append(CutOff(database))
        return replace(Stores.of(database, key), customer_documents=made[0])

    desk = await new_desk(stores=stores, reconcile_seconds=0.1)
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    ann = await desk.customer("ann", email="ann@example.com")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    await ann.say(chat_id, WORD)
    assert (await ada.refused("erase_customer", customer_id=ann.id, password=PASSWORD))["code"] == "unavailable"
    person = await desk.documents.people.find_one({"_id": ann.id})
    assert (person["name"], person["email"], person["erasing"]["by"]) == ("", None, ada.id)
    assert await desk.documents.messages.count_documents({"chat_id": chat_id, "body": WORD})
    made[0].is_over = True
    desk.clock.advance(seconds=10)

    async def is_erased() -> bool:
        person = await desk.documents.people.find_one({"_id": ann.id})
        return bool(person.get("erased_at")) and not await desk.documents.messages.count_documents({})

    await desk.until(is_erased)
    assert (
        await desk.documents.audit.count_documents({"what": "customer_erased", "who_id": ada.id, "whom": ann.id}) == 1
    )
    desk.clock.advance(minutes=11)

    async def is_finished() -> bool:
        return "erasing" not in await desk.documents.people.find_one({"_id": ann.id})

    await desk.until(is_finished)


@pytest.mark.slow
async def test_a_process_that_is_killed_in_the_midst_is_followed_by_the_repeat(
    new_branches: Callable[..., Awaitable[Branches]], tmp_path: Path
) -> None:
    died = tmp_path / "died"
    desk = await new_branches(2, entry=WEAKENED, dies_once=died)
    gus, ann = await desk.agent("gus", at=1), await desk.customer("ann", at=1)
    ada = await desk.admin("ada", at=0)
    elsewhere = await desk.window(ada, at=1)
    chat_id = (await ann.ask("request_chat", topic=WORD))["chat"]["id"]
    await gus.hears("chat_opened")
    await ann.ask("send_message", chat_id=chat_id, client_id="1", body=WORD)
    asking = asyncio.create_task(ada.raw_ack("erase_customer", {"customer_id": ann.id, "password": PASSWORD}))
    await gus.hears("chat_ended")
    async with asyncio.timeout(PATIENCE):
        while not died.exists():
            await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert {"chats", "messages"} <= (await in_database(desk.database)).keys()
    erased = await erase(elsewhere, ann.id)
    assert erased["chats"] == 1
    assert await in_database(desk.database) == {}


@pytest.mark.slow
async def test_an_agent_whose_process_has_not_heard_of_the_end_brings_nothing_back(
    new_branches: Callable[..., Awaitable[Branches]],
) -> None:
    """All lines are gone, and where the log ended its process remembers otherwise."""
    desk = await new_branches(2, entry=WEAKENED, loses="message")
    gus, ann, ada = await desk.agent("gus", at=1), await desk.customer("ann", at=0), await desk.admin("ada", at=0)
    chat_id = (await ann.ask("request_chat"))["chat"]["id"]
    await gus.hears("chat_opened")
    await gus.ask("send_message", chat_id=chat_id, client_id="1", body="Hello")
    await erase(ada, ann.id)
    ack = await gus.raw_ack("send_message", {"chat_id": chat_id, "client_id": "2", "body": f"Hello {WORD}?"})
    assert ack["error"]["code"] == "chat_ended"
    await gus.ask("mark_read", chat_id=chat_id, seq=3)
    for collection in ("messages", "marks"):
        assert await desk.database.collections[collection].count_documents({}) == 0


async def test_nothing_that_she_writes_meanwhile_stays(new_desk: NewDesk) -> None:
    desk = await new_desk(reconcile_seconds=0.2)
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id, other = await desk.chat(ann), await desk.chat(bea)
    await bea.say(other, WORD)
    await gus.hears("chat_opened", lambda chat: chat["id"] == chat_id)

    async def keep_writing(number: int) -> None:
        window = await ann.another()
        with contextlib.suppress(SocketIOError):  # the connection ends under it
            for count in itertools.count():
                await window.raw_ack("request_chat", {"topic": WORD})
                await window.raw_ack(
                    "send_message", {"chat_id": chat_id, "client_id": f"{number}-{count}", "body": WORD}
                )

    writers = [asyncio.create_task(keep_writing(number)) for number in range(3)]
    await gus.hears("message", lambda line: line["body"] == WORD and line["chat_id"] == chat_id)
    await erase(ada, ann.id)
    await ann.hears("session_expired")
    for writer in writers:
        writer.cancel()
    await asyncio.gather(*writers, return_exceptions=True)
    desk.clock.advance(seconds=10)

    async def is_gone() -> bool:
        hers = {"chat_id": {"$ne": other}}
        left = await desk.documents.messages.count_documents(hers)
        return not left and not await desk.documents.chats.count_documents({"topic": WORD})

    await desk.until(is_gone)
    assert await desk.documents.messages.count_documents({"chat_id": other, "body": WORD}) == 1
    assert (await gus.refused("send_message", chat_id=chat_id, client_id="1", body="there?"))["code"] == "chat_ended"
    assert (await desk.post("/api/auth/logout", token=ann.token))[0] == 401


async def test_a_file_that_others_were_sent_as_well_stays_for_them(desk: Scene) -> None:
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    form = aiohttp.FormData()
    form.add_field("file", b"Prices", filename="prices.txt")
    _, upload = await desk.post("/api/uploads", token=gus.token, data=form)
    for customer in (ann, bea):
        chat_id = await desk.chat(customer)
        await gus.hears("chat_opened", lambda chat, chat_id=chat_id: chat["id"] == chat_id)
        await gus.ask("send_message", chat_id=chat_id, client_id="f", kind="file", upload_id=upload["id"])
    assert (await erase(ada, ann.id))["files"] == 0
    assert len(on_disk(desk.settings.media_folder)) == 1
    assert (await erase(ada, bea.id))["files"] == 1
    assert not on_disk(desk.settings.media_folder)
