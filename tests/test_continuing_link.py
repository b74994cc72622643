"""The link of a mail: it leads into one chat of one customer and what continues it, for a week, and nowhere else."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest
import socketio

from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone
from tests.support.smtp_server import smtp_server

SECRET = "s" * 40
NewDesk = Callable[..., Awaitable[Scene]]


def link_of(desk: Scene, customer: Someone, chat_id: str) -> str:
    return desk.desk.rules.people.chat_links.url(customer.id, chat_id)


def token_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["token"][0]


async def by_link(desk: Scene, customer: Someone, chat_id: str) -> Someone:
    """The customer on a device that knows it by this link only."""
    return await Someone(
        desk.base_url, "/customer", token_of(link_of(desk, customer, chat_id)), customer.user
    ).connect()


async def turned_away(desk: Scene, token: str, namespace: str = "/customer") -> str:
    """The code of a connect that must be refused."""
    errors: list[dict[str, Any]] = []
    socket = socketio.AsyncClient(reconnection=False)
    socket.on("connect_error", errors.append, namespace=namespace)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await socket.connect(desk.base_url, auth={"token": token}, namespaces=[namespace], transports=["websocket"])
    await socket.disconnect()
    return str(errors[0]["data"]["code"])


async def talked(desk: Scene) -> tuple[Someone, Someone, str, str]:
    """Ann, Gus, a chat of theirs that is over, and the one that Ann has now, which has nothing to do with it."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    before = await desk.chat(ann)
    await gus.hears("chat_opened", lambda chat: chat["id"] == before)
    await ann.say(before, "about the kettle")
    await gus.ask("end_chat", chat_id=before)
    now = await desk.chat(ann)
    await gus.hears("chat_opened", lambda chat: chat["id"] == now)
    return ann, gus, before, now


async def test_the_link_shows_its_chat_and_nothing_else(desk: Scene) -> None:
    ann, gus, before, now = await talked(desk)
    linked = await by_link(desk, ann, before)
    welcome = await linked.hears("welcome")
    assert (welcome["chats"], welcome["queue"], welcome["token"], welcome["user"]["id"]) == ([], None, None, ann.id)
    listed = await linked.ask("list_chats")
    assert [chat["id"] for chat in listed["results"]] == [before]
    assert "about the kettle" in [line["body"] for line in (await linked.ask("sync_chat", chat_id=before))["messages"]]
    for command, payload in (
        ("sync_chat", {}), ("send_message", {"client_id": "1", "body": "hello"}), ("mark_read", {"seq": 1}),
        ("typing", {"on": True}), ("end_chat", {}), ("keep_open", {}), ("rate_chat", {"score": 1}),
    ):  # fmt: skip
        stranger = await linked.refused(command, chat_id="f" * 24, **payload)
        assert await linked.refused(command, chat_id=now, **payload) == stranger
        assert stranger["code"] == "not_found"
    assert (await linked.ask("queue_status"))["chat"] is None
    assert (await linked.refused("request_chat"))["code"] == "conflict"
    await gus.say(now, "only for her own eyes")
    await ann.hears("message", lambda line: line["body"] == "only for her own eyes")
    await ann.ask("end_chat", chat_id=now)
    assert [name for name, _ in linked.events if name != "presence"] == ["welcome"]
    await linked.disconnect()


async def test_what_continues_the_chat_is_heard_and_answered(desk: Scene) -> None:
    """Asked for by the link itself, without saying so; Ann's own window hears all of it, too."""
    ann, gus, before, now = await talked(desk)
    await gus.ask("end_chat", chat_id=now)
    linked = await by_link(desk, ann, before)
    chat = (await linked.ask("request_chat", topic="the kettle again"))["chat"]
    assert chat["continues"] == before
    opened = await linked.hears("chat_opened")
    assert (opened["id"], opened["agent"]["id"]) == (chat["id"], gus.id)
    assert await gus.hears("chat_opened", lambda each: each["id"] == chat["id"] and each["customer_here"])
    await linked.say(chat["id"], "it leaks")
    for someone in (ann, gus, linked):
        await someone.hears("message", lambda line: line["body"] == "it leaks")
    await gus.say(chat["id"], "we send you another one")
    await linked.hears("message", lambda line: line["body"] == "we send you another one")
    form = aiohttp.FormData()
    form.add_field("file", b"some words", filename="words.txt")
    status, upload = await desk.post("/api/uploads", token=linked.token, data=form)
    assert status == 201
    await linked.ask("send_message", chat_id=chat["id"], client_id="f", kind="file", upload_id=upload["id"])
    line = await linked.hears("message", lambda line: line["upload"])
    assert (await desk.get(line["upload"]["url"]))[0] == 200
    await gus.ask("set_status", status="away")
    await linked.hears("presence", lambda body: (body["user_id"], body["status"]) == (gus.id, "away"))
    await gus.ask("set_status", status="online")
    await gus.ask("end_chat", chat_id=chat["id"])
    await linked.hears("chat_ended", lambda each: each["id"] == chat["id"])
    third = (await ann.ask("request_chat", continues=chat["id"]))["chat"]
    await linked.hears("chat_opened", lambda each: each["id"] == third["id"])
    assert [each["id"] for each in (await linked.ask("list_chats"))["results"]] == [third["id"], chat["id"], before]
    await linked.disconnect()


async def test_asking_for_the_page_changes_nothing_and_tells_nobody(desk: Scene) -> None:
    ann, _, before, _ = await talked(desk)
    count = await desk.documents.sessions.count_documents({})
    for method in ("GET", "HEAD"):
        async with desk.http.request(method, link_of(desk, ann, before)) as response:
            assert (response.status, response.headers["Referrer-Policy"]) == (200, "no-referrer")
            assert response.headers["Cache-Control"] == "no-store"
            assert token_of(link_of(desk, ann, before))[:20] not in await response.text()
    assert await desk.documents.sessions.count_documents({}) == count


