"""Pictures: shown upright to everybody, without a word of where and when; and none that stops the desk."""

import asyncio
import io
import os
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageCms

from server.core.turns import Turns
from tests.support.desk import Scene
from tests.support.people import Someone
from tests.test_uploads import bearer, lying, of_several, picture, send, writer

NewDesk = Callable[..., Awaitable[Scene]]

pillow_heif.register_heif_opener()
SECRET = b"39 Harbour Lane"  # stands for all that a camera or a program writes into a picture
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION, DESCRIPTION, GPS = 0x0112, 0x010E, 0x8825


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[ORIENTATION], found[DESCRIPTION] = orientation, SECRET.decode()
    found.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    return found


def photo(kind: str, size: tuple[int, int] = (40, 20), orientation: int = 1, mode: str = "RGB", **more: Any) -> bytes:
    """Its left half is red, its right one blue, as it lies in the file."""
    shown = Image.new(mode, size, "blue")
    shown.paste("red", (0, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    said = exif(orientation)
    shown.save(file, kind, exif=said if kind == "TIFF" else said.tobytes(), icc_profile=ICC, **more)
    return file.getvalue()


def moving(kind: str, **more: Any) -> bytes:
    frames = [Image.new("RGB", (40, 20), colour) for colour in ("red", "blue", "green")]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], **more)
    return file.getvalue()


async def shown(
    desk: Scene, someone: Someone, content: bytes, name: str = "IMG_1.HEIC"
) -> tuple[dict[str, Any], bytes]:
    """The upload, and the bytes that others get."""
    status, upload = await send(desk, someone, content, name)
    assert status == 201, upload
    async with desk.http.get(desk.at(upload["url"]), headers=bearer(someone)) as answer:
        assert answer.content_type == upload["content_type"]
        got = await answer.read()
    assert len(got) == upload["size"]
    return upload, got


def is_red(image: Image.Image, at: tuple[int, int]) -> bool:
    red, _, blue = image.convert("RGB").getpixel(at)  # type: ignore[misc]
    return bool(red > 180 > 80 > blue)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
async def test_nothing_but_the_picture_reaches_the_other_side(desk: Scene, kind: str) -> None:
    """Its colours' profile stays, and it stands upright for those who do not know how it was held."""
    ann = await writer(desk)
    for orientation, size in ((1, (40, 20)), (6, (20, 40))):
        content = photo(kind, orientation=orientation)
        assert SECRET in content
        upload, got = await shown(desk, ann, content)
        assert SECRET not in got
        assert (upload["width"], upload["height"]) == size
        image = Image.open(io.BytesIO(got))
        assert image.size == size
        assert not image.getexif()
        assert image.info.get("icc_profile")
        assert is_red(image, (2, 2)), "the red half is above now, or still on the left"
        assert not is_red(image, (size[0] - 3, size[1] - 3))


MARKED = {
    "XMP in a JPEG": lambda: photo("JPEG", xmp=b"<x>" + SECRET + b"</x>"),
    "a comment in a JPEG": lambda: photo("JPEG", comment=SECRET),
    "IPTC in a JPEG": lambda: (at := photo("JPEG"))[:2] + b"\xff\xed\0\x1d" + b"Photoshop\0\0\0" + SECRET + at[2:],
    "behind the end of a JPEG": lambda: photo("JPEG") + SECRET,
    "several pictures": lambda: of_several("MPO") + SECRET,
    "a text in a PNG": lambda: _with_chunk(picture("PNG"), b"tEXt", b"Author\0" + SECRET),
    "a time in a PNG": lambda: _with_chunk(picture("PNG"), b"prVt", SECRET),
    "a comment in a GIF": lambda: moving("GIF", comment=SECRET),
    "behind the end of a GIF": lambda: moving("GIF") + SECRET,
    "XMP in a WebP": lambda: photo("WEBP", xmp=SECRET),
}


def _with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    chunk = len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
    return png[:33] + chunk + png[33:]


@pytest.mark.parametrize("where", MARKED)
async def test_words_leave_a_picture_wherever_they_stand(desk: Scene, where: str) -> None:
    content = MARKED[where]()
    assert SECRET in content
    upload, got = await shown(desk, await writer(desk), content)
    assert SECRET not in got
    image = Image.open(io.BytesIO(got))
    image.load()
    assert image.size == (upload["width"], upload["height"])


async def test_animations_keep_their_frames(desk: Scene) -> None:
    ann = await writer(desk)
    for kind, more in (("GIF", {}), ("WEBP", {"exif": exif().tobytes()}), ("PNG", {"exif": exif().tobytes()})):
        upload, got = await shown(desk, ann, moving(kind, **more), "cat.gif")
        assert SECRET not in got
        assert Image.open(io.BytesIO(got)).n_frames == 3  # type: ignore[attr-defined]
        assert "thumb_url" not in upload


