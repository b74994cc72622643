"""Ada's office: people, hours, the report, who did what, and a hand on the queue."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.windows import EXPECTED, Agent, Windows
from tests.support.desk import PASSWORD


@pytest.mark.slow
async def test_a_new_agent_logs_in_with_the_password_that_was_shown_once(windows: Windows) -> None:
    windows.expected = re.compile(f"{EXPECTED.pattern}|status of 428")
    ada = await windows.admin("ada")
    await ada.goes_to("people")
    await ada.page.get_by_role("button", name="New agent").click()
    await ada.dialog.get_by_label("Name", exact=True).fill("Bea Lind")
    await ada.dialog.get_by_label("User name").fill("bea")
    await ada.dialog.get_by_role("button", name="Create").click()
    password = await ada.dialog.locator(".secret").inner_text()
    await ada.dialog.get_by_role("button", name="I have noted it").click()
    bea = Agent(await windows.open("/agent"))
    await bea.log_in("bea", password)
    await expect(bea.page.get_by_role("alert")).to_contain_text("Somebody else chose this password.")
    for label in ("New password", "New password, once more"):
        await bea.page.get_by_label(label, exact=True).fill("three green lamps")
    await bea.page.locator(".login-form button").click()
    await bea.goes("online")
    await ada.page.get_by_role("button", name="Change Bea Lind").click()
    await ada.dialog.get_by_label("Name", exact=True).fill("Bea Berg")
    await ada.dialog.get_by_label("Seats").fill("2")
    await ada.dialog.get_by_role("button", name="Save").click()
    await expect(ada.page.locator(".person", has_text="Bea Berg")).to_contain_text("2 seats")
    await ada.page.get_by_role("button", name="Change Bea Berg").click()
    await ada.dialog.get_by_label("Disabled").check()
    await ada.dialog.get_by_role("button", name="Save").click()
    await expect(bea.page.locator("#username")).to_be_visible()  # out at once
    await ada.goes_to("audit")
    await expect(ada.page.locator(".record p:first-child").first).to_have_text("Ada disabled Bea Berg")


@pytest.mark.slow
async def test_hours_are_kept_and_the_report_knows_the_chat(windows: Windows) -> None:
    gus = await windows.desk.agent("gus")
    ann = await windows.desk.customer("ann")
    chat_id = await windows.desk.chat(ann)
    await ann.say(chat_id, "Hello")
    await gus.say(chat_id, "Hello!")
    windows.desk.clock.advance(seconds=39.6)  # 40, with what really goes by
    await ann.ask("end_chat", chat_id=chat_id)
    await ann.ask("rate_chat", chat_id=chat_id, score=4)
    bea, cat = await windows.desk.customer("bea"), await windows.desk.customer("cat")
    await gus.ask("set_status", status="away")
    await bea.ask("end_chat", chat_id=await windows.desk.chat(bea))  # before anybody had it
    await cat.ask("end_chat", chat_id=await windows.desk.chat(cat, leave_message=True))
    ada = await windows.admin("ada")
    await ada.goes_to("departments")
    await ada.page.get_by_role("button", name="New department").click()
    await ada.dialog.get_by_label("Name").fill("Repairs")
    await ada.dialog.get_by_label("Time zone").fill("Europe/Paris")
    await ada.dialog.get_by_label("Monday: until").fill("00:00")
    await ada.dialog.get_by_role("button", name="Friday: remove these hours").click()
    await ada.dialog.get_by_role("button", name="Add a day").click()
    await ada.dialog.get_by_label("Date", exact=True).fill("2100-12-25")
    await ada.dialog.get_by_role("button", name="Save").click()
    row = ada.page.locator(".department-row")
    await expect(row).to_contain_text("Mon 09:00–24:00, Tue–Thu 09:00–17:00 · Europe/Paris")  # noqa: RUF001
    kept = (await windows.desk.documents.departments.find_one({}))["special_days"]
    assert kept == {"2100-12-25": []}
    await ada.goes_to("report")
    await expect(ada.page.locator(".total-chats")).to_have_text("2")
    await expect(ada.page.locator(".total-abandoned")).to_have_text("1")
    await expect(ada.page.locator(".total-left_messages")).to_have_text("1")
    await expect(ada.page.locator(".total-score")).to_have_text("4.0 / 5")
    await expect(cells(ada.page, "Handling")).to_have_text(["1", "40s", "40s", "40s"])
    await expect(ada.page.locator(".counts tr", has_text="By the customer").locator(".bar-count")).to_have_text("2")
    await expect(ada.page.locator(".agents-table tbody th")).to_have_text("Gus")
    await ada.page.get_by_label("From").fill("2001-01-01")
    await ada.page.get_by_label("Until").fill("2001-01-02")
    await ada.page.get_by_role("button", name="Show", exact=True).click()
    await expect(ada.page.locator(".report-none")).to_be_visible()


def cells(page: Page, row: str) -> Locator:
    return page.locator(".durations tr", has_text=row).locator("td")


@pytest.mark.slow
async def test_an_admin_moves_a_chat_up_and_gives_it_away(windows: Windows) -> None:
    gus = await windows.agent("gus", online=False)
    first, second = await windows.desk.customer("ann"), await windows.desk.customer("bob")
    await windows.desk.chat(first)
    await windows.desk.chat(second)
    ada = await windows.admin("ada")
    rows = ada.page.locator(".chats-queue .row-title")
    await expect(rows).to_have_text(["Ann", "Bob"])
    await ada.opens_the_chat_of("Bob")
    await ada.page.get_by_label("Priority").select_option("10")
    await expect(rows).to_have_text(["Bob", "Ann"])
    bea = await windows.desk.agent("bea", status=None, max_chats=2)
    await bea.ask("set_status", status="online", max_chats=1)
    await expect(rows).to_have_text(["Ann"])  # Bea's only seat is Bob's now
    await bea.ask("set_status", status="online", max_chats=2)
    await expect(rows).to_have_count(0)
    await ada.opens_the_chat_of("Ann")
    await ada.page.get_by_role("button", name="Give to another agent").click()
    await expect(ada.dialog.get_by_label("Gus")).to_be_disabled()
    await expect(ada.dialog.get_by_role("button", name="Assign")).to_be_disabled()
    await gus.goes("online")  # the dialog is open meanwhile
    await ada.dialog.get_by_label("Gus").check()
    await ada.dialog.get_by_role("button", name="Assign").click()
    await expect(ada.page.locator(".follow-why")).to_contain_text("An admin gave it to Gus.")
    await gus.opens_the_chat_of("Ann")
    await expect(gus.page.locator(".why")).to_have_text("An admin gave you this chat.")


@pytest.mark.slow
async def test_a_password_is_changed_and_the_other_windows_are_out(windows: Windows) -> None:
    gus = await windows.agent("gus")
    other = Agent(await windows.open("/agent"))
    await other.log_in("gus")
    await other.goes("online")
    tab = await windows.tab(gus.page.context, "/agent")
    await expect(tab.locator(".whoami-name")).to_have_text("Gus")
    await gus.page.get_by_role("button", name="Your account").click()
    for label, value in (
        ("Password until now", "wrong"),
        ("New password", "a new horse"),
        ("once more", "a new horse"),
    ):
        await gus.dialog.get_by_label(label, exact=label == "New password").fill(value)
    await gus.dialog.get_by_role("button", name="Change it").click()
    await expect(gus.dialog.locator(".problem")).to_contain_text("That is not your password.")
    await gus.dialog.get_by_label("Password until now").fill(PASSWORD)
    await gus.dialog.get_by_role("button", name="Change it").click()
    await expect(gus.dialog.locator(".done")).to_contain_text("Done.")
    await expect(other.page.locator("#username")).to_be_visible()
    windows.desk.clock.advance(minutes=2)  # tokens of before the change let nobody in any more
    await tab.get_by_role("button", name="Your account").click()
    await expect(tab.locator("dialog[open] .sessions li")).to_have_count(1)
    await gus.page.keyboard.press("Escape")
    await expect(gus.page.locator("#status-online")).to_be_checked()


@pytest.mark.slow
async def test_ones_other_log_ins_are_listed_and_ended(windows: Windows) -> None:
    gus = await windows.agent("gus")
    other = Agent(await windows.open("/agent"))
    await other.log_in("gus")
    await expect(other.page.locator(".whoami-name")).to_have_text("Gus")
    await windows.desk.log_in("gus", "/agent", connected=False)
    await gus.page.get_by_role("button", name="Your account").click()
    rows = gus.dialog.locator(".sessions li")
    await expect(rows).to_have_count(3)
    await expect(rows.filter(has_text="This one")).to_have_count(1)
    await rows.filter(has_text="Chrome on").get_by_role("button").click()
    await expect(rows).to_have_count(2)
    await expect(other.page.locator(".login-form")).to_be_visible()
    await gus.dialog.get_by_role("button", name="End all others").click()
    await expect(rows).to_have_count(1)
    await expect(gus.dialog.get_by_role("button", name="End all others")).to_be_hidden()
