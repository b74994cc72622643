"""Pictures and files: by the button, by drag, by paste; what is refused says why."""

import io
import re
import zipfile

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.windows import EXPECTED, Customer, Windows


def picture(width: int = 320, height: int = 200) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "#b4602f").save(held, "PNG")
    return held.getvalue()


def office(folder: str) -> bytes:
    """As Word or Excel keep a document: a zip archive of parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr(f"{folder}/document.xml", "<document/>")
    return held.getvalue()


def of_several() -> bytes:
    """What many phones make: a JPEG that carries a second picture behind the first."""
    held = io.BytesIO()
    first, second = (Image.new("RGB", (320, 200), colour) for colour in ("teal", "tomato"))
    first.save(held, "MPO", save_all=True, append_images=[second])
    return held.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument"
PAPERS = [  # by the type that a browser makes of the ending
    ("offer.docx", f"{OFFICE}.wordprocessingml.document", office("word")),
    ("prices.xlsx", f"{OFFICE}.spreadsheetml.sheet", office("xl")),
    ("orders.csv", "text/csv", b"kettle,84\n"),
    ("stock.csv", "application/vnd.ms-excel", b"kettle;84\n"),  # with Excel installed, on Windows
    ("order.json", "application/json", b'{"kettle": 84}'),
]
DAMAGED = b"\x89PNG\r\n\x1a\n" + bytes(40)
REFUSED = re.compile(f"{EXPECTED.pattern}|status of 4(09|15)")  # what a browser says by itself about these answers
GIVE_FILE = """([how, bytes]) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], `${how}.png`, { type: "image/png" }));
  const target = document.querySelector(how === "paste" ? "#composer" : ".talk");
  target.dispatchEvent(how === "paste"
    ? new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


async def begin(windows: Windows) -> Customer:
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    return ann


@pytest.mark.slow
async def test_a_picture_and_a_file_reach_the_agent(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await begin(windows)
    choose = ann.view.locator("input[type=file]")
    await choose.set_input_files({"name": "dent.png", "mimeType": "image/png", "buffer": picture()})
    await choose.set_input_files({"name": "receipt.txt", "mimeType": "text/plain", "buffer": b"one kettle, 84 euro"})
    await gus.opens_the_chat_of("Ann")
    image = gus.page.locator(".picture img")
    await expect(image).to_have_attribute("width", "320")
    await expect(image).to_have_js_property("naturalWidth", 320)
    await expect(image).to_have_attribute("alt", "Picture: dent.png")
    await expect(gus.page.locator(".file-name")).to_have_text("receipt.txt")
    await ann.sees_status("read")


@pytest.mark.slow
async def test_a_picture_whose_address_has_run_out_is_asked_for_again(windows: Windows) -> None:
    windows.expected = re.compile(f"{EXPECTED.pattern}|status of 403")
    gus = await windows.agent("gus")
    ann = await begin(windows)
    await gus.opens_the_chat_of("Ann")
    run_out = {"code": "forbidden", "detail": "this address has run out"}
    await gus.page.context.route("**/media/**", lambda route: route.fulfill(status=403, json=run_out), times=1)
    choose = ann.view.locator("input[type=file]")
    await choose.set_input_files({"name": "dent.png", "mimeType": "image/png", "buffer": picture()})
    for hearer in (gus, ann):
        await expect(hearer.view.locator(".picture img")).to_have_js_property("naturalWidth", 320)


@pytest.mark.slow
async def test_a_file_too_late_for_its_chat_goes_into_the_next(windows: Windows) -> None:
    windows.expected = REFUSED
    await windows.agent("gus")
    ann = await begin(windows)
    late = {"code": "conflict", "detail": "ask for a chat first"}
    await ann.page.context.route("**/api/uploads", lambda route: route.fulfill(status=409, json=late), times=1)
    choose = ann.view.locator("input[type=file]")
    await choose.set_input_files({"name": "dent.png", "mimeType": "image/png", "buffer": picture()})
    await expect(ann.view.locator(".line-refused")).to_contain_text("The file is kept for your next one.")
    await ann.ends()
    await ann.view.locator(".again").click()
    await ann.view.locator(".start-form .primary").click()
    await expect(ann.view.locator(".picture img")).to_have_js_property("naturalWidth", 320)


@pytest.mark.slow
async def test_what_a_file_is_the_desk_decides_and_not_the_browser(windows: Windows) -> None:
    """From the widget and from the inbox."""
    gus = await windows.agent("gus")
    ann = await begin(windows)
    await gus.opens_the_chat_of("Ann")
    names = [name for name, _, _ in PAPERS]
    for number, sender in enumerate((ann, gus), start=1):
        choose = sender.view.locator("input[type=file]")
        assert await choose.get_attribute("accept") is None
        for name, kind, content in PAPERS:
            await choose.set_input_files({"name": name, "mimeType": kind, "buffer": content})
            await expect(sender.view.locator(".file-name", has_text=name)).to_have_count(number)
        await choose.set_input_files({"name": "dent.jpg", "mimeType": "image/jpeg", "buffer": of_several()})
        for hearer in (ann, gus):
            await expect(hearer.view.locator("a .file-name")).to_have_count(number * len(names))
            await expect(hearer.view.locator(".picture img")).to_have_count(number)
            await expect(hearer.view.locator(".picture img").last).to_have_js_property("naturalWidth", 320)
            await expect(hearer.view.locator(".line-refused")).to_have_count(0)


@pytest.mark.slow
async def test_a_refused_file_shows_the_words_of_the_desk(windows: Windows) -> None:
    """In the reader's language where the code is known, else the sentence that the desk sent; from widget and inbox."""
    windows.expected = REFUSED
    gus = await windows.agent("gus", locale="zh-CN")
    ann = await begin(windows)
    await gus.opens_the_chat_of("Ann")
    for sender, why, remove in (
        (ann, "That picture is damaged.", "Remove"),
        (gus, "这张图片已损坏。", "移除"),
    ):
        choose, told = sender.view.locator("input[type=file]"), sender.view.locator(".line-refused")
        await choose.set_input_files({"name": "dent.png", "mimeType": "image/png", "buffer": DAMAGED})
        await expect(told).to_contain_text(why)
        await sender.view.get_by_role("button", name=remove).click()
        await expect(told).to_have_count(0)
    await ann.page.context.route(
        "**/api/uploads",
        lambda route: route.fulfill(status=409, json={"code": "full_moon", "detail": "No files at full moon."}),
    )
    choose, told = ann.view.locator("input[type=file]"), ann.view.locator(".line-refused")
    await choose.set_input_files({"name": "order.json", "mimeType": "application/json", "buffer": b"{}"})
    await expect(told).to_contain_text("No files at full moon.")
    await ann.view.get_by_role("button", name="Remove").click()
    await expect(told).to_have_count(0)


@pytest.mark.slow
async def test_a_picture_by_drop_and_by_paste(windows: Windows) -> None:
    ann = await begin(windows)
    frame = ann.page.frames[1]
    for number, how in enumerate(("drop", "paste"), start=1):
        await frame.evaluate(GIVE_FILE, [how, list(picture(number, number))])
        await expect(ann.view.locator(".picture img")).to_have_count(number)


@pytest.mark.slow
async def test_a_refused_file_says_why_and_can_be_removed(windows: Windows) -> None:
    windows.expected = REFUSED
    ann = await begin(windows)
    choose = ann.view.locator("input[type=file]")
    await choose.set_input_files({"name": "dent.png", "mimeType": "image/png", "buffer": DAMAGED})
    told = ann.view.locator(".line-refused")
    await expect(told).to_contain_text("That picture is damaged.")
    await ann.view.get_by_role("button", name="Remove").click()
    await expect(told).to_have_count(0)
    await choose.set_input_files({"name": "nothing.txt", "mimeType": "text/plain", "buffer": b""})
    await expect(told).to_contain_text("That file is empty.")


@pytest.mark.slow
async def test_a_lost_upload_is_tried_again(windows: Windows) -> None:
    ann = await begin(windows)
    await ann.page.context.route("**/api/uploads", lambda route: route.abort())
    choose = ann.view.locator("input[type=file]")
    await choose.set_input_files({"name": "dent.png", "mimeType": "image/png", "buffer": picture()})
    await expect(ann.view.locator(".line-refused")).to_contain_text("The desk cannot be reached right now.")
    await ann.page.context.unroute("**/api/uploads")
    await ann.view.get_by_role("button", name="Try again").click()
    await expect(ann.view.locator(".picture img")).to_have_count(1)
    await ann.sees_status("sent")