async def test_what_is_no_such_link_is_refused(desk: Scene) -> None:
    ann, gus, before, _ = await talked(desk)
    tokens = desk.desk.rules.core.tokens
    good = token_of(link_of(desk, ann, before))
    bob, instant = await desk.customer("bob", connected=False), desk.clock.now()
    later = instant + timedelta(days=1)
    forged = jwt.encode(jwt.decode(good, options={"verify_signature": False}), "k" * 40, algorithm="HS256")
    assert await turned_away(desk, forged) == "unauthorized"
    assert (
        await turned_away(desk, tokens.sign("transcript", ann.id, "s", instant, later, chat=before)) == "unauthorized"
    )
    assert await turned_away(desk, tokens.sign("reset", ann.id, "s", instant, later, chat=before)) == "unauthorized"
    assert await turned_away(desk, tokens.sign("chat_link", bob.id, "s", instant, later, chat=before)) == "gone"
    assert await turned_away(desk, tokens.sign("chat_link", gus.id, "s", instant, later, chat=before)) == "gone"
    assert await turned_away(desk, tokens.sign("chat_link", ann.id, "s", instant, later, chat="f" * 24)) == "gone"
    assert await turned_away(desk, good, "/agent") == "forbidden"
    linked = await by_link(desk, ann, before)
    session = jwt.decode(linked.token, options={"verify_signature": False})["ses"]
    assert await turned_away(desk, tokens.issue(ann.id, session, instant, later)) == "unauthorized"
    await linked.disconnect()
    status, body = await desk.post("/api/auth/identify", {"identity_token": "x"}, token=good)
    assert (status, body["code"]) == (403, "forbidden")
    assert (await desk.post("/api/uploads", token=good))[0] == 409


async def test_it_ends_after_a_week_by_log_out_by_a_block_and_by_an_erasure(desk: Scene) -> None:
    ann, _, before, _ = await talked(desk)
    ada = await desk.admin("ada")
    ended = token_of(link_of(desk, ann, before))
    assert (await desk.post("/api/auth/logout", token=ended))[0] == 204
    assert await turned_away(desk, ended) == "link_expired"
    token = token_of(link_of(desk, ann, before))
    await ada.ask("block_customer", customer_id=ann.id)
    assert await turned_away(desk, token) == "gone"
    await ada.ask("unblock_customer", customer_id=ann.id)
    linked = await by_link(desk, ann, before)
    desk.clock.advance(days=7)
    await linked.hears("session_expired")
    status, body = await desk.post("/api/uploads", token=token)
    assert (await turned_away(desk, token), status, body["code"]) == ("link_expired", 401, "link_expired")
    fresh = await by_link(desk, ann, before)
    ada = await desk.log_in("ada", "/admin")
    await ada.ask("erase_customer", customer_id=ann.id, password=PASSWORD)
    await fresh.hears("session_expired")
    status, body = await desk.post("/api/uploads", token=fresh.token)
    assert (await turned_away(desk, fresh.token), status, body["code"]) == ("gone", 410, "gone")


async def test_it_ends_when_the_site_says_who_the_guest_is(new_desk: NewDesk) -> None:
    """The link was mailed to an address that the guest had typed: another's, perhaps."""
    desk = await new_desk(site_secret=SECRET)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    linked = await by_link(desk, ann, chat_id)
    another = token_of(link_of(desk, ann, chat_id))
    now = int(time.time())
    named = jwt.encode({"sub": "ann@site", "exp": now + 600, "iat": now, "jti": "1", "name": "Ann"}, SECRET, "HS256")
    assert (await desk.post("/api/auth/identify", {"identity_token": named}, token=ann.token))[0] == 200
    await linked.hears("session_expired")
    await gus.say(chat_id, "for the known Ann only")
    assert await turned_away(desk, another) == "gone"
    assert "for the known Ann only" not in [line["body"] for line in linked.heard("message")]


async def test_whoever_holds_a_link_that_has_run_out_is_mailed_a_new_one(new_desk: NewDesk) -> None:
    """To the customer's address, whoever asks; what is no such link is answered alike, and nothing comes of it."""
    async with smtp_server() as post:
        desk = await new_desk(smtp_url=post.url, mail_from="desk@shop.example", outbox_retry_seconds=0.05)
        ann = await desk.customer("ann", email="ann@home.example")
        chat_id = await desk.chat(ann)
        tokens, now = desk.desk.rules.core.tokens, desk.clock.now()
        past = tokens.sign("chat_link", ann.id, "s", now, now - timedelta(days=1), chat=chat_id)
        assert await turned_away(desk, past) == "link_expired"
        for shown in (
            "nonsense",
            ann.token,
            tokens.sign("transcript", ann.id, "s", now, now, chat=chat_id),
            past,
            past,
        ):
            assert await desk.post("/api/auth/link", {"token": shown}) == (204, "")
        taken = await post.mail()
        assert (taken.to, await desk.documents.deliveries.count_documents({})) == (["ann@home.example"], 1)
        found = re.search(r"/chat\?token=(\S+)", taken.text)
        assert found
        linked = await Someone(desk.base_url, "/customer", found[1], ann.user).connect()
        assert [chat["id"] for chat in (await linked.hears("welcome"))["chats"]] == [chat_id]
        person = await desk.documents.people.find_one({"_id": ann.id})
        assert person and person["verified_email"] == "ann@home.example", "whoever comes by it reads what goes there"
        assert (await linked.refused("leave_email", email="eve@elsewhere.example"))["code"] == "forbidden"
        await linked.disconnect()
