"""What happens on the desk of the pictures: a week of chats, Ann's dented kettle, a crowd, two in the queue."""

from docs.screenshots.browser import DESKTOP, PHONE, Windows
from tests.browser.windows import Customer
from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone

AGENTS = (("gus", "Gus Ferreira"), ("bea", "Bea Lind"), ("ivo", "Ivo Marsh"))
LAST_WEEK = (150, 210, 95, 320, 180, 240, 130, 410) * 3  # seconds a chat took
QUICK_REPLIES = {
    "delivery": "We deliver within three days, and you are told when it leaves.",
    "photo": "Could you send me a photo of it, please?",
    "replace": "A new one leaves our shop tomorrow, and you may keep this one.",
}
WORKDAYS = {day: [["09:00", "12:30"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


class Story:
    def __init__(self, desk: Scene, windows: Windows) -> None:
        self.desk = desk
        self.windows = windows

    async def begins(self) -> None:
        accounts = self.desk.desk.rules.people.accounts
        for number, (username, name) in enumerate(AGENTS, 11):
            await accounts.create_agent(str(number), username, PASSWORD, name=name, max_chats=4)
        await accounts.create_admin("1", "ada", PASSWORD, name="Ada Moss")
        self.gus = await self.desk.log_in("gus", "/agent")
        await self.gus.ask("set_status", status="online")
        await self._last_week()

    async def _last_week(self) -> None:
        """Chats that are over: what a report counts, and what an estimate of waiting is made from."""
        for number, seconds in enumerate(LAST_WEEK):
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

    async def ann_on_the_shop_page(self) -> Customer:
        """She was here yesterday too; today her kettle has a dent."""
        shop = Customer(await self.windows.open("/", **DESKTOP))
        await self._was_here_before(shop)
        await shop.says("Hello! My kettle came today, and its lid has a dent.")
        await shop.sees_status("sent")
        ann = await self.chat_of("Ann Clarke")
        self.desk.clock.advance(minutes=1)
        await self.gus.say(ann, "Hi Ann, I am sorry to hear that. Could you send me a photo of the lid?")
        photo = {"name": "lid.png", "mimeType": "image/png", "buffer": await self.windows.photo()}
        await shop.view.locator("input[type=file]").set_input_files(photo)
        await shop.view.locator(".picture img").wait_for()
        await shop.says("Here it is.")
        await shop.sees_status("sent")
        await self.gus.ask("mark_read", chat_id=ann, seq=99)
        await self.gus.say(ann, "Thank you. A new one leaves our shop tomorrow, and you may keep this one.")
        return shop

    async def _was_here_before(self, shop: Customer) -> None:
        await shop.asks_for_a_chat("Ann Clarke", "Which kettle for two?")
        await self.gus.say(await self.chat_of("Ann Clarke"), "The small one, and it fits under the lamp.")
        await shop.ends()
        await shop.view.locator("label[for=score-5]").click()
        await shop.view.get_by_role("button", name="Send rating").click()
        await shop.view.locator(".again").click()
        self.desk.clock.advance(hours=20)
        await shop.view.locator("#topic").fill("A dented kettle")
        await shop.view.locator(".start-form .primary").click()
        await shop.view.locator("#composer").wait_for()

    async def wei_on_a_phone(self) -> Customer:
        phone = Customer(await self.windows.open("/?lang=zh", **(PHONE | {"locale": "zh-CN"})))
        await phone.asks_for_a_chat("陈薇", "换货")
        await phone.says("你好，我想把杯子换成深色的 🙂")  # noqa: RUF001
        await phone.sees_status("sent")
        self.desk.clock.advance(minutes=2)
        await self.gus.say(await self.chat_of("陈薇"), "没问题，我马上为您安排。")  # noqa: RUF001
        return phone

    async def a_crowd_comes(self) -> None:
        """All seats are taken, and two wait."""
        bea = await self.desk.log_in("bea", "/agent")
        ivo = await self.desk.log_in("ivo", "/agent")
        await ivo.ask("set_status", status="away")
        await self._caller("Tomás Vidal", "Reading lamp", "Is the lamp dimmable?")
        self.desk.clock.advance(seconds=50)
        await self._caller("Priya Nair", "Gift wrapping", "Could you wrap two kettles as gifts?")
        await self.gus.ask("set_status", status="away")
        await bea.ask("set_status", status="online", max_chats=2)
        await self._caller("Mika Saito", "Delivery to Japan", "How long does it take to Osaka?")
        self.desk.clock.advance(seconds=35)
        await self._caller("Noor Haddad", "Invoice", "I need an invoice for my company, please.")
        self.desk.clock.advance(seconds=35)
        await bea.say(await self.chat_of("Mika Saito"), "About nine days, with tracking all the way.")
        await self._caller("Ole Berg", "Two cups", "One of the cups is chipped")
        self.desk.clock.advance(seconds=85)
        await self._caller("Lucía Prado", "", "Do you have a shop in Lisbon?")
        self.desk.clock.advance(seconds=25)

    async def _caller(self, name: str, topic: str, said: str) -> Someone:
        caller = await self.desk.customer(name)
        chat_id = await self.desk.chat(caller, **({"topic": topic} if topic else {}))
        await caller.say(chat_id, said)
        return caller

    async def gus_writes_things_down(self) -> None:
        for shortcut, body in QUICK_REPLIES.items():
            await self.gus.ask("save_quick_reply", client_id=shortcut, shortcut=shortcut, body=body, shared=True)
        ann = await self.chat_of("Ann Clarke")
        await self.gus.ask("set_tags", chat_id=ann, tags=["kettle", "replacement"])
        note = "Replacement agreed with the workshop: no return needed."
        await self.gus.ask("add_note", chat_id=ann, client_id="note", body=note)

    async def ada_sets_the_hours(self) -> None:
        ada = await self.desk.log_in("ada", "/admin")
        for name, zone in (("Repairs", "Europe/Lisbon"), ("Orders", "Asia/Tokyo")):
            special = {"2030-12-25": []}
            await ada.ask("save_department", name=name, time_zone=zone, hours=WORKDAYS, special_days=special)

    async def chat_of(self, name: str) -> str:
        found = await self.desk.documents.people.find_one({"name": name})
        chat = await self.desk.documents.chats.find_one({"customer_id": found["_id"]}, sort=[("created_at", -1)])
        return str(chat["_id"])
