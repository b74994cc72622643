"""Invitations: a link with which a colleague makes its own account; it counts once, for a week, and by a POST only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.people.passwords import credential_hash
from store.invitations import Invitations as Stored
from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]
GONE = (404, "not_found")


async def invited(ada: Someone, **wishes: Any) -> tuple[str, dict[str, Any]]:
    """What stands in the link, and the invitation."""
    made = await ada.ask("invite_user", **{"role": "agent", **wishes})
    [token] = parse_qs(urlsplit(made["url"]).query)["token"]
    return token, made["invitation"]


async def take(desk: Scene, token: str, username: str = "bea", **more: str) -> tuple[int, Any]:
    given = {"token": token, "username": username, "name": "Bea Lind", "password": "three green lamps", **more}
    status, body = await desk.post("/api/auth/invitation", given)
    return status, body.get("code") or body["user"]


async def test_bea_takes_her_invitation(desk: Scene) -> None:
    ada = await desk.admin("ada")
    token, invitation = await invited(ada, name="Bea", departments=["sales"], email="bea@example.com")
    assert (invitation["by"]["id"], invitation["departments"]) == (ada.id, ["sales"])
    assert (await ada.ask("list_invitations"))["results"] == [invitation]
    status, user = await take(desk, token)
    assert (status, user["role"], user["name"]) == (201, "agent", "Bea Lind")
    status, body = await desk.post("/api/auth/login", {"username": "BEA", "password": "three green lamps"})
    assert (status, body["user"]["id"]) == (200, user["id"]), "it is a password of her own"
    member = (await ada.ask("list_users", role="agent"))["results"][0]
    assert (member["username"], member["seat"]["departments"]) == ("bea", ["sales"])
    assert (await desk.documents.people.find_one({"_id": user["id"]}))["email"] == "bea@example.com"
    assert (await ada.ask("list_invitations"))["count"] == 0
    assert await take(desk, token, "other") == GONE
    rows = (await ada.ask("list_audit"))["results"]
    whats = [row["what"] for row in rows if "invit" in row["what"]]
    assert whats == ["invitation_taken", "user_invited"]
    assert token not in str(rows)


async def test_an_admin_is_invited_without_departments(desk: Scene) -> None:
    ada = await desk.admin("ada")
    error = await ada.refused("invite_user", role="admin", departments=["sales"])
    assert (error["code"], list(error["fields"])) == ("invalid", ["departments"])
    for own in ({}, {"own_password": None}, {"own_password": "wrong horse"}):
        error = await ada.refused("invite_user", role="admin", **own)
        assert (error["code"], list(error["fields"])) == ("invalid", ["own_password"])
    for wrong in ({"role": "customer"}, {"role": "platform"}, {"email": "bea at home"}, {"name": " "}, {}):
        given = {"role": "agent", **wrong} if wrong else {}
        assert (await ada.refused("invite_user", **given))["code"] == "invalid", wrong
    token, _ = await invited(ada, role="admin", own_password=PASSWORD)
    assert (await take(desk, token))[1]["role"] == "admin"


async def test_who_only_looks_at_the_link_uses_nothing_up(desk: Scene) -> None:
    ada = await desk.admin("ada")
    token, _ = await invited(ada)
    for method in ("GET", "HEAD"):
        async with desk.http.request(method, f"{desk.base_url}/invite?token={token}") as answer:
            assert answer.status == 200
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert token not in await answer.text()
    assert (await desk.get(f"/api/auth/invitation?token={token}"))[0] >= 400
    assert (await take(desk, token))[0] == 201


async def test_a_link_counts_once_and_for_a_week(desk: Scene) -> None:
    ada = await desk.admin("ada")
    token, _ = await invited(ada)
    answers = await asyncio.gather(*(take(desk, token, f"bea{n}") for n in range(5)))
    assert sorted(status for status, _ in answers) == [201, 404, 404, 404, 404]
    assert await desk.documents.people.count_documents({"role": "agent"}) == 1
    token, _ = await invited(ada)
    desk.clock.advance(days=7, seconds=-1)
    ada = await desk.log_in("ada", "/admin")
    assert (await ada.ask("list_invitations"))["count"] == 1
    desk.clock.advance(seconds=1)
    assert (await ada.ask("list_invitations"))["count"] == 0
    assert await take(desk, token) == GONE
    assert await take(desk, "no such link") == GONE


async def test_what_is_refused_leaves_the_link_as_it_was(desk: Scene) -> None:
    ada = await desk.admin("ada")
    token, _ = await invited(ada)
    assert await take(desk, token, "ADA") == (409, "conflict")
    for wrong in ({"username": "no blanks"}, {"password": "passwordpassword"}, {"password": "short"}, {"name": " "}):
        assert await take(desk, token, **{"username": "bea", **wrong}) == (422, "invalid"), wrong
    assert (await take(desk, token))[0] == 201


async def test_an_invitation_is_taken_back(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    token, invitation = await invited(ada)
    assert (await gus.refused("revoke_invitation", id=invitation["id"]))["code"] == "unknown_event"
    for _ in range(2):
        assert await ada.ask("revoke_invitation", id=invitation["id"]) == {}
    assert await take(desk, token) == GONE
    token, invitation = await invited(ada)
    assert (await take(desk, token))[0] == 201
    error = await ada.refused("revoke_invitation", id=invitation["id"])
    assert (error["code"], "Bea Lind is agent" in error["detail"]) == ("conflict", True)


@pytest.mark.parametrize("how", ["disabled", "deleted"])
async def test_who_is_thrown_out_has_left_no_way_in(desk: Scene, how: str) -> None:
    ada, eve = await desk.admin("ada"), await desk.admin("eve")
    links = [(await invited(eve))[0], (await invited(eve, role="admin", own_password=PASSWORD))[0]]
    if how == "deleted":
        await ada.ask("delete_user", id=eve.id, password=PASSWORD)
    else:
        await ada.ask("update_user", id=eve.id, disabled=True)
    assert [await take(desk, token, f"bea{n}") for n, token in enumerate(links)] == [GONE, GONE]
    assert (await ada.ask("list_invitations"))["count"] == 0


async def test_a_link_of_one_who_is_out_counts_no_more_whatever_crashed(desk: Scene) -> None:
    """Before its invitations were removed."""
    await desk.admin("ada")
    eve = await desk.admin("eve")
    token, _ = await invited(eve)
    await desk.documents.people.update_one({"_id": eve.id}, {"$set": {"disabled": True}})
    assert await take(desk, token) == GONE


async def test_of_taking_and_taking_back_one_holds(desk: Scene) -> None:
    ada = await desk.admin("ada")
    for turn in range(6):
        token, invitation = await invited(ada)
        taking = asyncio.create_task(take(desk, token, f"bea{turn}"))
        for _ in range(turn):  # a little later each time
            await ada.ask("list_invitations")
        ack = await ada.raw_ack("revoke_invitation", {"id": invitation["id"]})
        assert (ack["ok"], (await taking)[0]) in {(True, 404), (False, 201)}, turn


async def test_a_crash_before_the_account_was_made(desk: Scene) -> None:
    """The link counts again a minute later; until then it is nobody else's, and is not taken back."""
    ada = await desk.admin("ada")
    token, invitation = await invited(ada)
    assert await Stored(desk.database).claim_if_open(credential_hash(token), desk.clock.now())
    assert await take(desk, token) == GONE
    assert (await ada.refused("revoke_invitation", id=invitation["id"]))["code"] == "conflict"
    desk.clock.advance(minutes=1)
    assert (await take(desk, token))[0] == 201