@pytest.mark.parametrize(
    ("kind", "mode", "content_type", "name"),
    [
        ("HEIF", "RGB", "image/jpeg", "IMG_1.jpg"),
        ("AVIF", "RGB", "image/jpeg", "IMG_1.jpg"),
        ("TIFF", "RGB", "image/jpeg", "IMG_1.jpg"),
        ("TIFF", "CMYK", "image/jpeg", "IMG_1.jpg"),
        ("AVIF", "RGBA", "image/webp", "IMG_1.webp"),
        ("BMP", "RGB", "image/jpeg", "IMG_1.jpg"),
    ],
)
async def test_what_not_every_browser_shows_is_turned_into_what_all_do(
    desk: Scene, kind: str, mode: str, content_type: str, name: str
) -> None:
    file = io.BytesIO()
    clear = {"RGBA": (200, 30, 30, 90), "CMYK": (0, 200, 200, 10)}.get(mode, "tomato")
    Image.new(mode, (40, 20), clear).save(file, kind)  # type: ignore[arg-type]
    upload, got = await shown(desk, await writer(desk), file.getvalue())
    assert (upload["content_type"], upload["name"]) == (content_type, name)
    assert Image.open(io.BytesIO(got)).size == (40, 20)


async def test_a_file_of_several_pages_keeps_all_of_them(desk: Scene) -> None:
    """A scan is no picture to be shown by its first page."""
    content = moving("TIFF")
    upload, got = await shown(desk, await writer(desk), content, "contract.tiff")
    assert (upload["content_type"], upload["name"], got) == ("application/octet-stream", "contract.tiff", content)


async def test_a_large_picture_has_a_thumbnail(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    small, _ = await shown(desk, ann, photo("JPEG", (480, 200)))
    assert "thumb_url" not in small
    upload, _ = await shown(desk, ann, photo("JPEG", (1200, 600), orientation=6))
    await ann.ask("send_message", chat_id=chat_id, client_id="1", kind="image", upload_id=upload["id"])
    heard = (await gus.hears("message", lambda line: line["upload"]))["upload"]
    async with desk.http.get(desk.at(heard["thumb_url"])) as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp")
        thumb = await answer.read()
    assert SECRET not in thumb
    image = Image.open(io.BytesIO(thumb))
    assert image.size == (240, 480)
    assert is_red(image, (5, 5))
    assert (await desk.get(heard["thumb_url"].partition("?")[0]))[0] == 403
    whole, small_one = heard["url"].partition("?")[2], heard["thumb_url"].partition("?")[0]
    assert (await desk.get(f"{small_one}?{whole}"))[0] == 403, "each has a signature of its own"
    assert len(lying(desk)) == 3


def bomb(kind: str) -> bytes:
    """A few kilobytes on the way, 64 million pixels for whoever opens it."""
    file = io.BytesIO()
    Image.new("1", (8000, 8000)).save(file, kind)
    return file.getvalue()


@pytest.mark.slow
async def test_pictures_that_are_too_much_do_not_hold_up_the_desk(desk: Scene) -> None:
    """While bombs are looked at in processes of their own, what is said goes on."""
    ann, bob = await writer(desk), await desk.customer("bob")
    chat_id = await desk.chat(bob)
    png, gif = bomb("PNG"), bomb("GIF")
    bombs = [
        png,
        png[: len(png) // 2] + png[-12:],
        gif,
    ]  # the second is nothing but a header that says that it is large
    sending = [asyncio.create_task(send(desk, ann, bomb)) for bomb in bombs]
    said = 0
    while not all(task.done() for task in sending):
        await bob.say(chat_id, f"word {said}")
        said += 1
    assert [task.result()[0] for task in sending] == [201, 415, 201]
    assert said > len(bombs)


def animation(sizes: list[tuple[int, int]]) -> bytes:
    """A GIF whose frames have these sizes in their headers, whatever its first one says."""
    whole, tail = b"", b""
    for width, height in sizes:
        file = io.BytesIO()
        Image.new("1", (width, height)).save(file, "GIF")
        one = file.getvalue()
        begin = 13 + 3 * 2 ** ((one[10] & 7) + 1)  # after the header and its colours
        whole, tail = (whole or one[:begin]) + one[begin:-1], one[-1:]
    return whole + tail


@pytest.mark.slow
async def test_all_frames_of_an_animation_count_together(desk: Scene) -> None:
    """Each as large as its own header says."""
    ann = await writer(desk)
    for sizes in ([(40, 20)] * 3, [(500, 500)] * 250):  # each frame is decoded once
        assert (await send(desk, ann, animation(sizes)))[0] == 201
    for sizes in ([(4000, 4000)] * 5, [(1, 1), (9000, 9000)], [(1, 1), (4000, 4000), *[(1, 1)] * 4]):
        status, body = await send(desk, ann, animation(sizes))
        assert (status, body["code"]) == (413, "too_large"), sizes
        assert "count together" in body["detail"]


async def test_whoever_sends_many_pictures_leaves_a_process_to_others() -> None:
    """One of a person at a time, and one address never has all of them."""
    turns, begun, gate = Turns(1), [], asyncio.Event()

    async def look(key: str) -> None:
        async with turns.turn(key):
            begun.append(key)
            await gate.wait()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(look(key)) for key in ("ann", "ann", "ann", "bob")]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert begun == ["ann", "bob"]
        tasks[1].cancel()
        gate.set()
    assert sorted(begun) == ["ann", "ann", "bob"]


async def test_a_picture_that_ends_its_process_is_broken_and_the_next_one_is_not(desk: Scene) -> None:
    ann = await writer(desk)
    assert (await send(desk, ann, picture("PNG")))[0] == 201
    for process in _picture_processes():
        os.kill(process, 9)
    status, body = await send(desk, ann, picture("PNG"))
    assert (status, body["reason"]) == (415, "broken")
    assert (await send(desk, ann, picture("PNG")))[0] == 201


def _picture_processes() -> list[int]:
    """Those of this test's process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"server.uploads.picture_file" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found
