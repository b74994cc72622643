"""Pictures and files: by the button, by drag, by paste; what is refused says why."""

import io

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.windows import Customer, Windows


def picture(width: int = 320, height: int = 200) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "#b4602f").save(held, "PNG")
    return held.getvalue()


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
async def test_a_picture_by_drop_and_by_paste(windows: Windows) -> None:
    ann = await begin(windows)
    frame = ann.page.frames[1]
    for number, how in enumerate(("drop", "paste"), start=1):
        await frame.evaluate(GIVE_FILE, [how, list(picture(number, number))])
        await expect(ann.view.locator(".picture img")).to_have_count(number)


@pytest.mark.slow
async def test_a_refused_file_says_why_and_can_be_removed(windows: Windows) -> None:
    ann = await begin(windows)
    choose = ann.view.locator("input[type=file]")
    await choose.set_input_files({"name": "setup.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    told = ann.view.locator(".line-refused")
    await expect(told).to_contain_text("Files of that kind cannot be sent.")
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
