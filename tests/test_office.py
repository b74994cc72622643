"""Notes, tags, quick replies, people, departments, the audit: what stands behind the desk."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.departments.hours import DAYS
from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]
ALL_DAY = {day: [["00:00", "24:00"]] for day in DAYS}
ROOMS: dict[str, Any] = {"time_zone": "Europe/Paris", "hours": ALL_DAY, "special_days": {}}


async def open_chat(desk: Scene) -> tuple[Someone, Someone, str]:
    """Gus serves Ann."""
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")
    return ann, gus, await desk.chat(ann)


async def audited(ada: Someone, what: str) -> list[dict[str, Any]]:
    return [deed for deed in (await ada.ask("list_audit", page_size=100))["results"] if deed["what"] == what]


async def test_notes_are_for_agents_and_watchers_only(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    ada, hal = await desk.admin("ada"), await desk.agent("hal")
    twin = await gus.another()
    await ada.ask("watch_chat", chat_id=chat_id)
    note = (await gus.ask("add_note", chat_id=chat_id, client_id="n1", body="Rude, but right"))["note"]
    assert (note["author"]["id"], note["body"]) == (gus.id, "Rude, but right")
    for who in (gus, twin, ada):
        assert (await who.hears("note_added"))["note"] == note
        await who.hears("chat_updated")
    assert (await gus.ask("add_note", chat_id=chat_id, client_id="n1", body="Changed"))["note"] == note
    second = (await gus.ask("add_note", chat_id=chat_id, client_id="n2", body="Wants a refund"))["note"]
    assert await gus.ask("list_notes", chat_id=chat_id) == {"count": 2, "results": [note, second]}
    assert (await ada.ask("list_notes", chat_id=chat_id))["count"] == 2
    for command in ({"client_id": "x", "body": "x"}, {}):
        name = "add_note" if command else "list_notes"
        assert (await hal.refused(name, chat_id=chat_id, **command))["code"] == "not_found"
    assert (await gus.refused("add_note", chat_id=chat_id, client_id="n3", body=" \n "))["code"] == "invalid"
    assert (await ada.refused("add_note", chat_id=chat_id, client_id="n4", body="x"))["code"] == "read_only"
    assert (await ann.refused("list_notes", chat_id=chat_id))["code"] == "unknown_event"
    log = await ann.ask("sync_chat", chat_id=chat_id)
    assert "refund" not in str(log)
    assert not ann.heard("note_added") + ann.heard("chat_updated")
    await gus.ask("end_chat", chat_id=chat_id)
    await gus.ask("add_note", chat_id=chat_id, client_id="n5", body="Called back afterwards")
    assert len(ada.heard("note_added")) == 3, "a repeat is not told again"


async def test_a_note_sent_ten_times_at_once_is_kept_once(desk: Scene) -> None:
    _, gus, chat_id = await open_chat(desk)
    twins = [gus, await gus.another()]
    sent = [twin.ask("add_note", chat_id=chat_id, client_id="same", body="Once") for twin in twins for _ in range(5)]
    assert len({ack["note"]["id"] for ack in await asyncio.gather(*sent)}) == 1


async def test_tags(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    ada, hal = await desk.admin("ada"), await desk.agent("hal")
    await ada.ask("watch_chat", chat_id=chat_id)
    tagged = (await gus.ask("set_tags", chat_id=chat_id, tags=["  Refund ", "VIP", "refund", "late   parcel"]))["chat"]
    assert tagged["tags"] == ["refund", "vip", "late parcel"]
    for who in (gus, ada):
        assert (await who.hears("chat_updated"))["tags"] == tagged["tags"]
    assert not ann.heard("chat_updated")
    assert "tags" not in (await ann.ask("sync_chat", chat_id=chat_id))["chat"]
    assert (await gus.ask("set_tags", chat_id=chat_id, tags=[]))["chat"]["tags"] == []
    for tags in (["x" * 41], ["  "], [""], [f"t{n}" for n in range(21)], [5], "vip", [{"$gt": ""}]):
        assert (await gus.refused("set_tags", chat_id=chat_id, tags=tags))["code"] == "invalid"
    assert (await hal.refused("set_tags", chat_id=chat_id, tags=["mine"]))["code"] == "not_found"
    assert (await ada.refused("set_tags", chat_id=chat_id, tags=["mine"]))["code"] == "read_only"


async def test_quick_replies(desk: Scene) -> None:
    gus, hal = await desk.agent("gus"), await desk.agent("hal")
    hello = (await gus.ask("save_quick_reply", client_id="q1", shortcut="/hello", body="Hello, how can I help?"))[
        "quick_reply"
    ]
    assert (hello["shortcut"], hello["shared"], hello["owner"]["id"]) == ("hello", False, gus.id)
    again = await gus.ask("save_quick_reply", client_id="q1", shortcut="other", body="Other")
    assert again["quick_reply"] == hello
    bye = (await gus.ask("save_quick_reply", client_id="q2", shortcut="bye", body="Goodbye!", shared=True))[
        "quick_reply"
    ]
    assert await gus.ask("list_quick_replies") == {"count": 2, "results": [bye, hello]}
    assert await hal.ask("list_quick_replies") == {"count": 1, "results": [bye]}

    async def code(who: Someone, command: str, **payload: Any) -> str:
        return str((await who.refused(command, **payload))["code"])

    assert await code(gus, "save_quick_reply", client_id="q3", shortcut="bye", body="x") == "conflict"
    assert await code(gus, "save_quick_reply", id=hello["id"], shortcut="bye", body="x") == "conflict"
    assert await code(gus, "save_quick_reply", shortcut="new", body="x") == "invalid", "neither id nor client_id"
    assert await code(gus, "save_quick_reply", client_id="q4", shortcut="two words", body="x") == "invalid"
    assert await code(hal, "save_quick_reply", id=bye["id"], shortcut="bye", body="Mine") == "forbidden"
    assert await code(hal, "save_quick_reply", id=hello["id"], shortcut="hello", body="Mine") == "not_found"
    assert await code(hal, "delete_quick_reply", id=bye["id"]) == "forbidden"
    assert await code(hal, "delete_quick_reply", id=hello["id"]) == "not_found"
    assert await code(hal, "delete_quick_reply", id="nothing") == "not_found"
    edited = await gus.ask("save_quick_reply", id=bye["id"], shortcut="ciao", body="See you!")
    assert edited["quick_reply"] == {**bye, "shortcut": "ciao", "body": "See you!"}, "shared stays as it was"
    await hal.ask("save_quick_reply", client_id="q1", shortcut="ciao", body="Hal's own")
    assert [reply["owner"]["id"] for reply in (await hal.ask("list_quick_replies"))["results"]] == [gus.id, hal.id]
    for _ in range(2):
        assert await gus.ask("delete_quick_reply", id=bye["id"]) == {}
    assert (await hal.ask("list_quick_replies"))["count"] == 1
    assert await code(gus, "save_quick_reply", id=bye["id"], shortcut="bye", body="x") == "not_found"
    assert await code(gus, "save_quick_reply", client_id="q2", shortcut="bye", body="x") == "conflict", "it is gone"
    await gus.ask("save_quick_reply", client_id="q5", shortcut="ciao", body="The shortcut is free again")


async def test_the_history_of_ones_customers(desk: Scene) -> None:
    ann, gus, first = await open_chat(desk)
    hal = await desk.agent("hal", status="offline")
    await gus.ask("end_chat", chat_id=first)
    await gus.ask("set_status", status="offline")
    assert (await hal.refused("customer_history", customer_id=ann.id))["code"] == "not_found"
    second = await desk.chat(ann)
    await hal.ask("set_status", status="online")
    await hal.hears("chat_opened")
    for agent in (gus, hal):
        history = await agent.ask("customer_history", customer_id=ann.id)
        assert [chat["id"] for chat in history["results"]] == [second, first]
    page = await hal.ask("customer_history", customer_id=ann.id, page=2, page_size=1)
    assert (page["count"], [chat["id"] for chat in page["results"]]) == (2, [first])
    await desk.documents.chats.update_one(
        {"_id": first}, {"$set": {"last_agent_id": hal.id}}
    )  # as after a transfer: gus is not the last one any more, but has served
    assert (await gus.ask("customer_history", customer_id=ann.id))["count"] == 2
    assert (await gus.refused("customer_history", customer_id="c999"))["code"] == "not_found"


async def test_changing_ones_password_ends_every_other_session(desk: Scene) -> None:
    gus = await desk.agent("gus")
    tab, phone = await gus.another(), await desk.log_in("gus", "/agent")
    wrong = await gus.refused("change_password", old="guess guess", new="battery staple")
    assert (wrong["code"], list(wrong["fields"])) == ("invalid", ["old"])
    assert (await gus.refused("change_password", old=PASSWORD, new="short"))["code"] == "invalid"
    for _ in range(2):
        assert await gus.ask("change_password", old=PASSWORD, new="battery staple") == {}
    await phone.hears("session_expired")
    status, _ = await desk.post("/api/auth/login", {"username": "gus", "password": PASSWORD})
    assert status == 401
    status, _ = await desk.post("/api/auth/login", {"username": "gus", "password": "battery staple"})
    assert status == 200
    assert (await gus.ask("list_agents"))["count"] == 1, "this connection stays"
    assert not tab.heard("session_expired"), "and so does the other tab of this session"
    await gus.disconnect()
    await gus.reconnect()
    status, _ = await desk.post("/api/auth/logout", token=phone.token)
    assert status == 401
    ada = await desk.admin("ada")
    assert await ada.ask("change_password", old=PASSWORD, new="an admin's own") == {}
    assert [deed["who"]["id"] for deed in await audited(ada, "password_changed")] == [ada.id, gus.id]
    assert len(await audited(ada, "password_change_failed")) == 1
    assert "battery" not in str(await ada.ask("list_audit"))


async def test_guessing_the_old_password_has_its_limit(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_login="3/60")
    gus = await desk.agent("gus")
    codes = [(await gus.refused("change_password", old=f"guess {n}", new="battery staple"))["code"] for n in range(5)]
    assert codes == ["invalid"] * 3 + ["rate_limited"] * 2


async def test_making_agents(desk: Scene) -> None:
    ada = await desk.admin("ada")
    wishes = {"name": "Gus Gray", "username": "gus", "departments": ["sales", " sales "], "max_chats": 3}
    made = await ada.ask("create_agent", client_id="one", **wishes)
    assert (made["user"]["role"], made["user"]["name"], made["user"]["disabled"]) == ("agent", "Gus Gray", False)
    assert (made["seat"]["max_chats"], made["seat"]["departments"]) == (3, ["sales"])
    first = {"username": "gus", "password": made["password"]}
    status, body = await desk.post("/api/auth/login", {**first, "new_password": PASSWORD})
    assert (status, body["user"]["id"]) == (200, made["user"]["id"])
    again = await ada.ask("create_agent", client_id="one", **wishes)
    assert again == {**made, "password": None}, "the invented password is shown once"
    assert (await ada.refused("create_agent", client_id="two", **wishes))["code"] == "conflict"
    assert (await ada.refused("create_agent", **wishes))["code"] == "conflict"
    hal = await ada.ask("create_agent", name="Hal", username="hal", password="battery staple")
    assert hal["password"] is None
    assert hal["seat"]["max_chats"] == 5
    assert int(hal["user"]["id"][1:]) > int(made["user"]["id"][1:])
    for wrong in ({"username": "no blanks"}, {"username": ""}, {"password": "short"}, {"max_chats": 51}, {"name": " "}):
        refused = await ada.refused("create_agent", **({"name": "Ivy", "username": "ivy"} | wrong))
        assert (refused["code"], list(refused["fields"])) == ("invalid", list(wrong))
    users = await ada.ask("list_users")
    assert [user["name"] for user in users["results"]] == ["Hal", "Gus Gray", "Ada"]
    assert [bool(user["seat"]) for user in users["results"]] == [True, True, False]
    await desk.customer("ann")
    assert (await ada.ask("list_users", role="customer"))["results"][0]["name"] == "Ann"
    assert (await ada.ask("list_users", role="agent", page=2, page_size=1))["count"] == 2
    assert [deed["whom"] for deed in await audited(ada, "agent_created")] == [hal["user"]["id"], made["user"]["id"]]


async def test_changing_people(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    ada = await desk.admin("ada")
    changed = await ada.ask("update_user", id=gus.id, name="Gustav", max_chats=2, departments=["sales"])
    assert (changed["user"]["name"], changed["seat"]["max_chats"], changed["seat"]["departments"]) == (
        "Gustav", 2, ["sales"],
    )  # fmt: skip
    said = await gus.say(chat_id, "I have another name now")
    assert said["sender"]["name"] == "Gustav"
    assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["agent"]["name"] == "Gustav"
    assert (await ada.refused("update_user", id=ann.id, max_chats=2))["code"] == "invalid"
    assert (await ada.refused("update_user", id=ann.id, password="battery staple"))["code"] == "invalid"
    assert (await ada.refused("update_user", id="g999", name="Nobody"))["code"] == "not_found"
    assert (await ada.refused("update_user", id=ada.id, password="battery staple"))["code"] == "forbidden"
    await ada.ask("update_user", id=gus.id, password="battery staple", own_password=PASSWORD)
    await gus.hears("session_expired")
    status, _ = await desk.post("/api/auth/login", {"username": "gus", "password": "battery staple"})
    assert status == 428
    assert (await audited(ada, "user_renamed"))[0]["details"] == {}, "people are named by id, and by today's name"
    assert (await audited(ada, "seat_changed"))[0]["details"] == {"max_chats": 2, "departments": ["sales"]}


async def test_more_seats_serve_who_waits(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus", max_chats=0)
    ann = await desk.customer("ann")
    await desk.chat(ann)
    await ada.ask("update_user", id=gus.id, max_chats=1)
    await ann.hears("chat_opened")


async def test_a_disabled_agent_is_out_at_once(desk: Scene) -> None:
    ada, gus, hal = await desk.admin("ada"), await desk.agent("gus"), await desk.agent("hal", status=None)
    phone = await desk.log_in("gus", "/agent")
    token = phone.token
    out = await ada.ask("update_user", id=gus.id, disabled=True)
    assert (out["user"]["disabled"], out["seat"]["status"]) == (True, "offline")
    for window in (gus, phone):
        await window.hears("session_expired")
    await hal.hears("presence", lambda p: p["user_id"] == gus.id and p["status"] == "offline")
    ann = await desk.customer("ann")
    assert (await ann.ask("request_chat"))["chat"]["status"] == "queued"
    for answer in (
        await desk.post("/api/auth/login", {"username": "gus", "password": PASSWORD}),
        await desk.post("/api/auth/logout", token=token),
    ):
        assert answer[0] == 401
    assert gus.id not in [seat["agent"]["id"] for seat in (await hal.ask("list_agents"))["results"]]
    await ada.ask("update_user", id=gus.id, disabled=True)
    assert (await ada.ask("update_user", id=gus.id, disabled=False))["user"]["disabled"] is False
    status, _ = await desk.post("/api/auth/logout", token=token)
    assert status == 401, "what was dead does not come back"
    back = await desk.log_in("gus", "/agent")
    assert (await back.hears("welcome"))["seat"]["chosen"] == "offline", "it goes online when it chooses to"
    assert len(await audited(ada, "user_disabled")) == 1, "the second time nothing changed"


async def test_an_admin_is_always_left(desk: Scene) -> None:
    ada, bob = await desk.admin("ada"), await desk.admin("bob")
    assert (await ada.refused("update_user", id=ada.id, disabled=True))["code"] == "forbidden"
    # Bob has disabled Ada at this very moment; her own command is on its way already.
    await desk.documents.people.update_one({"_id": ada.id}, {"$set": {"disabled": True}})
    assert (await ada.refused("update_user", id=bob.id, disabled=True))["code"] == "conflict"
    assert (await bob.ask("list_users", role="admin"))["count"] == 2
    await bob.ask("update_user", id=ada.id, disabled=False)
    await ada.ask("update_user", id=bob.id, disabled=True)
    await bob.hears("session_expired")


async def test_departments(desk: Scene) -> None:
    ada = await desk.admin("ada")
    sales = (await ada.ask("save_department", name=" Sales ", **ROOMS))["department"]
    assert (sales["name"], sales["is_open"], sales["opens_at"]) == ("Sales", True, None)
    assert (await ada.ask("save_department", name="Sales", **ROOMS))["department"] == sales, "a repeat"
    other = {**ROOMS, "time_zone": "Asia/Shanghai"}
    assert (await ada.refused("save_department", name="Sales", **other))["code"] == "conflict"
    closed = (await ada.ask("save_department", name="Returns", **{**ROOMS, "hours": {}}))["department"]
    assert (closed["is_open"], closed["opens_at"]) == (False, None)
    assert (await ada.refused("save_department", id=closed["id"], name="Sales", **ROOMS))["code"] == "conflict"
    assert (await ada.refused("save_department", id="nothing", name="New", **ROOMS))["code"] == "not_found"
    assert await ada.ask("list_departments") == {"count": 2, "results": [closed, sales]}
    tomorrow = (desk.clock.now().replace(hour=0, minute=0)).date().isoformat()
    special = {**ROOMS, "special_days": {tomorrow: []}, "time_zone": "UTC"}
    moved = (await ada.ask("save_department", id=sales["id"], name="Sales", **special))["department"]
    assert moved["special_days"] == {tomorrow: []}
    assert moved["opens_at"].endswith("T00:00:00.000Z")
    assert {deed["whom"] for deed in await audited(ada, "department_saved")} == {sales["id"], closed["id"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../../etc/passwd"},
        {"hours": {"monday": [["09:00", "17:00"]]}},
        {"hours": {"mon": [["17:00", "09:00"]]}},
        {"hours": {"mon": [["09:00", "09:00"]]}},
        {"hours": {"mon": [["09:00", "12:00"], ["11:59", "17:00"]]}},
        {"hours": {"mon": [["13:00", "17:00"], ["09:00", "12:00"]]}},
        {"hours": {"mon": [["9:00", "12:00"]]}},
        {"hours": {"mon": [["09:00", "24:01"]]}},
        {"hours": {"mon": [["24:00", "24:00"]]}},
        {"hours": {"mon": [["09:00"]]}},
        {"hours": {"mon": ["09:00", "12:00"]}},
        {"hours": {"mon": [["09:00", "12:00"]] * 11}},
        {"hours": {"$where": []}},
        {"special_days": {"2026-02-30": []}},
        {"special_days": {"20261225": []}},
        {"special_days": {"25.12.2026": []}},
        {"special_days": {"2026-12-25": None}},
        {"name": "  "},
    ],
    ids=str,
)
async def test_hours_that_cannot_be(wrong: dict[str, Any]) -> None:
    """The payload as the dispatcher loads it: no desk is needed to refuse it."""
    from marshmallow import ValidationError

    from server.schemas.catalogue import CATALOGUE

    payload = CATALOGUE.command("/admin", "save_department").payload
    payload.load({"name": "Sales", **ROOMS})
    with pytest.raises(ValidationError) as refused:
        payload.load({"name": "Sales", **ROOMS} | wrong)
    assert list(refused.value.messages_dict) == list(wrong)


async def test_a_renamed_department_keeps_its_agents_and_chats(desk: Scene) -> None:
    ada = await desk.admin("ada")
    sales = (await ada.ask("save_department", name="Sales", **ROOMS))["department"]
    gus = await desk.agent("gus", departments=["Sales", "Returns"], status="away")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann, department="Sales")
    await ada.ask("save_department", id=sales["id"], name="Shop", **ROOMS)
    assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["department"] == "Shop"
    await gus.ask("set_status", status="online")
    await ann.hears("chat_opened")
    seats = (await gus.ask("list_agents"))["results"]
    assert sorted(seats[0]["departments"]) == ["Returns", "Shop"]


async def test_once_there_are_departments_unknown_ones_are_refused(desk: Scene) -> None:
    """Else one waits for ever when every agent has departments; without any, all names go."""
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    await desk.chat(ann, department="sale")
    await ada.ask("save_department", name="Sales", **ROOMS)
    assert (await ann.ask("request_chat", department="sale"))["chat"]["status"] == "open", "again: the same"
    refusal = await bea.refused("request_chat", department="sale")
    assert (refusal["code"], list(refusal["fields"])) == ("invalid", ["department"])
    chat_id = await desk.chat(bea, department="Sales")
    refusal = await gus.refused("transfer_chat", chat_id=chat_id, department="sale", note="Yours")
    assert (refusal["code"], list(refusal["fields"])) == ("invalid", ["department"])
    assert (await gus.ask("list_notes", chat_id=chat_id))["count"] == 0
    moved = await gus.ask("transfer_chat", chat_id=chat_id, department="Sales")
    assert moved["chat"]["department"] == "Sales"


async def test_the_audit_knows_who_did_what(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    assert (await ada.refused("send_message", chat_id=chat_id, client_id="x", body="Let me"))["code"] == "read_only"
    assert (await ada.raw_ack("mark_read", {"chat_id": {"$gt": ""}}))["error"]["code"] == "read_only"
    for username in ("gus", "nobody"):
        await desk.post("/api/auth/login", {"username": username, "password": "wrong wrong"})
    trail = await ada.ask("list_audit")
    told = [(deed["what"], (deed["who"] or {}).get("name"), deed["whom"]) for deed in trail["results"]]
    assert told == [
        ("login_failed", None, None),
        ("login_failed", None, gus.id),
        ("write_refused", "Ada", None),
        ("write_refused", "Ada", chat_id),
        ("logged_in", "Gus", gus.id),
        ("logged_in", "Ada", ada.id),
    ]
    assert trail["results"][3]["details"] == {"command": "send_message"}
    assert trail["results"][1]["whom_user"]["name"] == "Gus"
    assert trail["results"][0]["details"] == {"address": "127.0.0.1"}, "what was typed as a name may be a password"
    page = await ada.ask("list_audit", page=2, page_size=4)
    assert (page["count"], len(page["results"])) == (6, 2)
    assert (await gus.refused("list_audit"))["code"] == "unknown_event"
