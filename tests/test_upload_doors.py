"""Who may put how much on the disk: a chat, a quota a day, a floor, and an end for what stands still or is never sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Scene
from tests.support.people import Someone
from tests.test_uploads import form, lying, picture, send, sent, writer

NewDesk = Callable[..., Awaitable[Scene]]


async def send_from(desk: Scene, someone: Someone, address: str, size: int) -> tuple[int, Any]:
    """As `send`, through a proxy, from this address."""
    given = {"X-Forwarded-For": address}
    return await desk.post("/api/uploads", token=someone.token, data=form(b"x" * size), headers=given)


async def send_avatar(desk: Scene, someone: Someone, content: bytes) -> tuple[int, Any]:
    return await desk.post("/api/uploads?for=avatar", token=someone.token, data=form(content))


# A chat


async def test_customers_upload_in_an_unended_chat_only(desk: Scene) -> None:
    ann = await desk.customer("ann")
    status, body = await send(desk, ann, b"hello")
    assert (status, body["code"]) == (409, "conflict")
    assert "ask for one first" in body["detail"]
    assert not lying(desk)
    chat_id = await desk.chat(ann)
    assert (await send(desk, ann, b"hello"))[0] == 201
    await ann.ask("leave_queue", chat_id=chat_id)
    assert (await send(desk, ann, b"hello"))[0] == 409
    left = await desk.chat(ann, leave_message=True, topic="later")
    assert left != chat_id
    assert (await send(desk, ann, b"hello"))[0] == 201
    gus = await desk.agent("gus", connected=False)
    assert (await send(desk, gus, b"hello"))[0] == 201, "agents look for files between chats, too"


async def test_a_picture_of_oneself_needs_no_chat_and_is_sent_in_none(desk: Scene) -> None:
    ann, eve = await desk.customer("ann"), await desk.admin("eve", connected=False)
    for someone in (ann, eve):
        status, upload = await send_avatar(desk, someone, picture("PNG"))
        assert status == 201, upload
    assert {path.relative_to(desk.settings.media_folder).parts[0] for path in lying(desk)} == {"avatars"}
    status, body = await send_avatar(desk, ann, b"hello")
    assert (status, body["code"]) == (415, "invalid")
    status, body = await send_avatar(desk, ann, picture("PNG").ljust((2 << 20) + 1, b"\0"))
    assert (status, body["code"], body["max_file_size"]) == (413, "too_large", 2 << 20)
    status, body = await desk.post("/api/uploads?for=fun", token=ann.token, data=form(picture("PNG")))
    assert (status, list(body["fields"])) == (422, ["for"])
    chat_id = await desk.chat(ann)
    own = await desk.documents.uploads.find_one({"owner_id": ann.id})
    refused = await ann.refused("send_message", chat_id=chat_id, client_id="1", kind="image", upload_id=own["_id"])
    assert list(refused["fields"]) == ["upload_id"]


# A quota


async def test_a_person_has_so_many_bytes_a_day(new_desk: NewDesk) -> None:
    desk = await new_desk(upload_quota_person=100_000)
    ann, bob = await writer(desk), await writer(desk, "bob")
    assert (await send(desk, ann, b"x" * 60_000))[0] == 201
    status, body = await send(desk, ann, b"x" * 60_000)
    assert (status, body["code"], body["quota"]) == (429, "rate_limited", 100_000)
    assert 0 < body["retry_after"] <= 86_400
    assert (await send(desk, ann, b"x" * 40_000))[0] == 201, "what was refused counts for nothing"
    assert (await send(desk, ann, b"x"))[0] == 429
    assert (await send(desk, bob, b"x" * 60_000))[0] == 201
    assert len(lying(desk)) == 3
    desk.clock.advance(days=1)
    assert (await send(desk, ann, b"x" * 60_000))[0] == 201


async def test_many_at_once_come_to_no_more_than_the_quota(new_desk: NewDesk) -> None:
    """Eight uploads that do not say how long they are, each alone within it."""
    desk = await new_desk(upload_quota_person=1_000_000)
    ann = await writer(desk)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 10_000

    async def one() -> int:
        return (await desk.post("/api/uploads", token=ann.token, data=form(pieces())))[0]

    async with asyncio.TaskGroup() as group:
        sending = [group.create_task(one()) for _ in range(8)]
    assert {task.result() for task in sending} == {201, 429}
    assert sum(path.stat().st_size for path in lying(desk)) <= 1_000_000
    counted = [row["bytes"] async for row in desk.documents.upload_quotas.find()]
    assert set(counted) == {sum(path.stat().st_size for path in lying(desk))}


async def test_an_address_has_so_many_bytes_a_day(new_desk: NewDesk) -> None:
    """Every guest of it together; an IPv6 address is its /64."""
    desk = await new_desk(upload_quota_address=100_000, trusted_proxies="127.0.0.1/32")
    ann, bob, cem = await writer(desk), await writer(desk, "bob"), await writer(desk, "cem")
    assert (await send_from(desk, ann, "203.0.113.7", 60_000))[0] == 201
    assert (await send_from(desk, bob, "203.0.113.7", 60_000))[0] == 429
    assert (await send_from(desk, bob, "203.0.113.8", 60_000))[0] == 201
    assert (await send_from(desk, ann, "2001:db8::1", 60_000))[0] == 201
    assert (await send_from(desk, cem, "2001:db8::ffff", 60_000))[0] == 429
    assert (await send_from(desk, cem, "2001:db8:0:1::1", 60_000))[0] == 201


# A floor


async def test_below_the_floor_of_the_disk_files_are_refused_and_chat_goes_on(new_desk: NewDesk) -> None:
    desk = await new_desk(min_free_disk=10**14)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    status, body = await send(desk, ann, b"hello")
    assert (status, body["code"]) == (507, "storage_full")
    assert "go on writing" in body["detail"]
    assert not lying(desk)
    assert (await ann.say(chat_id, "Then in words"))["body"] == "Then in words"
    assert await desk.documents.upload_quotas.count_documents({"bytes": {"$gt": 0}}) == 0


# An end


async def test_an_upload_that_stands_still_is_given_up(new_desk: NewDesk) -> None:
    desk = await new_desk(upload_silence_seconds=0.2)
    ann = await writer(desk)
    head = b'--b\r\nContent-Disposition: form-data; name="file"'
    for part in (b"", head, head + b"\r\n\r\nhello"):
        reader, writing = await asyncio.open_connection("127.0.0.1", desk.port)
        ask = f"POST /api/uploads HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\nContent-Length: 9999\r\n"
        ask += f"Authorization: Bearer {ann.token}\r\n"
        writing.write(ask.encode() + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + part)
        async with asyncio.timeout(10):
            assert b" 408 " in await reader.readline(), part
            while await reader.readline():  # until the desk closes it
                pass
        writing.close()
    assert not lying(desk)
    assert await desk.documents.uploads.count_documents({}) == 0


async def test_an_upload_that_never_ends_is_given_up(new_desk: NewDesk) -> None:
    """Though it is never silent."""
    desk = await new_desk(upload_silence_seconds=5, upload_seconds=1)
    ann = await writer(desk)

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    status, body = await desk.post("/api/uploads", token=ann.token, data=form(drops()))
    assert (status, body["code"]) == (408, "invalid")
    assert not lying(desk)


async def test_what_nobody_sent_is_gone_after_a_day(new_desk: NewDesk) -> None:
    desk = await new_desk(reconcile_seconds=0.1, queue_grace_seconds=1e6)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    shown, forgotten = await sent(desk, ann, b"shown"), await sent(desk, ann, b"forgotten")
    await ann.ask("send_message", chat_id=chat_id, client_id="1", kind="file", upload_id=shown["id"])
    desk.clock.advance(hours=23)
    await desk.looked()
    assert len(lying(desk)) == 2
    desk.clock.advance(hours=2)

    async def one_is_left() -> bool:
        return len(lying(desk)) == 1 and await desk.documents.uploads.count_documents({}) == 1

    await desk.until(one_is_left)
    assert lying(desk)[0].read_bytes() == b"shown"
    late = await ann.refused("send_message", chat_id=chat_id, client_id="2", kind="file", upload_id=forgotten["id"])
    assert list(late["fields"]) == ["upload_id"]


async def test_what_was_given_up_cannot_be_sent_any_more(desk: Scene) -> None:
    """The desk died before it had removed it."""
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    upload = await sent(desk, ann, b"hello")
    await desk.desk.stores.unsent_uploads.give_up(desk.clock.now())
    late = await ann.refused("send_message", chat_id=chat_id, client_id="1", kind="file", upload_id=upload["id"])
    assert "send the file again" in str(late["fields"])


async def test_half_uploads_are_gone_at_the_next_start(new_desk: NewDesk, tmp_path: Path) -> None:
    incoming = tmp_path / "media" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "half").write_bytes(b"x" * 100)
    desk = await new_desk()
    assert not lying(desk)


async def test_what_is_refused_for_what_it_is_counts(desk: Scene) -> None:
    """To look at a picture costs more than to keep it."""
    ann = await desk.customer("ann")
    broken = picture("PNG")[:60]
    for times in (1, 2):
        assert (await send_avatar(desk, ann, broken))[0] == 415
        counted = {row["who"]: row["bytes"] async for row in desk.documents.upload_quotas.find()}
        assert set(counted.values()) == {times * len(broken)}
        assert ann.id in counted


@pytest.mark.parametrize("size", [0, 1])
async def test_what_comes_to_nothing_counts_for_nothing(desk: Scene, size: int) -> None:
    ann = await writer(desk)
    status, _ = await send(desk, ann, b"\0" * size)
    assert status in {415, 422} or size
    kept = sum(path.stat().st_size for path in lying(desk))
    assert {row["bytes"] async for row in desk.documents.upload_quotas.find()} <= {kept}
