"""Makes the README's pictures: a real desk, a small scene, a real Chromium. `make screenshots` runs it."""

import asyncio
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from store.embedded.mongod import Mongod
from store.embedded.supervisor import Supervisor
from tests.browser.windows import Agent, Customer
from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone

PICTURES = Path(__file__).parent / "pictures"
DESKTOP = {"viewport": {"width": 1360, "height": 850}}
PHONE = {"viewport": {"width": 360, "height": 720}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
ADDRESS = "kettle.example"  # what the pictures show instead of a port of this machine
GAP, GROUND = 48, "#cfc6b8"
MOST_BYTES = 150_000
COMMON = 235  # colours of a picture that are kept exactly
SETTLED_MS = 900  # the slowest transition and the last mark
ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="deskwire-") as folder:
        mongod = Mongod(Path(folder) / "mongo")
        mongod.start()
        supervisor = Supervisor(mongod)
        await supervisor.ready()
        async with (
            async_playwright() as playwright,
            Scene(
                mongod.url,
                Path(folder),
                base_url=f"http://{ADDRESS}",
                idle_warning_seconds=86400,
                idle_end_seconds=90000,
            ) as desk,
        ):
            shown = f"--host-resolver-rules=MAP {ADDRESS} 127.0.0.1:{desk.port}"
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*ARGS, shown])
            await Photographer(browser, desk).work()
            await browser.close()
        await supervisor.stop(within=0)


