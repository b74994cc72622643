"""The shop's CRM at the door for programs: what it reads of Ann's chat with Gus, and what it says in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from openapi_spec_validator import validate

from server.core.scopes import SCOPES
from server.schemas.catalogue import CATALOGUE
from tests.support.branches import Branches
from tests.support.desk import Scene
from tests.support.people import PATIENCE
from tests.support.programs import program
from tests.test_role_matrix import served
from tests.test_uploads import form, picture

NewDesk = Callable[..., Awaitable[Scene]]


async def test_a_program_reads_chats_lines_and_figures(desk: Scene) -> None:
    gus, ann, ada = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann, topic="A kettle")
    _, upload = await desk.post("/api/uploads", token=ann.token, data=form(picture("PNG"), "dent.png"))
    await ann.ask("send_message", chat_id=chat_id, client_id="1", kind="image", upload_id=upload["id"])
    await gus.say(chat_id, "I see")
    bob_chat = await desk.chat(await desk.customer("bob"))
    crm = await program(desk, ada)
    every = await crm.asks("GET", "/api/chats?page_size=1")
    assert (every["count"], [chat["id"] for chat in every["results"]]) == (2, [bob_chat])
    wanted = f"status=open&agent_id={gus.id}&customer_id={ann.id}&since=2020-01-01T00:00:00+00:00&page=1"
    [chat] = (await crm.asks("GET", f"/api/chats?{wanted}"))["results"]
    assert (chat["id"], chat["customer"]["name"], chat["agent"]["id"]) == (chat_id, "Ann", gus.id)
    assert chat == await crm.asks("GET", f"/api/chats/{chat_id}")
    assert (await crm.asks("GET", "/api/chats?until=2020-01-01T00:00:00Z"))["results"] == []
    log = await crm.asks("GET", f"/api/chats/{chat_id}/messages")
    assert ([line["kind"] for line in log["messages"]], log["has_more"]) == (["system", "image", "text"], False)
    first = await crm.asks("GET", f"/api/chats/{chat_id}/messages?after=1&limit=1")
    assert ([line["seq"] for line in first["messages"]], first["has_more"]) == ([2], True)
    url = first["messages"][0]["upload"]["url"]
    assert url.startswith(f"{desk.base_url}/media/")
    assert (await status_of(desk, url)) == 200
    await gus.ask("end_chat", chat_id=chat_id)
    days = "since=2020-01-01&until=2999-01-01"
    figures = await crm.asks("GET", f"/api/report?{days.replace('-01&', '-01T00:00Z&')}T00:00Z")
    asked = {"since": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}
    assert figures == (await ada.ask("report", **asked))["figures"]
    assert figures["chats"] == 1
    await ada.ask("revoke_platform", id=crm.id)
    assert (await status_of(desk, url)) == 403, "the addresses end with the credential"


async def status_of(desk: Scene, url: str) -> int:
    async with desk.http.get(url) as answer:
        return answer.status


async def test_a_program_says_something_and_everybody_sees_that_a_bot_did(desk: Scene) -> None:
    gus, ann, ada = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Where is my parcel?")
    await ada.ask("watch_chat", chat_id=chat_id)
    crm = await program(desk, ada)
    posted = await crm.says(chat_id, "It left this morning.", "order-7")
    line = posted["message"]
    assert line["sender"] == {"id": crm.id, "role": "platform", "name": "The shop's CRM", "avatar": None}
    assert (line["via"], line["kind"], line["seq"], posted["duplicate"]) == ("api", "text", 3, False)
    for someone in (ann, gus, ada):
        assert await someone.hears("message", lambda told: told["via"] == "api") == line
    assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["unread"] == 1
    assert (await gus.ask("sync_chat", chat_id=chat_id))["chat"]["unread"] == 1, "Ann's, not the program's"
    await ann.ask("mark_read", chat_id=chat_id, seq=3)
    again = await crm.says(chat_id, "Something else", "order-7", 200)
    assert (again["message"]["body"], again["duplicate"]) == ("It left this morning.", True)
    [_, _, read] = (await crm.asks("GET", f"/api/chats/{chat_id}/messages"))["messages"]
    assert read["status"] == "read"
    await gus.ask("end_chat", chat_id=chat_id)
    assert (await crm.says(chat_id, "It left this morning.", "order-7", 200))["message"]["seq"] == 3
    assert (await crm.says(chat_id, "Are you there?", "order-8", 409))["code"] == "chat_ended"
    blocked = await desk.chat(ann)
    await ada.ask("block_customer", customer_id=ann.id)
    assert (await crm.says(blocked, "Hello", "1", 409))["code"] == "chat_ended", "a block ends the chat"
    figures = await crm.asks("GET", "/api/report?since=2020-01-01T00:00Z&until=2999-01-01T00:00Z")
    assert figures["first_response"]["count"] == 0, "nobody has answered"


async def test_what_a_program_says_moves_no_clock(new_desk: NewDesk) -> None:
    """Gus owes the answer still; and when Ann does, the time counts from what Gus said."""
    desk = await new_desk(idle_warning_seconds=60, idle_end_seconds=120)
    gus, ann, ada = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    crm = await program(desk, ada)
    await crm.says(chat_id, "You are connected.", "1")
    desk.clock.advance(seconds=200)
    await desk.looked()
    assert not ann.heard("idle_warning"), "a program's line is no answer"
    await gus.say(chat_id, "Which kettle is it?")
    desk.clock.advance(seconds=50)
    await crm.says(chat_id, "You can pay by card, too.", "2")
    desk.clock.advance(seconds=11)
    warning = await ann.hears("idle_warning")
    await crm.says(chat_id, "Have a look at our lamps.", "3")
    await desk.looked()
    assert not ann.heard("idle_cleared"), "nobody has spoken"
    desk.clock.advance(seconds=61)
    assert (await ann.hears("chat_ended"))["ended_type"] == "timeout"
    assert warning["seconds_left"] == 60


async def test_without_a_name_of_the_desk_addresses_are_relative_on_sockets_only(new_desk: NewDesk) -> None:
    desk = await new_desk(base_url="")
    gus, ann, ada = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    _, upload = await desk.post("/api/uploads", token=ann.token, data=form(picture("PNG"), "dent.png"))
    await ann.ask("send_message", chat_id=chat_id, client_id="1", kind="image", upload_id=upload["id"])
    told = (await gus.hears("message", lambda line: line["upload"]))["upload"]["url"]
    log = await (await program(desk, ada)).asks("GET", f"/api/chats/{chat_id}/messages?after=1")
    whole = f"http://localhost:{desk.settings.port}/media/"
    assert told.startswith("/media/")
    assert upload["url"].startswith(whole)
    assert log["messages"][0]["upload"]["url"].startswith(whole)


async def test_addresses_are_whole(desk: Scene) -> None:
    ann, ada = await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Hello")
    await desk.documents.people.update_one({"_id": ann.id}, {"$set": {"avatar": "/media/ann.png"}})
    crm = await program(desk, ada)
    whole = f"{desk.base_url}/media/ann.png"
    assert (await crm.asks("GET", f"/api/customers/{ann.id}"))["avatar"] == whole
    assert (await crm.asks("GET", f"/api/chats/{chat_id}"))["customer"]["avatar"] == whole
    assert (await crm.asks("GET", "/api/chats"))["results"][0]["customer"]["avatar"] == whole


WRONG = {
    "/api/chats?state=open": "state",
    "/api/chats?status=closed": "status",
    "/api/chats?page=0": "page",
    "/api/chats?page=1&page=2": "page",
    "/api/chats?page_size=many": "page_size",
    "/api/chats?since=yesterday": "since",
    "/api/chats/x/messages?after=-1": "after",
    "/api/chats/x?full=yes": "full",
    "/api/report?since=2026-01-01T00:00Z": "until",
    "/api/report?since=2026-01-02T00:00Z&until=2026-01-01T00:00Z": "until",
}


async def test_what_does_not_fit_in_an_address_is_named(desk: Scene) -> None:
    crm = await program(desk, await desk.admin("ada"))
    for path, field in WRONG.items():
        refused = await crm.asks("GET", path, 422)
        assert (refused["code"], list(refused["fields"])) == ("invalid", [field]), path
        assert refused["fields"][field][0]


async def test_what_does_not_fit_in_a_body_is_named(desk: Scene) -> None:
    ann, ada = await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    crm = await program(desk, ada)
    path = f"/api/chats/{chat_id}/messages"
    for broken in ("{", "[]", '"Hello"', ""):
        assert (await crm.asks("POST", path, 400, data=broken))["code"] == "invalid", broken
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"body": "Hello"}, "client_id"),
        ({"client_id": "1", "body": " "}, "body"),
        ({"client_id": "1", "body": "x" * 4001}, "body"),
        ({"client_id": "1", "body": "Hello", "sender": "Gus"}, "sender"),
    ]
    for given, field in wrong:
        assert list((await crm.asks("POST", path, 422, json=given))["fields"]) == [field]
    for missing in ("missing", "f" * 24, "%00", "a.b", "$ne"):
        assert (await crm.asks("GET", f"/api/chats/{missing}", 404))["code"] == "not_found"
        await crm.says(missing, "Hello", "1", 404)
    assert (await ann.ask("sync_chat", chat_id=chat_id))["messages"] == []


async def test_a_program_that_asks_too_often_is_told_when_to_come_again(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_command="2/60")
    ann, ada = await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    crm = await program(desk, ada)
    for number in (1, 2):
        await crm.says(chat_id, "Hello", f"{number}")
    assert (await crm.says(chat_id, "Hello", "3", 429))["retry_after"] > 0
    await crm.says(chat_id, "Hello", "2", 200)


# /openapi.json and /api


async def test_the_document_is_openapi_and_has_every_route(desk: Scene) -> None:
    _, document = await desk.get("/openapi.json")
    validate(document)
    described = {f"{method.upper()} {path}" for path, found in document["paths"].items() for method in found}
    assert described == {route for route in served() if route.partition(" ")[2].startswith("/api/")}
    assert document["servers"] == [{"url": desk.base_url}]
    assert "\\Z" not in str(document)


async def test_the_page_shows_every_route_and_runs_nothing(desk: Scene) -> None:
    async with desk.http.get(f"{desk.base_url}/api") as answer:
        page = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert "script-src" not in answer.headers["Content-Security-Policy"]
    for route in CATALOGUE.routes:
        assert f"<code>{route.method} {route.path}</code>" in page
    assert all(f"<code>{scope}</code>" in page for scope in SCOPES)
    assert "<script" not in page


@pytest.mark.slow
async def test_what_a_program_does_at_one_process_is_known_at_the_other(
    new_branches: Callable[..., Awaitable[Branches]],
) -> None:
    """And two requests with one client_id, at both at once, are one line."""
    desk = await new_branches(2)
    gus, ada = await desk.agent("gus", at=0), await desk.admin("ada", at=1)
    ann = await desk.customer("ann", at=0)
    chat_id = (await ann.ask("request_chat"))["chat"]["id"]
    made = await ada.ask("create_platform", name="CRM", scopes=["chats:write", "customers:write"])
    path = f"/api/chats/{chat_id}/messages"
    said = {"client_id": "order-7", "body": "It left this morning."}
    posted = await asyncio.gather(*(desk.post(path, at, made["credential"], **said) for at in (0, 1, 0, 1)))
    assert len({answer["message"]["seq"] for answer in posted}) == 1
    assert sorted(answer["duplicate"] for answer in posted) == [False, True, True, True]
    for someone in (ann, gus):
        assert (await someone.hears("message", lambda line: line["via"] == "api"))["body"] == said["body"]
    headers = {"Authorization": f"Bearer {made['credential']}"}
    address = f"{desk.branches[1].url}/api/customers/{ann.id}"
    async with desk.http.put(address, json={"name": "Ann Lind"}, headers=headers) as answer:
        assert answer.status == 200
    await gus.hears("chat_updated", lambda chat: chat["customer"]["name"] == "Ann Lind")
    async with asyncio.timeout(PATIENCE):
        while (await ann.say(chat_id, "Hello"))["sender"]["name"] != "Ann Lind":
            await asyncio.sleep(0.01)  # her process has not heard of it yet
    assert len([line for line in ann.heard("message") if line["via"] == "api"]) == 1
