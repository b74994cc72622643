"""Platforms: an admin makes another server's credential, which is good for its scopes until it is revoked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.desk import Scene

NewDesk = Callable[..., Awaitable[Scene]]
FAR = {"X-Forwarded-For": "192.0.2.1"}


async def test_a_credential_is_good_for_its_scopes(desk: Scene) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    made = await ada.ask("create_platform", name=" The  shop ", scopes=["customers:read", "customers:read"])
    platform, credential = made["platform"], made["credential"]
    assert (platform["name"], platform["scopes"], platform["disabled"]) == ("The shop", ["customers:read"], False)
    assert credential.startswith(f"{platform['id']}.")
    assert (await ada.ask("list_platforms")) == {"count": 1, "results": [platform]}
    address = f"/api/customers/{ann.id}"
    assert (await desk.request("GET", "/api/customers/c999/export", credential))[0] == 404
    for method, path in (("DELETE", address), ("GET", "/metrics")):
        status, body = await desk.request(method, path, credential, headers=FAR)
        assert (status, body["code"], "scope" in body["detail"]) == (403, "forbidden", True), path
    kept = await desk.documents.people.find_one({"_id": platform["id"]})
    rows = (await ada.ask("list_audit"))["results"]
    secret = credential.partition(".")[2]
    assert secret not in str(kept)
    assert secret not in str(rows)
    whats = {(row["what"], row["who"]["id"], row["whom"]) for row in rows if "platform" in row["what"]}
    assert whats == {("platform_created", ada.id, platform["id"])}


async def test_a_revoked_credential_is_dead_at_once_and_for_good(desk: Scene) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    made = await ada.ask("create_platform", name="Shop", scopes=["metrics", "customers:read"])
    platform_id, credential = made["platform"]["id"], made["credential"]
    path = "/api/customers/c999/export"
    assert (await desk.request("GET", path, credential))[0] == 404
    for _ in range(2):
        await ada.ask("revoke_platform", id=platform_id)
        assert (await desk.request("GET", path, credential))[0] == 401
    assert (await ada.refused("update_user", id=platform_id, disabled=False))["code"] == "not_found"
    assert (await ada.ask("list_platforms"))["count"] == 0
    whats = [row["what"] for row in (await ada.ask("list_audit"))["results"]]
    assert whats.count("platform_revoked") == 1
    for other in ("p99", ada.id, ann.id):
        assert (await ada.refused("revoke_platform", id=other))["code"] == "not_found"


async def test_what_a_platform_cannot_be(desk: Scene) -> None:
    ada = await desk.admin("ada")
    wrong: tuple[dict[str, Any], ...] = (
        {"name": "Shop"},
        {"name": "Shop", "scopes": []},
        {"name": "Shop", "scopes": ["everything"]},
        {"name": " ", "scopes": ["metrics"]},
    )
    for payload in wrong:
        assert (await ada.refused("create_platform", **payload))["code"] == "invalid", payload
    assert (await ada.ask("list_platforms"))["count"] == 0


async def test_a_credential_without_scopes_has_them_all(new_desk: NewDesk) -> None:
    desk = await new_desk(trusted_proxies="127.0.0.1")
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    _, credential = await desk.desk.rules.people.accounts.create_platform("7", "Shop")
    await desk.documents.people.update_one({"_id": "p7"}, {"$unset": {"scopes": ""}})
    [platform] = (await ada.ask("list_platforms"))["results"]
    assert {"customers:read", "customers:write", "metrics"} <= set(platform["scopes"])
    assert (await desk.request("GET", "/metrics", credential, headers=FAR))[0] == 200
    assert (await desk.request("DELETE", f"/api/customers/{ann.id}", credential))[0] == 200


async def test_an_admin_ends_any_chat(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    ended = await ada.ask("end_chat", chat_id=chat_id, comment="spam")
    how = {name: ended["chat"][f"ended_{name}"] for name in ("by", "type", "reason")}
    assert how == {"by": ada.id, "type": "system", "reason": "other"}
    for side in (ann, gus):
        assert (await side.hears("chat_ended"))["ended_by"] == ada.id
    assert await ada.ask("end_chat", chat_id=chat_id, reason="resolved") == ended
    assert (await gus.ask("list_agents"))["results"][0]["open"] == 0
    assert (await ada.refused("send_message", chat_id=chat_id, client_id="1", body="x"))["code"] == "read_only"
    await gus.ask("set_status", status="away")
    waits = await desk.chat(ann)
    assert (await ada.ask("end_chat", chat_id=waits, reason="resolved"))["chat"]["ended_reason"] == "resolved"
    rows = [row["whom"] for row in (await ada.ask("list_audit"))["results"] if row["what"] == "chat_ended"]
    assert rows == [waits, chat_id]