class Photographer:
    def __init__(self, browser: Browser, desk: Scene) -> None:
        self.browser = browser
        self.desk = desk

    async def work(self) -> None:
        await self._staff()
        await self._last_week()
        views = {"monitor": await self._log_in("ada", "/admin")}
        shop, phone = await self._customers()
        await self._shoot("shop-desktop-light", shop.page)
        await self._crowd()
        views["agent"] = await self._log_in("gus", "/agent")
        await self._agent_at_work(views["agent"])
        await views["monitor"].locator(".chats-open .row-main", has_text="Ann").click()
        await views["monitor"].evaluate("document.querySelector('.chats').scrollTop = 0")
        for scheme in ("light", "dark"):
            for name, page in views.items():
                await page.emulate_media(color_scheme=scheme)
                await self._shoot(f"{name}-desktop-{scheme}", page)
        await self._office(views["monitor"])
        await self._phones(phone, shop)
        await self._office_on_phones()

    async def _staff(self) -> None:
        for number, (username, name) in enumerate(
            (("gus", "Gus Ferreira"), ("bea", "Bea Lind"), ("ivo", "Ivo Marsh")), 11
        ):
            await self.desk.desk.accounts.create_agent(str(number), username, PASSWORD, name=name, max_chats=4)
        await self.desk.desk.accounts.create_admin("1", "ada", PASSWORD, name="Ada Moss")
        self.gus = await self.desk.log_in("gus", "/agent")
        await self.gus.ask("set_status", status="online")

    async def _last_week(self) -> None:
        """Chats that are over: what a report counts, and what an estimate of waiting is made from."""
        for number, seconds in enumerate((150, 210, 95, 320, 180, 240, 130, 410) * 3):
            caller = await self.desk.customer(f"caller {number}")
            chat_id = await self.desk.chat(caller)
            await caller.say(chat_id, "Hello!")
            self.desk.clock.advance(seconds=seconds / 6)
            await self.gus.say(chat_id, "Hello, how may I help?")
            self.desk.clock.advance(seconds=seconds)
            await (caller if number % 3 else self.gus).ask("end_chat", chat_id=chat_id)
            if number % 4:
                await caller.ask("rate_chat", chat_id=chat_id, score=5 - (number % 7 == 0) - 2 * (number % 11 == 0))
            await caller.disconnect()

    async def _customers(self) -> tuple[Customer, Customer]:
        """Ann on a shop page and Wei on a phone talk with Gus; others fill the desk, and two of them wait."""
        shop = Customer(await self._open("/", **DESKTOP))
        phone = Customer(await self._open("/?lang=zh", locale="zh-CN", **PHONE))
        await self._was_here_before(shop)
        await shop.says("Hello! My kettle came today, and its lid has a dent.")
        await shop.sees_status("sent")
        ann = await self._chat_of("Ann Clarke")
        self.desk.clock.advance(minutes=1)
        await self.gus.say(ann, "Hi Ann, I am sorry to hear that. Could you send me a photo of the lid?")
        await shop.view.locator("input[type=file]").set_input_files(
            {"name": "lid.png", "mimeType": "image/png", "buffer": await self._photo()}
        )
        await shop.view.locator(".picture img").wait_for()
        await shop.says("Here it is.")
        await shop.sees_status("sent")
        await self.gus.ask("mark_read", chat_id=ann, seq=99)
        await self.gus.say(ann, "Thank you. A new one leaves our shop tomorrow, and you may keep this one.")

        await phone.asks_for_a_chat("陈薇", "换货")
        await phone.says("你好，我想把杯子换成深色的 🙂")  # noqa: RUF001
        await phone.sees_status("sent")
        self.desk.clock.advance(minutes=2)
        await self.gus.say(await self._chat_of("陈薇"), "没问题，我马上为您安排。")  # noqa: RUF001
        return shop, phone

    async def _was_here_before(self, shop: Customer) -> None:
        """Ann came yesterday too; today she asks about something else."""
        await shop.asks_for_a_chat("Ann Clarke", "Which kettle for two?")
        await self.gus.say(await self._chat_of("Ann Clarke"), "The small one, and it fits under the lamp.")
        await shop.ends()
        await shop.view.locator("label[for=score-5]").click()
        await shop.view.get_by_role("button", name="Send rating").click()
        await shop.view.locator(".again").click()
        self.desk.clock.advance(hours=20)
        await shop.view.locator("#topic").fill("A dented kettle")
        await shop.view.locator(".start-form button").click()
        await shop.view.locator("#composer").wait_for()

    async def _crowd(self) -> None:
        bea = await self.desk.log_in("bea", "/agent")
        ivo = await self.desk.log_in("ivo", "/agent")
        await ivo.ask("set_status", status="away")
        await self._caller("Tomás Vidal", "Reading lamp", "Is the lamp dimmable?")
        self.desk.clock.advance(seconds=50)
        await self._caller("Priya Nair", "Gift wrapping", "Could you wrap two kettles as gifts?")
        await self.gus.ask("set_status", status="away")
        await bea.ask("set_status", status="online", max_chats=2)
        for name, topic, said in (
            ("Mika Saito", "Delivery to Japan", "How long does it take to Osaka?"),
            ("Noor Haddad", "Invoice", "I need an invoice for my company, please."),
        ):
            await self._caller(name, topic, said)
            self.desk.clock.advance(seconds=35)
        await bea.say(await self._chat_of("Mika Saito"), "About nine days, with tracking all the way.")
        await self._caller("Ole Berg", "Two cups", "One of the cups is chipped")
        self.desk.clock.advance(seconds=85)
        await self._caller("Lucía Prado", "", "Do you have a shop in Lisbon?")
        self.desk.clock.advance(seconds=25)

    async def _caller(self, name: str, topic: str, said: str) -> Someone:
        caller = await self.desk.customer(name)
        chat_id = await self.desk.chat(caller, **({"topic": topic} if topic else {}))
        await caller.say(chat_id, said)
        return caller

    async def _chat_of(self, name: str) -> str:
        found = await self.desk.documents.people.find_one({"name": name})
        chat = await self.desk.documents.chats.find_one({"customer_id": found["_id"]}, sort=[("created_at", -1)])
        return str(chat["_id"])

    async def _agent_at_work(self, page: Page) -> None:
        gus = Agent(page)
        await page.locator("label[for=status-online]").click()
        await gus.opens_the_chat_of("Ann Clarke")
        for shortcut, body in (
            ("delivery", "We deliver within three days, and you are told when it leaves."),
            ("photo", "Could you send me a photo of it, please?"),
            ("replace", "A new one leaves our shop tomorrow, and you may keep this one."),
        ):
            await self.gus.ask("save_quick_reply", client_id=shortcut, shortcut=shortcut, body=body, shared=True)
        ann = await self._chat_of("Ann Clarke")
        await self.gus.ask("set_tags", chat_id=ann, tags=["kettle", "replacement"])
        note = "Replacement agreed with the workshop: no return needed."
        await self.gus.ask("add_note", chat_id=ann, client_id="note", body=note)
        await page.reload()
        await gus.opens_the_chat_of("Ann Clarke")
        await page.locator("#composer").press_sequentially("/")
        await page.locator(".slash-option").first.wait_for()

    async def _office(self, monitor: Page) -> None:
        await monitor.emulate_media(color_scheme="light")
        await monitor.locator("a[href='#report']").click()
        await monitor.locator(".agents-table").wait_for()
        await self._shoot("report-desktop-light", monitor)

    async def _office_on_phones(self) -> None:
        ada = await self.desk.log_in("ada", "/admin")
        week = {day: [["09:00", "12:30"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        for name, zone in (("Repairs", "Europe/Lisbon"), ("Orders", "Asia/Tokyo")):
            await ada.ask("save_department", name=name, time_zone=zone, hours=week, special_days={"2030-12-25": []})
        row = []
        for scheme, address in (("light", "/admin"), ("dark", "/admin?lang=zh")):
            page = await self._log_in("ada", address, **PHONE, color_scheme=scheme)
            for room in ("departments", "people") if scheme == "light" else ("report", "audit"):
                await page.locator(f"a[href='#{room}']").click()
                row.append(await self._still(page))
                if room == "departments":
                    await page.get_by_role("button", name="Change Repairs").click()
                    row[-1] = await self._still(page)
                    await page.keyboard.press("Escape")
        self._row("office-phone", row)

    async def _phones(self, phone: Customer, shop: Customer) -> None:
        """What a customer sees, then what an agent sees, each as a row of phones."""
        await phone.page.emulate_media(color_scheme="dark")
        start = await self._open("/", **PHONE)
        waiting, ending = Customer(start), Customer(await self._open("/", **PHONE))
        await waiting.launcher.click()
        await waiting.view.locator("#name").fill("Sam Okafor")
        first = await self._still(start)
        await waiting.view.locator("#topic").fill("A kettle for induction")
        await waiting.view.locator(".start-form button").click()
        await waiting.says("Does the kettle work on an induction hob?")
        await waiting.sees_status("sent")
        row = [first, await self._still(start), await self._still(phone.page)]
        await phone.ends()
        await phone.view.locator("label[for=score-5]").click()
        row.append(await self._still(phone.page))
        self._row("widget-phone", row)
        await ending.page.close()
        desk = await self._log_in("gus", "/agent", **PHONE)
        listed = await self._still(desk)
        await Agent(desk).opens_the_chat_of("Ann Clarke")
        watched = await self._log_in("ada", "/admin", **PHONE, color_scheme="dark")
        overview = await self._still(watched)
        await watched.locator(".chats-open .row-main", has_text="Ann").click()
        self._row("staff-phone", [listed, await self._still(desk), overview, await self._still(watched)])

    async def _photo(self) -> bytes:
        page = await self._open("/static/shop/kettle.svg", viewport={"width": 640, "height": 480})
        return await page.screenshot()

    async def _log_in(self, name: str, address: str, **options: Any) -> Page:
        page = await self._open(address, **(options or DESKTOP))
        await page.locator("#username").fill(name)
        await page.locator("#password").fill(PASSWORD)
        await page.locator(".login-form button").click()
        await page.locator(".row").first.wait_for()
        return page

    async def _open(self, address: str, **options: Any) -> Page:
        context = await self.browser.new_context(**({"locale": "en-GB", "timezone_id": "Europe/Berlin"} | options))
        page = await context.new_page()
        await page.goto(f"http://{ADDRESS}{address}")
        return page

    async def _still(self, page: Page) -> Image.Image:
        await page.bring_to_front()
        await page.wait_for_timeout(SETTLED_MS)
        return Image.open(io.BytesIO(await page.screenshot())).convert("RGB")

    async def _shoot(self, name: str, page: Page) -> None:
        self._keep(name, await self._still(page))

    def _row(self, name: str, phones: list[Image.Image]) -> None:
        width = sum(each.width + GAP for each in phones) + GAP
        row = Image.new("RGB", (width, phones[0].height + 2 * GAP), GROUND)
        for number, each in enumerate(phones):
            row.paste(each, (GAP + number * (each.width + GAP), GAP))
        self._keep(name, row.resize((row.width * 3 // 5, row.height * 3 // 5), Image.Resampling.LANCZOS))

    def _keep(self, name: str, picture: Image.Image) -> None:
        """As it is where that is small enough, else with the colours a palette holds."""
        path = PICTURES / f"{name}.png"
        picture.save(path, optimize=True)
        if path.stat().st_size > MOST_BYTES:
            picture.quantize(palette=palette_of(picture), dither=Image.Dither.NONE).save(path, optimize=True)


def palette_of(picture: Image.Image) -> Image.Image:
    """The colours there are most of exactly as they are, and the rest of the 256 spread over what is left."""
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    common = [colour for _, colour in counted[:COMMON]]
    rest = [colour for _, colour in counted[COMMON:]] or common[:1]
    strip = Image.new("RGB", (len(rest), 1))
    strip.putdata(rest)
    spread = strip.quantize(256 - len(common), method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in common for part in colour] + spread)
    return palette


if __name__ == "__main__":
    asyncio.run(main())
