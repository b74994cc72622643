"""What people may be called and what they may write: seen by others, in its own place, and nobody else's name."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from server.core.characters import is_email, is_visible, poses_as, single_blanks, web_address
from tests.support.desk import PASSWORD, Scene

SECRET = "the host site's secret, thirty-two characters"
INVISIBLE = [
    "\u200b",
    "\u2060\u200d",
    "\u3164",
    "\u2800 \u2800",
    "\u202e\u202c",
    "\ufeff",
    "\u00ad",
    "\x01",
    "\u115f\u1160",
]
WRITTEN = ["Zoë 🏳️‍🌈", "👩‍👩‍👧", "می‌خواهم", "שלום", "مرحبا بكم", "नमस्ते", "王小明", "é", ".", "👍🏽"]


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
async def test_what_cannot_be_seen_is_neither_a_name_nor_a_message(desk: Scene, text: str) -> None:
    status, body = await desk.post("/api/auth/guest", {"name": text})
    assert (status, body["code"]) == (422, "invalid")
    assert "can be seen" in body["fields"]["name"][0]
    ann, gus = await desk.customer("ann"), await desk.agent("gus")
    chat_id = await desk.chat(ann)
    for someone in (ann, gus):
        error = await someone.refused("send_message", chat_id=chat_id, client_id="1", body=text)
        assert (error["code"], "can be seen" in error["fields"]["body"][0]) == ("invalid", True)
    ada = await desk.admin("ada")
    hours: dict[str, Any] = {"time_zone": "UTC", "hours": {}, "special_days": {}}
    for someone, command, payload in (
        (ada, "save_department", {"name": text, **hours}),
        (ada, "update_user", {"id": gus.id, "name": text}),
        (ada, "create_agent", {"name": text, "username": "x"}),
        (gus, "save_quick_reply", {"client_id": "1", "shortcut": "hi", "body": text}),
        (gus, "add_note", {"chat_id": chat_id, "client_id": "1", "body": text}),
        (gus, "set_tags", {"chat_id": chat_id, "tags": [text]}),
    ):
        assert (await someone.refused(command, **payload))["code"] == "invalid", command
    assert (await ann.refused("request_chat", form={"name": text}))["code"] == "invalid"


async def test_every_script_and_emoji_passes(desk: Scene) -> None:
    ann = await desk.customer("ann")
    await desk.agent("gus")
    chat_id = await desk.chat(ann)
    for text in WRITTEN:
        status, body = await desk.post("/api/auth/guest", {"name": text})
        assert (status, body["user"]["name"]) == (201, text)
        assert (await ann.say(chat_id, text))["body"] == text


async def test_a_name_does_not_turn_its_neighbours_around(desk: Scene) -> None:
    _, body = await desk.post("/api/auth/guest", {"name": " \u202eAnn\u202c\n\u2067 Lee\u2069 "})
    assert body["user"]["name"] == "Ann Lee"
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    renamed = await ada.ask("update_user", id=gus.id, name="G\u202eus\u200b")
    assert renamed["user"]["name"] == "Gus"
    error = await gus.refused("save_quick_reply", client_id="1", shortcut="a\u202eb", body="x")
    assert error["code"] == "invalid"
    ann = await desk.customer("ann")
    asked = await ann.ask("request_chat", topic="My \u202eorder", form={"name": "\u202eAnn"})
    seen = await gus.hears("chat_opened")
    assert (asked["chat"]["topic"], seen["form"]) == ("My order", {"name": "Ann"})


POSES = [
    "Support", "SUPP0RT", "s u p p o r t", "\u0405u\u0440\u0440\u043ert", "\uff42\uff4f\uff53\uff53", "客服",
    "Support Team", "a.d.m.i.n", "Ägent", "B\u200boss",
    "\ua731\u1d1c\u1d18\u1d18\u1d0f\u0280\u1d1b", "\ua4e2\ua4f4\ua4d1\ua4d1\ua4f3\ua4e3\ua4d4",
    "\U0001f182\U0001f184\U0001f17f\U0001f17f\U0001f17e\U0001f181\U0001f183", "\u13aadmin", "S\u057dpport", "Suppo\u0433t",
    "\u24c8upport Admin", "\U0001f1e6\U0001f1e9\U0001f1f2\U0001f1ee\U0001f1f3",
]  # fmt: skip


@pytest.mark.parametrize("name", POSES, ids=ascii)
async def test_a_visitor_does_not_pose_as_staff(desk: Scene, name: str) -> None:
    status, body = await desk.post("/api/auth/guest", {"name": name})
    assert (status, body["code"]) == (422, "invalid")
    assert "last name" in body["fields"]["name"][0]
    ann = await desk.customer("ann")
    assert "last name" in (await ann.refused("request_chat", form={"name": name}))["fields"]["form"][0]


async def test_a_visitor_is_not_called_as_a_colleague_is(desk: Scene) -> None:
    await desk.agent("gustav")
    for name in ("Gustav", "GUSTAV", "Gu\u0455tav", "gust\u00e4v"):
        assert (await desk.post("/api/auth/guest", {"name": name}))[0] == 422
    for name in (
        "Gustav Lee",
        "Gusta",
        "Agentina",
        "Bossi",
        "Adminka Support-Fan",
        "\ua4e2\ua4f4\ua4e0",
        "\U0001f1e8\U0001f1f3 Li",
    ):
        assert (await desk.post("/api/auth/guest", {"name": name}))[0] == 201, name


async def test_words_may_be_reserved_by_a_setting(new_desk: Any) -> None:
    desk = await new_desk(reserved_names="The Shop")
    assert (await desk.post("/api/auth/guest", {"name": "the shop"}))[0] == 422
    assert (await desk.post("/api/auth/guest", {"name": "Support"}))[0] == 201


async def test_what_the_site_says_of_its_users_is_cleaned(new_desk: Any) -> None:
    desk = await new_desk(site_secret=SECRET)

    async def shown(**claims: Any) -> dict[str, Any]:
        given = {"sub": "u-1", "exp": desk.clock.now().timestamp() + 600, **claims}
        token = jwt.encode(given, SECRET, algorithm="HS256")
        status, body = await desk.post("/api/auth/identify", {"identity_token": token})
        assert status == 200, body
        return {**body["user"], **(await desk.documents.people.find_one({"_id": body["user"]["id"]}))}

    assert (await shown(name="\u202eAnn\u202c"))["name"] == "Ann"
    for name in ("\u200b", "Support", None):
        assert (await shown(name=name))["name"] == "u-1"
    for claims in ({"sub": "Support"}, {"sub": "\u200b"}, {"sub": "admin", "name": "Admin"}):
        posed = await shown(**claims)
        assert posed["name"] == f"Visitor {posed['id'][1:]}", claims
    assert (await shown(sub="admin", name="Ann"))["name"] == "Ann"
    again = await shown(sub="admin")
    assert again["name"] == f"Visitor {again['id'][1:]}", "nor is one of before called so"
    assert (await shown(sub="u-4", name="$name"))["name"] == "$name"
    assert (await shown(sub="u-2", email="nobody", avatar="javascript:alert(1)")).keys().isdisjoint({"email"})
    assert (await shown(sub="u-3", email="ann@shop.example", avatar="https://shop.example/a.png"))["avatar"]


async def test_an_e_mail_address_is_one(desk: Scene) -> None:
    for wrong in (
        "ann",
        "ann@",
        "@shop.example",
        "ann@shop",
        "a b@shop.example",
        "ann@shop.example, bea@shop.example",
        "\u200b",
    ):
        status, body = await desk.post("/api/auth/guest", {"email": wrong})
        assert (status, "name@example.com" in str(body["fields"])) == (422, True), wrong
    for right in ("ann@shop.example", "a.b+c@xn--bcher-kva.example", "anna@bücher.example", "王@例子.中国", "", None):
        status, _ = await desk.post("/api/auth/guest", {"email": right})
        assert status == 201, right
    ann = await desk.customer("ann")
    assert (await ann.refused("request_chat", form={"email": "ann"}))["code"] == "invalid"
    assert (await ann.ask("request_chat", form={"email": "", "name": ""}))["chat"]["id"]


async def test_a_remark_that_cannot_be_seen_is_none(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    ended = (await gus.ask("end_chat", chat_id=chat_id, reason="other", comment="\u200b \u2800"))["chat"]
    assert ended["ended_comment"] is None
    assert (await ann.ask("rate_chat", chat_id=chat_id, score=5, comment="\u2060"))["chat"]["rating"]["comment"] is None
    block = (await gus.ask("block_customer", customer_id=ann.id, reason="\u3164"))["block"]
    assert block["reason"] is None


async def test_only_pages_of_the_web_are_kept(desk: Scene) -> None:
    """A chat is not refused for the page it is asked from; a link that is none is not shown to an agent."""
    gus = await desk.agent("gus")
    for page, kept in (
        ("javascript:alert(document.domain)", None), ("data:text/html,x", None), ("file:///etc/passwd", None),
        ("https://", None), ("java\nscript:x", None), ("https://shop.example/kettle?x=1#y", "https://shop.example/kettle?x=1#y"),
    ):  # fmt: skip
        ann = await desk.customer("ann")
        chat_id = (await ann.ask("request_chat", page_url=page))["chat"]["id"]
        assert (await gus.hears("chat_opened", lambda chat, its=chat_id: chat["id"] == its))["page_url"] == kept, page
        await ann.ask("end_chat", chat_id=chat_id)


def test_characters() -> None:
    assert all(map(is_visible, WRITTEN))
    assert not any(map(is_visible, [*INVISIBLE, "", " "]))
    assert [single_blanks(text) for text in WRITTEN] == WRITTEN
    assert not poses_as("", ["support"], ["Gus"])
    assert not poses_as("🙂", ["🙂"], ["👍"]), "what has no letters looks like nobody"
    assert not is_email("a@b.example\u202e")
    assert web_address(None) is None
    assert web_address("http://[::1") is None


async def test_log_in_names_are_not_judged_so(desk: Scene) -> None:
    await desk.agent("gus")
    assert (await desk.post("/api/auth/login", {"username": "gus", "password": PASSWORD}))[0] == 200
