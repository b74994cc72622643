"""One page held against the database: every difference by a key that stays while it lasts, in words with both texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from tests.busy.shown import SECRET, Row, Shown, key_of, owners
from tests.busy.stored import Stored, StoredChat

Found = dict[str, str]  # a key, and what is wrong
BETWEEN = " \N{EN DASH} "  # a customer and its agent, in the admin's rows
PAST_SHOWN = 200  # lines of earlier chats that a page reads by itself
QUEUE_SHOWN = 20  # rows of a queue that an agent's page asks for


def foreign(shown: Shown, names: Iterable[str], where: str) -> Found:
    """Words of somebody else beside the name of this customer; it needs no database, and no connection."""
    mine = {key_of(name) for name in names}
    texts = [shown["text"], shown["draft"], shown["facts"]]
    texts += [*shown["notes"], *shown["tags"], *shown["history"], *(line.body for line in shown.lines)]
    others = set().union(*map(owners, texts)) - mine
    return {f"foreign {each}": f"words of {each} stand {where}: {_around(texts, each)}" for each in sorted(others)}


def rows_are_of_one(rows: Iterable[Row]) -> Found:
    """A row's words are those of the customer whose name stands over them."""
    found = {}
    for row in rows:
        others = owners(row.words) - {key_of(row.title.split(BETWEEN)[0])}
        if others:
            found[f"foreign row {row.title}"] = f"the row of {row.title} says {row.words!r}"
    return found


def agent(shown: Shown, stored: Stored, name: str) -> Found:
    chats, queue, left = (shown.rows(each) for each in ("chats", "queue", "left"))
    found = rows_are_of_one([*chats, *queue, *left])
    mine = [chat for chat in stored.of_agent(name) if chat.status == "open"]
    found |= listed("my chats", [row for row in chats if not row.is_ended], mine)
    waiting = stored.with_status("queued")
    for what, rows, is_left in (("queue", queue, False), ("left messages", left, True)):
        wanted = [chat for chat in waiting if chat.is_left == is_left]
        if len(wanted) <= QUEUE_SHOWN:
            found |= listed(what, rows, wanted)
    seat = stored.seat_of(name)
    taken = numbers(shown["seats"])
    if taken != [len(seat.chats), seat.max_chats]:
        found["seats"] = f"{shown['seats']!r} is shown, {len(seat.chats)} of {seat.max_chats} are stored"
    if shown["isTalking"]:
        found |= foreign(shown, [shown["name"]], f"in the pane of {shown['name']}")
        own = [chat for chat in stored.of_customer(shown["name"]) if chat.agent == name]
        found |= conversation(shown, own, stored)
        current = [row.title for row in shown.rows("chats") if row.is_current]
        if current and current != [shown["name"]]:
            found["pane"] = f"the row of {current} is chosen, the pane is of {shown['name']}"
    return found


def customer(shown: Shown, stored: Stored, name: str) -> Found:
    found = foreign(shown, [name], f"on the page of {name}")
    if SECRET in shown["text"]:
        found["foreign note"] = f"a note stands on the page of {name}: {_around([shown['text']], SECRET)}"
    chats = stored.of_customer(name)
    unended = [chat for chat in chats if chat.status != "ended"]
    if unended and not shown["isTalking"]:
        found[f"no chat {unended[0].id}"] = f"{name} has the {unended[0].status} chat {unended[0].id}; no chat is shown"
    if not shown["isTalking"]:
        return found
    found |= conversation(shown, unended or chats[-3:], stored)
    if unended and not unended[0].is_left and shown["isQueued"] != (unended[0].status == "queued"):
        found[f"queued {unended[0].id}"] = f"{name} is shown a queue: {shown['isQueued']}; it is {unended[0].status}"
    if unended and unended[0].is_left and not shown["isLeft"]:
        found[f"left {unended[0].id}"] = f"{name} is not told that {unended[0].id} is a left message"
    if unended and unended[0].status == "open" and unended[0].agent and shown["name"] != unended[0].agent:
        found[f"agent {unended[0].id}"] = f"{name} is shown {shown['name']}; {unended[0].agent} has the chat"
    if unended and unended[0].status == "queued" and not unended[0].is_left and shown["position"]:
        place = min(stored.place_of(unended[0]), 9)
        if int(shown["position"]) != place:
            found[f"place {unended[0].id}"] = f"{name} is shown the place {shown['position']}; it is {place}"
    return found


def admin(shown: Shown, stored: Stored) -> Found:
    waiting, opened = shown.rows("waiting"), shown.rows("open")
    found = rows_are_of_one([*waiting, *opened])
    found |= listed("queue", waiting, stored.with_status("queued"), with_agent=True)
    found |= listed("open chats", opened, stored.with_status("open"), with_agent=True)
    for row in shown.rows("agents"):
        seat = stored.seat_of(row.title)
        if numbers(row.load) != [len(seat.chats), seat.max_chats]:
            found[f"seats {row.title}"] = (
                f"{row.title}: {row.load!r} is shown, {len(seat.chats)} of {seat.max_chats} stored"
            )
        if row.status != seat.status:
            found[f"status {row.title}"] = f"{row.title} is shown {row.status}; it is {seat.status}"
    if shown["isTalking"] and shown["name"]:
        found |= foreign(shown, [shown["name"]], f"in the chat of {shown['name']} that the admin follows")
        found |= conversation(shown, stored.of_customer(shown["name"]), stored)
    return found


