"""The checker of the busy hour: it has nothing against pages in order, and finds what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.busy import compare
from tests.busy.compare import Found
from tests.busy.hour import progress
from tests.busy.shown import Message, Shown, owners
from tests.busy.stored import Seat, Stored, StoredChat
from tests.busy.tally import Tally
from tests.busy.weakened import WEAKNESSES, Change

DOCUMENT = {"priority": 0, "here": ["x"], "returned": False, "queued_at": 1, "tags": ["#ann-01-tag-1"]}
ANN_SAID, GUS_SAID = "#ann-01-line-1 hello", "#ann-01-answer-1 good morning"


def stored() -> Stored:
    """Gus serves Ann, Bob waits, Cara has left a message that Gus has taken."""
    chats = [
        StoredChat("a", "open", "Ann 01", "g1", "Gus", False, DOCUMENT),
        StoredChat("b", "queued", "Bob 02", None, None, False, DOCUMENT),
        StoredChat("c", "open", "Cara 03", "g1", "Gus", True, DOCUMENT),
    ]
    chats[0].lines = [Message("opened", is_system=True), Message(ANN_SAID), Message(GUS_SAID)]
    chats[0].sides, chats[0].notes = ["customer", "agent"], ["#ann-01-note-1 for colleagues only"]
    return Stored({chat.id: chat for chat in chats}, {"g1": Seat(5, ["a"], "online")}, {"g1": "Gus"})


def page(**changed: Any) -> dict[str, Any]:
    lines = [{"body": "Gus joined", "isSystem": True}, {"body": ANN_SAID}, {"body": GUS_SAID}]
    whole = [{"isSystem": False, "isGoing": False} | line for line in lines]
    nothing: dict[str, Any] = {
        key: [] for key in ("chats", "queue", "left", "waiting", "open", "agents", "notes", "tags", "history")
    }
    row = {"title": "Ann 01", "words": ANN_SAID, "load": "", "status": "", "isEnded": False, "isCurrent": True}
    row["isHere"] = "yes"
    return nothing | {
        "name": "Ann 01", "isTalking": True, "lines": whole, "draft": "", "facts": "", "text": ANN_SAID,
        "isEnded": False, "saysWhetherEnded": True, "hasNotes": True, "hasTags": True,
        "isQueued": False, "position": "", "isLeft": False,
        "notes": ["#ann-01-note-1 for colleagues only"], "tags": ["#ann-01-tag-1"], "seats": "1 of 5 seats taken",
        "chats": [row, row | {"title": "Cara 03", "words": "", "isCurrent": False}],
        "queue": [row | {"title": "Bob 02", "words": "", "isCurrent": False}], "buttons": [],
    } | changed  # fmt: skip


def of_agent(shown: dict[str, Any]) -> Found:
    return compare.agent(Shown.of(shown), stored(), "Gus")


def of_customer(shown: dict[str, Any]) -> Found:
    return compare.customer(Shown.of(shown | {"hasNotes": False, "hasTags": False}), stored(), "Ann 01")


def test_pages_in_order() -> None:
    assert not of_agent(page())
    assert not of_customer(page(name="Gus"))


def test_marks_name_their_owners() -> None:
    assert owners("aboutAnn#ann-01-line-7 said #bob-12-answer-3, #ann-01, #anna-001-line-2") == {"ann-01", "bob-12"}


def line(body: str, **more: Any) -> dict[str, Any]:
    return {"body": body, "isSystem": False, "isGoing": False} | more


AGENT_FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("foreign bob-02", {"lines": [*page()["lines"][:2], line("#bob-02-line-1")]}),
    ("foreign bob-02", {"draft": "#bob-02-answer-1"}),
    ("foreign bob-02", {"notes": ["#bob-02-note-1"]}),
    ("foreign bob-02", {"history": ["#bob-02-topic-1"]}),
    ("foreign row Ann 01", {"chats": [page()["chats"][0] | {"words": "#bob-02-line-1"}, page()["chats"][1]]}),
    ("lines a", {"lines": page()["lines"][:2]}),
    ("lines a", {"lines": [line("#ann-01-line-9"), *page()["lines"]]}),
    ("notes a", {"notes": []}),
    ("tags a", {"tags": []}),
    ("ended a", {"isEnded": True}),
    ("my chats missing Ann 01", {"chats": page()["chats"][1:]}),
    ("queue missing Bob 02", {"queue": []}),
    ("queue here Bob 02", {"queue": [page()["queue"][0] | {"isHere": "no"}]}),
    ("left messages foreign Bob 02", {"left": page()["queue"]}),
    ("seats", {"seats": "2 of 5 seats taken"}),
]


@pytest.mark.parametrize(("key", "changed"), AGENT_FAULTS)
def test_what_is_wrong_on_an_agents_page(key: str, changed: dict[str, Any]) -> None:
    assert key in of_agent(page(**changed))


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("foreign note", {"text": "a word for colleagues only"}),
        ("foreign bob-02", {"text": "#bob-02-line-1"}),
        ("no chat a", {"isTalking": False}),
        ("queued a", {"isQueued": True}),
        ("agent a", {"name": "Bea"}),
        ("lines a", {"lines": []}),
    ],
)
def test_what_is_wrong_on_a_customers_page(key: str, changed: dict[str, Any]) -> None:
    assert key in of_customer(page(name="Gus") | changed)


def test_a_line_on_its_way_need_not_be_stored() -> None:
    assert not of_agent(page(lines=[*page()["lines"], line("#ann-01-answer-2", isGoing=True)]))


def a_seat_for_a_left_message(found: Stored) -> None:
    found.seats["g1"].chats.append("c")


def a_seat_forgotten(found: Stored) -> None:
    found.seats["g1"].chats.clear()


def a_seat_for_nothing(found: Stored) -> None:
    found.seats["g1"].chats.append("x")


def a_ghost(found: Stored) -> None:
    """Bob has no connection, and the desk believes that he is there."""
    found.chats["b"].document = DOCUMENT


def an_absentee_who_is_owed(found: Stored) -> None:
    found.chats["a"].sides.append("customer")


@pytest.mark.parametrize(
    ("breaks", "key"),
    [
        (a_seat_for_a_left_message, "held c"),
        (a_seat_forgotten, "held a"),
        (a_seat_for_nothing, "held x"),
        (a_ghost, "here b"),
        (an_absentee_who_is_owed, "absent a"),
    ],
)
def test_what_is_wrong_with_seats(breaks: Callable[[Stored], None], key: str) -> None:
    gone = {"Ann 01": 91.0, "Bob 02": 59.0}
    broken = stored()
    for chat in broken.chats.values():
        chat.document = DOCUMENT | {"here": []}
    assert not compare.seats(broken, gone, 90.0, 60.0)
    breaks(broken)
    assert key in compare.seats(broken, gone, 90.0, 60.0)


def test_what_is_told_of_a_run() -> None:
    tally = Tally()
    tally.actions["visitor writes"] += 1
    tally.settle(1.0, "Gus: seats")
    assert tally.fail("page Gus seats", "1 is shown") and not tally.fail("page Gus seats", "2 are shown")
    assert tally.found("seats") and tally.count("page") == 1
    assert "visitor writes" in tally.table() and "1.0 s: Gus: seats" in tally.table()
    assert "1 actions" in progress(tally, [], "2 open")


@pytest.mark.parametrize("change", [change for each in WEAKNESSES.values() for change in each.changes])
def test_there_is_something_to_weaken(change: Change) -> None:
    assert change.weakened()
