"""A customer's data is handed out: all of it, nobody else's, and only to those who may have it."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import jwt

from tests.support.desk import Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]
SECRET = "the host site's secret, thirty-two characters"


async def opened(desk: Scene, url: str, token: str | None = None) -> tuple[int, zipfile.ZipFile | None]:
    """What a browser gets that follows the address; a platform shows its credential."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with desk.http.get(url, headers=headers) as response:
        body = await response.read()
        if response.status != 200:
            return response.status, None
        assert (response.headers["Cache-Control"], response.content_type) == ("no-store", "application/zip")
        assert response.headers["Content-Disposition"].startswith("attachment")
        return 200, zipfile.ZipFile(io.BytesIO(body))


async def archive(desk: Scene, url: str, token: str | None = None) -> zipfile.ZipFile:
    status, found = await opened(desk, url, token)
    assert found, status
    return found


async def send(desk: Scene, someone: Someone, chat_id: str, name: str, content: bytes) -> None:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename=name)
    status, upload = await desk.post("/api/uploads", token=someone.token, data=form)
    assert status == 201, upload
    await someone.ask("send_message", chat_id=chat_id, client_id=name, kind="file", upload_id=upload["id"])


def documents(found: zipfile.ZipFile, collection: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(found.read(f"{collection}.json"))
    return read


async def test_an_admin_gets_all_that_is_known_of_her_and_nothing_of_others(desk: Scene) -> None:
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    ann, bea = await desk.customer("ann", email="ann@example.com"), await desk.customer("bea")
    hers = await desk.chat(ann, topic="A dented kettle", form={"order": "12"})
    other = await desk.chat(bea, topic="A secret of Bea's")
    for chat_id in (hers, other):
        await gus.hears("chat_opened", lambda chat, chat_id=chat_id: chat["id"] == chat_id)
    await ann.say(hers, "Hello 你好")
    await bea.say(other, "Only for Gus")
    await send(desk, ann, hers, "receipt.txt", b"Kettle, 20.00")
    await send(desk, gus, hers, "answer.txt", b"We are sorry")
    await send(desk, bea, other, "bea.txt", b"Only for Gus")
    await gus.ask("add_note", chat_id=hers, client_id="1", body="kind")
    await gus.ask("block_customer", customer_id=ann.id, reason="by mistake")
    found = await archive(desk, (await ada.ask("export_customer", customer_id=ann.id))["url"])
    assert found.testzip() is None
    assert [(each["id"], each["name"], each["email"]) for each in documents(found, "people")] == [
        (ann.id, "Ann", "ann@example.com")
    ]
    assert [(each["topic"], each["form"]) for each in documents(found, "chats")] == [
        ("A dented kettle", {"order": "12"})
    ]
    assert [each["body"] for each in documents(found, "notes")] == ["kind"]
    assert [each["reason"] for each in documents(found, "blocks")] == ["by mistake"]
    assert "Hello 你好" in [each["body"] for each in documents(found, "messages")]
    files = {each["name"]: found.read(each["file"]) for each in documents(found, "uploads")}
    assert files == {"receipt.txt": b"Kettle, 20.00", "answer.txt": b"We are sorry"}
    about = json.loads(found.read("about.json"))
    assert (about["customer_id"], about["documents"]["chats"]) == (ann.id, 1)
    everything = b"".join(found.read(name) for name in found.namelist())
    for hidden in (b"Bea", b"Only for Gus", b"password_hash", b'"path"'):
        assert hidden not in everything
    entry = (await ada.ask("list_audit"))["results"][0]
    assert (entry["what"], entry["whom"]) == ("customer_exported", ann.id)


async def test_an_address_ends_with_its_time_its_admins_session_and_its_customer(desk: Scene) -> None:
    ada, eve = await desk.admin("ada"), await desk.admin("eve")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    url = (await ada.ask("export_customer", customer_id=ann.id))["url"]
    assert (await opened(desk, url))[0] == 200
    assert (await opened(desk, url.replace(ann.id, bea.id)))[0] == 403
    assert (await opened(desk, url.replace(ada.id, eve.id)))[0] == 403
    assert (await opened(desk, url.partition("?")[0]))[0] == 401
    desk.clock.advance(seconds=590)
    assert (await opened(desk, url))[0] == 200
    desk.clock.advance(seconds=11)
    assert (await opened(desk, url))[0] == 403
    url = (await ada.ask("export_customer", customer_id=ann.id))["url"]
    of_eve = (await eve.ask("export_customer", customer_id=ann.id))["url"]
    assert (await desk.post("/api/auth/logout", token=ada.token))[0] == 204
    assert (await opened(desk, url))[0] == 403
    assert (await opened(desk, of_eve))[0] == 200
    bob = await desk.admin("bob")
    of_bob = (await bob.ask("export_customer", customer_id=ann.id))["url"]
    await eve.ask("update_user", id=bob.id, password="battery staple", own_password="correct horse")
    assert (await opened(desk, of_bob))[0] == 403, "the password with which he came in is not his any more"
    await eve.ask("erase_customer", customer_id=ann.id, password="correct horse")
    assert (await opened(desk, of_eve))[0] == 404
    for unknown in (ann.id, "c999", ada.id):
        assert (await eve.refused("export_customer", customer_id=unknown))["code"] == "not_found"


async def test_a_platform_gets_it_by_what_its_site_calls_her(new_desk: NewDesk) -> None:
    desk = await new_desk(site_secret=SECRET)
    _, credential = await desk.desk.rules.people.accounts.create_platform("1", "Shop")
    guest = await desk.customer("visitor")
    chat_id = await desk.chat(guest, topic="As a guest")
    claims = {"sub": "ann", "name": "Ann", "exp": int(desk.clock.now().timestamp()) + 60}
    known = {"identity_token": jwt.encode(claims, SECRET, algorithm="HS256")}
    _, ann = await desk.post("/api/auth/identify", known, guest.token)
    address = f"{desk.base_url}/api/customers/sub:ann/export"
    found = await archive(desk, address, credential)
    assert {each["name"] for each in documents(found, "people")} == {"Ann", "Visitor"}
    assert [each["id"] for each in documents(found, "chats")] == [chat_id]
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    for token in (None, guest.token, ann["token"], gus.token, ada.token, "p1.guessed"):
        assert (await opened(desk, address, token))[0] == 401
    assert (await opened(desk, f"{desk.base_url}/api/customers/sub:bea/export", credential))[0] == 404


async def test_large_files_do_not_fill_the_memory_and_nothing_stays_on_the_disk(new_desk: NewDesk) -> None:
    desk = await new_desk(max_file_size=64 * 2**20)
    await desk.agent("gus")
    ann, ada = await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    await send(desk, ann, chat_id, "large.txt", b"Kettle, " * (5 * 2**20))
    before = sorted(path for path in desk.folder.rglob("*") if path.is_file())
    url = (await ada.ask("export_customer", customer_id=ann.id))["url"]
    tracemalloc.start()
    try:
        async with desk.http.get(url) as response:
            size = 0
            async for piece in response.content.iter_chunked(2**16):
                size += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 40 * 2**20
    assert peak < 12 * 2**20, "bytes, of this process, which is the server and the browser"
    assert sorted(path for path in desk.folder.rglob("*") if path.is_file()) == before
