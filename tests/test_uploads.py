"""Files: taken for what they are, counted as they come, handed out harmlessly and only with our signature."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pillow_heif
import pytest
from PIL import Image

from tests.support.desk import Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]

pillow_heif.register_heif_opener()

HTML = b"<!doctype html><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" * 8


def picture(kind: str, size: tuple[int, int] = (3, 2)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return file.getvalue()


def of_several(kind: str = "MPO") -> bytes:
    """A file of two pictures; as MPO what phones make: a JPEG that carries a second one behind it."""
    file = io.BytesIO()
    first, second = (Image.new("RGB", (20, 10), colour) for colour in ("teal", "tomato"))
    first.save(file, kind, save_all=True, append_images=[second])
    return file.getvalue()


def archive(name: str = "a.txt", content: bytes = b"hello") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(name, content)
    return file.getvalue()


async def in_pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for begin in range(0, len(content), size):
        yield content[begin : begin + size]


def form(content: Any, name: str = "a.png", field: str = "file") -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=False)
    content = io.BytesIO(content) if isinstance(content, bytes) else content
    data.add_field(field, content, filename=name, content_type="image/png")
    return data


async def writer(desk: Scene, name: str = "ann") -> Someone:
    """A customer with a chat to send files in."""
    customer = await desk.customer(name)
    await desk.chat(customer)
    return customer


async def send(desk: Scene, someone: Someone, content: bytes, name: str = "a.png") -> tuple[int, Any]:
    return await desk.post("/api/uploads", token=someone.token, data=form(content, name))


async def sent(desk: Scene, someone: Someone, content: bytes, name: str = "a.png") -> dict[str, Any]:
    status, upload = await send(desk, someone, content, name)
    assert status == 201, upload
    assert set(upload) == {"id", "url", "name", "size", "content_type", "width", "height"}
    shown: dict[str, Any] = upload
    return shown


def bearer(someone: Someone) -> dict[str, str]:
    """What opens a file that this person has not sent yet."""
    return {"Authorization": f"Bearer {someone.token}"}


def unsigned(upload: dict[str, Any]) -> dict[str, Any]:
    """The upload whoever hears of it."""
    return upload | {"url": upload["url"].partition("?")[0]}


async def send_raw(desk: Scene, someone: Someone, body: Any, boundary: str = "b") -> tuple[int, Any]:
    """A multipart body as it is."""
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return await desk.post("/api/uploads", token=someone.token, data=body, headers=headers)


def lying(desk: Scene) -> list[Path]:
    """Every file in the media folder."""
    return [path for path in desk.settings.media_folder.rglob("*") if path.is_file()]


# What is accepted


@pytest.mark.parametrize(
    ("content", "content_type", "pixels"),
    [
        (picture("PNG"), "image/png", (3, 2)),
        (picture("JPEG", (20, 10)), "image/jpeg", (20, 10)),
        (picture("GIF"), "image/gif", (3, 2)),
        (picture("WEBP"), "image/webp", (3, 2)),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf", (None, None)),
        (archive(), "application/zip", (None, None)),
        ("Grüße, 你好 👋\n".encode(), "text/plain", (None, None)),
    ],
    ids=["png", "jpeg", "gif", "webp", "pdf", "zip", "text"],
)
async def test_what_is_accepted_is_taken_for_what_it_is(
    desk: Scene, content: bytes, content_type: str, pixels: tuple[int | None, int | None]
) -> None:
    ann = await writer(desk)
    upload = await sent(desk, ann, content, "whatever.exe")
    assert (upload["content_type"], upload["size"], upload["name"]) == (content_type, len(content), "whatever.exe")
    assert (upload["width"], upload["height"]) == pixels
    (file,) = lying(desk)
    assert file.read_bytes() == content
    day = desk.clock.now()
    assert file.parent == desk.settings.media_folder / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}"
    assert file.suffix != ".exe"
    assert len(file.stem) == 32
    async with desk.http.get(desk.at(upload["url"]), headers=bearer(ann)) as answer:
        assert answer.status == 200
        assert await answer.read() == content
        assert answer.content_type == content_type


@pytest.mark.slow
async def test_every_format_that_pillow_writes_is_taken_or_refused_with_a_sentence(desk: Scene) -> None:
    """Above all those that Pillow opens as something else than what was asked for, such as MPO for a JPEG."""
    ann = await writer(desk)
    Image.init()
    written, broken = {}, {}
    for kind in sorted(Image.SAVE):
        with suppress(OSError, ValueError, DeprecationWarning):  # some need a writer of one's own, some are outdated
            written[kind] = picture(kind, (20, 10))
    written |= {f"{kind} of several": of_several(kind) for kind in sorted(Image.SAVE_ALL)}
    for kind, content in written.items():
        for size in (len(content) - 1, len(content) // 2, 40):
            broken[f"{kind}, its first {size} bytes"] = content[:size]
    assert len(written) > 25
    for what, content in (written | broken).items():
        status, body = await send(desk, ann, content, f"{what}.png")
        assert status in (201, 415), (what, body)
        assert status == 201 or (body["code"], body["reason"]) == ("invalid", "broken"), what
    taken = {kind for kind, content in written.items() if (await send(desk, ann, content))[1].get("width")}
    pictures = {"AVIF", "BMP", "GIF", "HEIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP"}
    several = {
        f"{kind} of several" for kind in pictures - {"BMP", "JPEG", "TIFF"}
    }  # a TIFF of several pages is no picture
    assert taken == pictures | several


UNKNOWN = [
    PROGRAM,
    PROGRAM + archive(),  # a program that unpacks itself
    b"\x7fELF\2\1\1" + bytes(100),
    b"text with a \0 in it",
    b"PK\3\4" + bytes(200),
    b"\0\0\0\x18ftypmp42" + bytes(100),  # a film
    b"ID3\4\0\0" + bytes(100),  # a song
    b"II*\0" + bytes(100),
]
BROKEN = [
    picture("PNG")[:-20],
    b"\x89PNG\r\n\x1a\n" + HTML,
    picture("JPEG", (400, 400))[:1200],
    b"\0\0\0\x18ftypheic" + bytes(100),
    b"RIFF\x24\0\0\0WEBPVP8 " + bytes(100),
]


async def test_what_nobody_knows_is_a_download(desk: Scene) -> None:
    """It is never opened: neither here nor, by what it is called, by a browser."""
    ann = await writer(desk)
    for content in UNKNOWN:
        upload = await sent(desk, ann, content, "setup.exe")
        assert (upload["content_type"], upload["width"], upload["name"]) == (
            "application/octet-stream",
            None,
            "setup.exe",
        )
        async with desk.http.get(desk.at(upload["url"]), headers=bearer(ann)) as answer:
            assert await answer.read() == content
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_refused_leaves_nothing(new_desk: NewDesk) -> None:
    desk = await new_desk(upload_types="known")
    ann = await writer(desk)
    for content in UNKNOWN + BROKEN:
        status, body = await send(desk, ann, content)
        assert (status, body["code"]) == (415, "invalid"), content[:20]
        assert {"application/pdf", "image/heic", "image/png", "text/plain"} < set(body["accepted"])
        assert (body.get("reason") == "broken") == (content in BROKEN), content[:20]
    assert not lying(desk)
    status, body = await send(desk, ann, b"")
    assert (status, body["code"], list(body["fields"])) == (422, "invalid", ["file"])
    assert not lying(desk)
    assert await desk.documents.uploads.count_documents({}) == 0
    for text in (b"%PD", b"BMW, 1 piece\n"):  # how other kinds begin
        assert (await sent(desk, ann, text))["content_type"] == "text/plain"


@pytest.mark.slow
async def test_a_picture_with_too_many_pixels_is_told_so(desk: Scene) -> None:
    ann = await writer(desk)
    assert (await send(desk, ann, picture("GIF", (20_000, 1))))[1]["width"] == 20_000
    bomb = bytearray(picture("GIF"))
    bomb[6:10] = b"\xff\xff\xff\xff"
    for content, measures in (
        (picture("PNG", (25_000, 4)), "25000 x 4"),
        (picture("PNG", (10_000, 10_000)), "10000 x 10000"),
        (bytes(bomb), "65535 x 65535"),
    ):
        status, body = await send(desk, ann, content)
        assert (status, body["code"], body["max_side"]) == (413, "too_large", 20_000)
        assert measures in body["detail"]


LINE = "订单,水壶,84,已发货\r\n"
TEXTS = {
    "utf-8": ("Grüße, 你好 👋\n".encode(), "utf-8"),
    "utf-8 with its mark": ("\ufeffa,b\n".encode(), "utf-8"),
    "what Excel calls Unicode text": ("ä\t你\n".encode("utf-16"), "utf-16"),
    "utf-16 without a mark": ("kettle,84\n".encode("utf-16-le"), "utf-16-le"),
    "Excel's CSV in China": (LINE.encode("gbk"), "gb18030"),
    "four bytes of it": ("水壶".encode("gbk"), "gb18030"),
    "Excel's CSV in Germany": ("Größe;Menge;Für\r\nKöln;3;Müller\r\n".encode("cp1252"), "cp1252"),
    "in Russia": ("Заказ;Чайник;Количество;Получатель\r\n".encode("cp1251") * 5, "cp1251"),
}


@pytest.mark.parametrize("name", TEXTS)
async def test_texts_are_taken_in_the_encodings_that_people_have(new_desk: NewDesk, name: str) -> None:
    desk = await new_desk(upload_types="known")
    ann = await writer(desk)
    content, encoding = TEXTS[name]
    upload = await sent(desk, ann, content, "orders.csv")
    assert upload["content_type"] == "text/plain"
    async with desk.http.get(desk.at(upload["url"]), headers=bearer(ann)) as answer:
        assert await answer.read() == content
        assert answer.charset is not None
        assert content.decode(answer.charset) == content.decode(encoding), answer.charset


async def test_what_would_run_in_a_browser_does_not(desk: Scene) -> None:
    ann = await writer(desk)
    for hostile, content_type, how in (
        (HTML, "text/plain", "attachment"),
        (SVG, "text/plain", "attachment"),
        (picture("GIF") + HTML, "image/gif", "inline"),
    ):
        upload = await sent(desk, ann, hostile, "cat.png")
        async with desk.http.get(desk.at(upload["url"]), headers=bearer(ann)) as answer:
            assert answer.content_type == content_type
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert answer.headers["Content-Disposition"].startswith(how)


# Size


async def test_bytes_are_counted_as_they_come(new_desk: NewDesk) -> None:
    desk = await new_desk(max_file_size=100_000)
    ann = await writer(desk)
    exactly, more = b"x" * 100_000, b"x" * 100_001
    assert (await send(desk, ann, exactly))[0] == 201
    for content in (more, b"x" * 3_000_000):
        status, body = await send(desk, ann, content)
        assert (status, body["code"]) == (413, "too_large")
    assert len(lying(desk)) == 1


async def test_bytes_are_counted_when_nobody_said_how_many_come(new_desk: NewDesk) -> None:
    desk = await new_desk(max_file_size=100_000)
    ann = await writer(desk)
    for content, expected in ((b"x" * 100_000, 201), (b"x" * 100_001, 413)):
        status, _ = await desk.post("/api/uploads", token=ann.token, data=form(in_pieces(content)))
        assert status == expected
    assert len(lying(desk)) == 1

    asked = asyncio.Event()

    async def for_ever() -> AsyncIterator[bytes]:
        while not asked.is_set():
            yield b"x" * 10_000

    request = desk.post("/api/uploads", token=ann.token, data=form(for_ever()))
    try:
        async with asyncio.timeout(5):
            status, body = await request
        assert (status, body["code"]) == (413, "too_large")
    except aiohttp.ClientConnectionError:  # it was cut off while it talked on
        pass
    finally:
        asked.set()
    assert len(lying(desk)) == 1


async def test_a_sender_who_vanishes_leaves_nothing(desk: Scene, caplog: pytest.LogCaptureFixture) -> None:
    ann = await writer(desk)
    begun = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b"x" * 200_000
        begun.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(desk.post("/api/uploads", token=ann.token, data=form(half())))
    await begun.wait()
    incoming = desk.settings.media_folder / "incoming"
    async with asyncio.timeout(5):
        while not incoming.exists() or not any(incoming.iterdir()):
            await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait([sending])
    async with asyncio.timeout(5):
        while lying(desk):
            await asyncio.sleep(0)
    assert await desk.documents.uploads.count_documents({}) == 0
    assert not [record.message for record in caplog.records if record.levelname == "ERROR"]


async def test_uploads_are_limited(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_upload="2/3600")
    ann, bob = await writer(desk), await writer(desk, "bob")
    assert [(await send(desk, ann, b"hello"))[0] for _ in range(4)] == [201, 201, 429, 429]
    assert (await send(desk, bob, b"hello"))[0] == 201


# Form


NAMES = [
    ("cat.png", "cat.png"),
    ("../../../etc/passwd", "passwd"),
    ("..\\..\\windows\\win.ini", "win.ini"),
    ("/etc/", "file.txt"),
    ("..", "file.txt"),
    ("", "file.txt"),
    (" .hidden ", "hidden"),
    ("Grüße 你好 👋.txt", "Grüße 你好 👋.txt"),
    ("invoice\u202egpj.exe", "invoicegpj.exe"),
    ("tab\tand\u200bzero\u2066.txt", "tabandzero.txt"),
    ("\u200d.\u200c", "file.txt"),
    ("👨‍👩‍👧 می‌خواهم.txt", "👨‍👩‍👧 می‌خواهم.txt"),  # joiners make one family, and right Persian
    ("🏴󠁧󠁢󠁥󠁮󠁧󠁿.txt", "🏴󠁧󠁢󠁥󠁮󠁧󠁿.txt"),
    ("two\u2028lines.txt", "twolines.txt"),
    ("\U0001fae9.txt", "\U0001fae9.txt"),  # an emoji that this Python does not know
    ("x" * 300 + ".txt", "x" * 196 + ".txt"),
    ("x" * 300, "x" * 200),
    ("x." + "y" * 300, "x." + "y" * 198),
    ("a; filename=b", "a; filename=b"),
    ("%2e%2e%2fa", "%2e%2e%2fa"),
    ("con.txt'\";<b>", "con.txt'\";<b>"),
]


async def test_names_are_names_and_nothing_else(desk: Scene) -> None:
    ann = await writer(desk)
    for given, kept in NAMES:
        named = f"filename*=UTF-8''{quote(given, safe='')}"
        status, upload = await send_raw(desk, ann, part(f'name="file"; {named}') + b"--b--\r\n")
        assert (status, upload["name"]) == (201, kept)
        async with desk.http.get(desk.at(upload["url"]), headers=bearer(ann)) as answer:
            assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote(kept, safe='')}"
    assert {len(file.stem) for file in lying(desk)} == {32}
    assert {file.suffix for file in lying(desk)} == {".txt"}


def part(disposition: str, content: bytes = b"hello", more: str = "") -> bytes:
    return f"--b\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n".encode() + content + b"\r\n"


SPELLED = {  # how programs write a name into the header, and what they mean
    b'filename="a;b;c.txt"': "a;b;c.txt",
    b'filename="say %22hi%22.txt"': 'say "hi".txt',  # browsers
    b'filename="say \\"hi\\".txt"': 'say "hi".txt',  # curl
    b'filename="100%.txt"': "100%.txt",
    b"filename=plain.txt": "plain.txt",
    b"filename=a b;c.txt": "a b",
    b'filename="C:\\Users\\ann\\a.txt"': "a.txt",
    'filename="你好.txt"'.encode(): "你好.txt",
    'filename="订单.txt"'.encode("gbk"): "订单.txt",
    b"filename=\"x.txt\"; filename*=UTF-8''%E4%BD%A0.txt": "你.txt",
    b"filename=\"x.txt\"; filename*=klingon''%E4%BD%A0.txt": "x.txt",
    b"filename=\"x.txt\"; filename*=undefined''a%41": "x.txt",
    b"filename=\"x.txt\"; filename*=a\0b''x%41": "x.txt",
    b"filename=\"x.txt\"; filename*=unicode_escape''%5Cud800.png": "x.txt",
    b'filename="a.txt"; FILENAME2="b"; ;': "a.txt",
    b"": "file.txt",
}


async def test_a_name_is_read_however_it_is_spelled(desk: Scene) -> None:
    ann = await writer(desk)
    for given, kept in SPELLED.items():
        head = b'--b\r\nContent-Disposition: form-data; name="file"; ' + given
        status, upload = await send_raw(desk, ann, head + b"\r\n\r\nhello\r\n--b--\r\n")
        assert (status, upload.get("name")) == (201, kept), given


async def test_bytes_come_whole_however_they_are_cut(desk: Scene) -> None:
    """The boundary too may come in pieces, and what looks like one is none."""
    ann = await writer(desk)
    content = b"\r\n--\r\n--boundar\r\n\r\n--" * 3 + b"\r\n"
    body = b'preamble\r\n--boundary\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + content
    body += b"\r\n--boundary--\r\n"
    for size in (1, 7, len(body)):
        status, upload = await send_raw(desk, ann, in_pieces(body, size), "boundary")
        assert (status, upload["size"]) == (201, len(content))
        async with desk.http.get(desk.at(upload["url"]), headers=bearer(ann)) as answer:
            assert await answer.read() == content


async def test_other_forms_are_refused(desk: Scene) -> None:
    ann = await writer(desk)
    good, end = part('name="file"; filename="a.txt"'), b"--b--\r\n"
    assert (await send_raw(desk, ann, good + end))[0] == 201
    bodies = {
        "nothing": b"",
        "only the end": end,
        "no multipart": b"hello",
        "another boundary": good.replace(b"--b", b"--c") + b"--c--\r\n",
        "another field": part('name="picture"; filename="a.txt"') + end,
        "a field before": part('name="chat_id"') + good + end,
        "no name": part('filename="a.txt"') + end,
        "no disposition": b"--b\r\n\r\nhello\r\n" + end,
        "cut in the header": good[:20],
        "a part in a part": part('name="file"', more="Content-Type: multipart/mixed; boundary=c\r\n") + end,
        "a broken header": b"--b\r\nContent-Disposition\r\n\r\nhello\r\n" + end,
        "a huge header": part('name="file"', more=f"X: {'x' * 100_000}\r\n") + end,
        "many headers": part('name="file"', more="X: y\r\n" * 10_000) + end,
        "not UTF-8": b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nhello\r\n' + end,
    }
    for what, body in bodies.items():
        status, answer = await send_raw(desk, ann, body)
        assert (status, answer.get("code")) == (400, "invalid"), (what, answer)
    for content_type in ("application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain", ""):
        headers = {"Content-Type": content_type}
        status, answer = await desk.post("/api/uploads", token=ann.token, data=good + end, headers=headers)
        assert (status, answer["code"]) == (400, "invalid"), content_type
    assert len(lying(desk)) == 1


async def test_only_those_who_talk_send_files(desk: Scene) -> None:
    gus, eve = await desk.agent("gus", connected=False), await desk.admin("eve", connected=False)
    assert (await send(desk, gus, b"hello"))[0] == 201
    status, body = await send(desk, eve, b"hello")
    assert (status, body["code"]) == (403, "forbidden")
    status, body = await desk.post("/api/uploads", data=form(b"hello"))
    assert (status, body["code"]) == (401, "unauthorized")


# In a chat


async def test_a_message_carries_it_to_both_sides(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    photo = await sent(desk, ann, picture("PNG"), "kettle.png")
    paper = await sent(desk, gus, b"%PDF-1.4", "manual.pdf")
    await ann.ask("send_message", chat_id=chat_id, client_id="1", kind="image", upload_id=photo["id"], body="Look!")
    shown = await gus.hears("message", lambda line: line["kind"] == "image")
    assert (unsigned(shown["upload"]), shown["body"]) == (unsigned(photo), "Look!")
    await gus.ask("send_message", chat_id=chat_id, client_id="1", kind="file", upload_id=paper["id"])
    heard = await ann.hears("message", lambda line: line["kind"] == "file")
    assert unsigned(heard["upload"]) == unsigned(paper)
    log = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [unsigned(line["upload"]) for line in log if line["upload"]] == [unsigned(photo), unsigned(paper)]
    assert "path" not in str(log)
    async with desk.http.get(desk.at(shown["upload"]["url"])) as answer:
        assert await answer.read() == picture("PNG")


async def test_an_upload_is_its_senders(desk: Scene) -> None:
    gus, ann, bob = await desk.agent("gus"), await desk.customer("ann"), await writer(desk, "bob")
    chat_id = await desk.chat(ann)
    others = await sent(desk, bob, picture("PNG"))
    own = await sent(desk, ann, b"hello")
    line = {"chat_id": chat_id, "client_id": "1"}
    for more, field in (
        ({"kind": "image", "upload_id": others["id"]}, "upload_id"),
        ({"kind": "file", "upload_id": others["id"]}, "upload_id"),
        ({"kind": "file", "upload_id": "no-such-upload"}, "upload_id"),
        ({"kind": "image", "upload_id": own["id"]}, "kind"),
        ({"kind": "image"}, "upload_id"),
        ({"kind": "text", "body": "x", "upload_id": own["id"]}, "upload_id"),
    ):
        error = await ann.refused("send_message", **line, **more)
        assert (error["code"], list(error["fields"])) == ("invalid", [field]), more
    assert (await gus.refused("send_message", **line, kind="file", upload_id=own["id"]))["code"] == "invalid"
    await ann.ask("send_message", **line, kind="file", upload_id=own["id"])


# Handing out


async def test_how_it_is_handed_out(desk: Scene) -> None:
    ann = await writer(desk)
    photo, note = await sent(desk, ann, picture("PNG"), "cat.png"), await sent(desk, ann, b"hello", "ä;b.txt")
    async with desk.http.get(desk.at(photo["url"]), headers=bearer(ann)) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''cat.png"
    part_of_it = {"Range": "bytes=1-3"} | bearer(ann)
    async with desk.http.get(desk.at(note["url"]), headers=part_of_it) as answer:
        assert (answer.status, await answer.read()) == (206, b"ell")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A4%3Bb.txt"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cache-Control"] == "no-store", "nobody has sent it yet"


async def test_a_file_that_is_gone_is_gone(desk: Scene) -> None:
    ann = await writer(desk)
    note = await sent(desk, ann, b"hello")
    (file,) = lying(desk)
    file.unlink()
    status, body = await desk.get(note["url"], ann.token)
    assert (status, body["code"]) == (404, "not_found")


async def test_files_lie_where_only_the_desk_reads_them(new_desk: NewDesk, tmp_path: Path) -> None:
    desk = await new_desk(media_dir=tmp_path / "elsewhere")
    ann = await writer(desk)
    await sent(desk, ann, b"hello")
    (file,) = (tmp_path / "elsewhere").rglob("*.txt")
    assert file.parent.stat().st_mode & 0o777 == 0o700