def conversation(shown: Shown, candidates: list[StoredChat], stored: Stored) -> Found:
    """The lines, notes and tags are those of one of these chats, the whole of it; the closest one is told of."""
    differences = [_unlike(shown, chat, stored) for chat in candidates]
    if not differences:
        return {"chat": f"a chat of {shown['name']} is shown, and none is stored there"}
    return min(differences, key=lambda found: (len(found), sum(map(len, found.values()))))


def _unlike(shown: Shown, chat: StoredChat, stored: Stored) -> Found:
    found: Found = {}
    whole = [line for each in _before(chat, stored) for line in each.said]
    expected = [_said(line.body, line.is_system) for line in [*whole, *chat.said]]
    lines = [_said(line.body, line.is_system) for line in shown.lines if not line.is_going]
    start = max(0, len(lines) - len(chat.said))
    if lines[start:] != expected[len(whole) :] or not _joins(lines[:start], expected[: len(whole)]):
        found[f"lines {chat.id}"] = f"of {chat.customer} are shown\n    {lines}\n  and stored\n    {expected}"
    if shown["hasNotes"] and shown["notes"] != chat.notes:
        found[f"notes {chat.id}"] = f"of {chat.customer} are shown {shown['notes']}, stored {chat.notes}"
    tags = chat.document.get("tags") or []
    if shown["hasTags"] and shown["tags"] != tags:
        found[f"tags {chat.id}"] = f"of {chat.customer} are shown {shown['tags']}, stored {tags}"
    if shown["saysWhetherEnded"] and shown["isEnded"] != (chat.status == "ended"):
        found[f"ended {chat.id}"] = f"of {chat.customer} is shown as ended: {shown['isEnded']}; it is {chat.status}"
    return found


def _before(chat: StoredChat, stored: Stored) -> list[StoredChat]:
    """The chats that this one goes on with, the first one first."""
    chain: list[StoredChat] = []
    while (before := stored.chats.get(chat.document.get("continues") or "")) and before not in chain:
        chain.insert(0, before)
        chat = before
    return chain


def _joins(shown: list[str], stored: list[str]) -> bool:
    """What stands above the chat's own lines are those of the chats before it: all, as far as they are read unasked."""
    if len(stored) <= PAST_SHOWN:
        return shown == stored
    rest = iter(stored)
    return all(line in rest for line in shown)


def _said(body: str, is_system: bool) -> str:
    """A system line is worded by the page."""
    return "*" if is_system else body


def listed(what: str, rows: list[Row], chats: list[StoredChat], *, with_agent: bool = False) -> Found:
    """One row a chat, and each says rightly whether its customer is there."""
    titles = {_title(chat) if with_agent else chat.customer: chat for chat in chats}
    found = same(what, [row.title for row in rows], list(titles))
    for row in rows:
        if row.title in titles and row.is_here != titles[row.title].is_here:
            is_here = titles[row.title].is_here
            found[f"{what} here {row.title}"] = (
                f"{what}: {row.title} is there: {row.is_here} is shown, {is_here} stored"
            )
    return found


def same(what: str, shown: list[str], stored: list[str]) -> Found:
    more, less = Counter(shown) - Counter(stored), Counter(stored) - Counter(shown)
    found = {f"{what} foreign {name}": f"{what}: {name} is shown and not stored" for name in more}
    return found | {f"{what} missing {name}": f"{what}: {name} is stored and not shown" for name in less}


def numbers(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text)]


def seats(stored: Stored, at_most_gone: dict[str, float], away_end: float, queue_grace: float) -> Found:
    """Seats and chats agree, and nobody who is gone holds either. `at_most_gone`: for how many seconds each visitor is."""
    found, held = {}, stored.held()
    for chat in stored.chats.values():
        gone = at_most_gone.get(chat.customer, 0.0)
        agents = held.pop(chat.id, [])
        wanted = [chat.agent_id] if chat.status == "open" and not chat.is_left else []
        if chat.status != "ended" and gone > 0 and chat.is_here == "yes":
            found[f"here {chat.id}"] = f"{chat.customer} is gone for {gone:.0f} s and is stored as there"
        if agents != wanted:
            found[f"held {chat.id}"] = (
                f"{chat.id} is {chat.status}, left: {chat.is_left}, of {wanted}, held by {agents}"
            )
        if away_end and agents and gone > away_end and chat.owes:
            found[f"absent {chat.id}"] = f"{chat.customer} is gone for {gone:.0f} s and holds a seat of {chat.agent}"
        if chat.status == "queued" and not chat.is_left and gone > queue_grace:
            found[f"absent {chat.id}"] = f"{chat.customer} is gone for {gone:.0f} s and holds a place in the queue"
    found |= {f"held {each}": f"{each} is held by {agents} and does not exist" for each, agents in held.items()}
    for agent_id, seat in stored.seats.items():
        if len(seat.chats) > seat.max_chats:
            found[f"full {agent_id}"] = f"{stored.names[agent_id]} has {len(seat.chats)} of {seat.max_chats} seats"
    return found


def _title(chat: StoredChat) -> str:
    return f"{chat.customer}{BETWEEN}{chat.agent}" if chat.agent else chat.customer


def _around(texts: Iterable[str], word: str) -> str:
    text = next(text for text in texts if word in text)
    at = text.index(word)
    return repr(text[max(0, at - 40) : at + 60])