async def test_a_crash_after_the_account_was_made(desk: Scene) -> None:
    """The link still stands there, and counts no more all the same."""
    ada = await desk.admin("ada")
    token, invitation = await invited(ada)
    await desk.desk.rules.people.accounts.create_agent("99", "bea", PASSWORD, invitation=invitation["id"])
    assert await take(desk, token, "other") == GONE
    assert (await ada.ask("list_invitations"))["count"] == 0


async def test_only_a_hash_of_the_link_is_kept(desk: Scene) -> None:
    token, _ = await invited(await desk.admin("ada"))
    kept = await desk.documents.invitations.find_one({})
    assert token not in str(kept)
    assert kept["token_hash"] == credential_hash(token)


async def test_links_are_not_guessed(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_login="1/3600")
    codes = [(await take(desk, f"guess {n}"))[0] for n in range(12)]
    assert codes == [404] * 10 + [429] * 2
    behind_proxy = await new_desk(rate_limits="on", rate_limit_login="1/3600", trusted_proxies="127.0.0.1")
    codes = []
    for n in range(12):  # the addresses of one household
        given = {"token": f"guess {n}", "username": "bea", "name": "Bea", "password": "battery staple"}
        headers = {"X-Forwarded-For": f"2001:db8:1:2::{n}"}
        codes.append((await behind_proxy.post("/api/auth/invitation", given, headers=headers))[0])
    assert codes == [404] * 10 + [429] * 2
