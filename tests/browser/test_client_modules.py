"""The client's parts on their own, in the browser they are made for."""

import json
from functools import partial
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.windows import Windows

MERGE = """async (steps) => {
  const { ChatLog } = await import("/static/client/chat_log.js");
  const log = new ChatLog();
  for (const [seqs, joins] of steps) log.add(seqs.map((seq) => ({ seq, kind: "text" })), { joins });
  return [log.lines.map(({ seq }) => seq), log.hasGap];
}"""
MEMORY = """async (full) => {
  const { Memory } = await import("/static/client/storage.js");
  const kept = {};
  const broken = { getItem: () => null, removeItem() {}, setItem() { throw new DOMException("full", "QuotaExceededError"); } };
  const memory = new Memory({ storage: full ? broken : null, kept: { "deskwire/a": "1", other: "2" },
    keep: (key, value) => { kept[key] = value; } });
  memory.set("line/1", { body: "x" });
  return [memory.get("a"), memory.get("line/1"), memory.keys("line/"), kept];
}"""

TAKE = """async (last_seqs) => {
  const { ChatBook } = await import("/static/client/chat_book.js");
  const book = new ChatBook({ on() {} }, "agent", () => new Promise(() => {}));
  const none = { delivered_seq: 0, read_seq: 0 };
  const receipts = { customer: none, agent: none };
  const chat = (last_seq) => ({ id: "x", status: "open", customer: { id: "c1" }, receipts, last_seq });
  const shown = () => book.chats.get("x")?.last_seq ?? null;
  const seen = last_seqs.map((last_seq) => { book.take(chat(last_seq)); return shown(); });
  book.forget("x");
  book.take(chat(last_seqs.at(-1)));
  return [...seen, shown()];
}"""

TYPIST = """async () => {
  const { composer } = await import("/static/elements/composer.js");
  const said = [];
  const drafts = { get: () => "", set() {}, keep() {}, remove() {} };
  const made = composer({ say() {}, attach() {}, typing: (on) => said.push(on), drafts, dropZone: document.body });
  document.body.append(made.node);
  const area = made.node.querySelector("textarea");
  for (let time = 0; time < 50; time += 1) {
    for (const text of ["a", ""]) {
      area.value = text;
      area.dispatchEvent(new Event("input"));
    }
  }
  return said;
}"""

CUT_OFF = """async () => {
  const { get, post, upload } = await import("/static/client/connection.js");
  const file = new File(["x"], "x.txt");
  const asked = [get("/api/cut", { patience: 5000 }), post("/api/cut", {}), upload(file, { token: "", progress() {} }).done];
  return (await Promise.allSettled(asked)).map(({ value, reason }) => reason?.code ?? value);
}"""

ARRIVALS = {
    "a page": ([([1, 2, 3], True)], [1, 2, 3], False),
    "a hole": ([([1], True), ([3], False)], [1], True),
    "out of order": ([([1], True), ([3], False), ([2], False)], [1, 2, 3], False),
    "doubles": ([([2], False), ([1], False), ([1, 2], True), ([2], False)], [1, 2], False),
    "an earlier page": ([([101, 102], True), ([99, 100], True)], [99, 100, 101, 102], False),
    "beyond a hole nobody fills": ([([1, 2], True), ([7, 8], True)], [7, 8], False),
}


async def test_lines_are_shown_without_hole_or_double(windows: Windows) -> None:
    page = await windows.open("/login")
    for what, (steps, lines, gap) in ARRIVALS.items():
        assert await page.evaluate(MERGE, [list(step) for step in steps]) == [lines, gap], what


async def test_an_answer_older_than_a_fact_changes_nothing(windows: Windows) -> None:
    """And does not bring a chat back that was handed on."""
    page = await windows.open("/login")
    assert await page.evaluate(TAKE, [4, 6, 5, 6, 7, 4]) == [4, 6, 6, 6, 7, 7, None]


async def test_who_types_and_deletes_says_so_once(windows: Windows) -> None:
    page = await windows.open("/login")
    assert await page.evaluate(TYPIST) == [True, False]


async def half_an_answer(status: int, route: Route) -> None:
    await route.fulfill(status=status, content_type="application/json", body='{"departments": [{"na')


async def test_an_answer_that_was_cut_off_is_none(windows: Windows) -> None:
    """Its headers had come: the widget would have worked with an availability without departments."""
    page = await windows.open("/login")
    for path, status in (("/api/cut", 200), ("/api/uploads", 201)):
        await page.route(f"**{path}", partial(half_an_answer, status))
    assert await page.evaluate(CUT_OFF) == ["no_answer", "no_answer", "no_answer"]


async def test_memory_holds_what_storage_will_not(windows: Windows) -> None:
    page = await windows.open("/login")
    none: Any = await page.evaluate(MEMORY, False)
    assert none == [1, {"body": "x"}, ["line/1"], {"deskwire/line/1": json.dumps({"body": "x"}, separators=(",", ":"))}]
    full: Any = await page.evaluate(MEMORY, True)
    assert full[1:3] == [{"body": "x"}, ["line/1"]]


@pytest.mark.slow
async def test_half_an_emoji_is_mended_before_it_is_sent(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await ann.page.frames[1].evaluate("document.querySelector('#composer').value = 'half \\ud83d of it\\0'")
    await ann.view.locator("#composer").press("Enter")
    await gus.opens_the_chat_of("Ann")
    await gus.sees("half \ufffd of it")


@pytest.mark.slow
async def test_a_limit_is_waited_for_and_nothing_is_dropped(windows: Windows, new_desk: Any) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_send_message="2/3")
    strict = Windows(windows.browser, desk)
    gus = await strict.agent("gus")
    ann = await strict.customer()
    await ann.asks_for_a_chat()
    bodies = [f"line {number}" for number in range(5)]
    for body in bodies:
        await ann.says(body)
    await gus.opens_the_chat_of("Ann")
    await expect(gus.lines).to_have_text(bodies, timeout=20_000)
    await strict.close()


@pytest.mark.slow
async def test_a_token_that_died_leads_back_to_the_start(windows: Windows) -> None:
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    session = "JSON.parse(localStorage.getItem('deskwire/session/customer')).token"
    token = await ann.page.frames[1].evaluate(session)
    status, _ = await windows.desk.post("/api/auth/logout", token=token)
    assert status == 204
    await expect(ann.view.locator("#topic")).to_be_visible()
    await ann.view.get_by_role("button", name="Start the conversation").click()
    await expect(ann.view.locator("#composer")).to_be_visible()
