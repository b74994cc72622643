"""Who Ann is, as the shop's CRM says it: shown to the desk, exported, erased."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from tests.support.desk import Scene
from tests.support.people import Someone
from tests.support.programs import Program, program

SECRET = "the host site's secret, thirty-two characters"
NewDesk = Callable[..., Awaitable[Scene]]


async def test_a_program_says_who_ann_is_and_the_desk_shows_it(desk: Scene) -> None:
    gus, ann, ada = (
        await desk.agent("gus"),
        await desk.customer("ann", email="ann@example.com"),
        await desk.admin("ada"),
    )
    await desk.customer("bob")
    chat_id = await desk.chat(ann)
    crm = await program(desk, ada)
    every = await crm.asks("GET", "/api/customers?page_size=1&page=2")
    assert (every["count"], [each["name"] for each in every["results"]]) == (2, ["Ann"])
    known = await crm.asks("GET", f"/api/customers/{ann.id}")
    assert known == every["results"][0]
    assert (known["email"], known["attributes"], known["blocked"]) == ("ann@example.com", {}, False)
    said = {"name": "Ann Lind", "locale": "zh", "attributes": {"plan": "gold", "orders": "7"}}
    changed = await crm.asks("PUT", f"/api/customers/{ann.id}", json=said)
    assert changed == known | said, "what is left out stays"
    for someone in (gus, await watching(ada, chat_id)):
        shown = await someone.hears("chat_updated", lambda chat: chat["customer"]["name"] == "Ann Lind")
        assert shown["customer"]["attributes"] == {"plan": "gold", "orders": "7"}
    seen = (await ann.hears("chat_updated"))["customer"]
    assert set(seen) == {"id", "role", "name", "avatar"}, "of herself she sees what everybody does"
    assert (await ann.say(chat_id, "Hello"))["sender"]["name"] == "Ann Lind"
    told = len(gus.heard("chat_updated"))
    assert await crm.asks("PUT", f"/api/customers/{ann.id}", json=said) == changed
    await crm.asks("PUT", f"/api/customers/{ann.id}", json={"email": "ann@example.com"})
    assert not (await desk.documents.people.find_one({"_id": ann.id})).get("verified_email"), "she typed it herself"
    await crm.asks("PUT", f"/api/customers/{ann.id}", json={"email": "ann.lind@example.com"})
    assert (await desk.documents.people.find_one({"_id": ann.id}))["verified_email"] == "ann.lind@example.com"
    await gus.hears("chat_updated", lambda chat: chat["customer"]["email"] == "ann.lind@example.com")
    told += 1
    await crm.asks("PUT", f"/api/customers/{ann.id}", json={"email": None, "attributes": {}})
    assert (await crm.asks("GET", f"/api/customers/{ann.id}"))["attributes"] == {}
    await gus.hears("chat_updated", lambda chat: chat["customer"]["email"] is None)
    assert len(gus.heard("chat_updated")) == told + 1, "nothing is told of what did not change"
    await ada.ask("block_customer", customer_id=ann.id)
    assert (await crm.asks("GET", f"/api/customers/{ann.id}"))["blocked"]
    rows = [row for row in (await ada.ask("list_audit"))["results"] if row["what"] == "customer_changed"]
    assert [(row["who"]["id"], row["whom"], row["details"]) for row in rows] == [
        (crm.id, ann.id, {"fields": "email attributes"}),
        (crm.id, ann.id, {"fields": "email"}),
        (crm.id, ann.id, {"fields": "name locale attributes"}),
    ]


async def watching(ada: Someone, chat_id: str) -> Someone:
    """Ada, who has watched the chat as it is now."""
    shown = (await ada.ask("watch_chat", chat_id=chat_id))["chat"]
    ada.events.append(("chat_updated", shown))
    return ada


async def test_attributes_are_a_guests_its_sites_and_go_with_the_name(new_desk: NewDesk) -> None:
    """They move to whom the site names, are in her export, and an erasure leaves none of them."""
    desk = await new_desk(site_secret=SECRET)
    ann, ada = await desk.customer("ann"), await desk.admin("ada")
    crm = await program(desk, ada)
    await crm.asks("PUT", f"/api/customers/{ann.id}", json={"attributes": {"plan": "zanzibar"}})
    claims = {"sub": "shop-7", "name": "Ann Lind", "exp": int((datetime.now(UTC) + timedelta(hours=1)).timestamp())}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    _, named = await desk.post("/api/auth/identify", {"identity_token": token}, ann.token)
    assert named["user"]["id"] != ann.id
    shown = await crm.asks("GET", "/api/customers/sub:shop-7")
    assert (shown["id"], shown["attributes"]) == (named["user"]["id"], {"plan": "zanzibar"})
    assert (await crm.asks("GET", "/api/customers"))["count"] == 1, "the guest is she"
    path = f"/api/customers/{shown['id']}"
    async with desk.http.get(desk.base_url + path + "/export", headers=bearer(crm)) as answer:
        people = json.loads(zipfile.ZipFile(io.BytesIO(await answer.read())).read("people.json"))
    assert {"plan": "zanzibar"} in [person.get("attributes") for person in people]
    await crm.asks("DELETE", "/api/customers/sub:shop-7")
    left = await desk.documents.people.find({"role": "customer"}).to_list(None)
    assert "zanzibar" not in str(left)
    for method in ("GET", "PUT"):
        more = {"json": {"attributes": {"plan": "gold"}}} if method == "PUT" else {}
        assert (await crm.asks(method, path, 404, **more))["code"] == "not_found"
    assert (await crm.asks("GET", "/api/customers"))["count"] == 0


def bearer(crm: Program) -> dict[str, str]:
    return {"Authorization": f"Bearer {crm.credential}"}


async def test_what_a_customer_cannot_be(desk: Scene) -> None:
    ann, gus, ada = await desk.customer("ann"), await desk.agent("gus"), await desk.admin("ada")
    crm = await program(desk, ada)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"attributes": {f"k{n}": "" for n in range(21)}}, "attributes"),
        ({"attributes": {"$set": "x"}}, "attributes"),
        ({"attributes": {"a.b": "x"}}, "attributes"),
        ({"attributes": {"plan": 7}}, "attributes"),
        ({"attributes": {"plan": "x" * 501}}, "attributes"),
        ({"attributes": None}, "attributes"),
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": "Support"}, "name"),
        ({"email": "nowhere"}, "email"),
        ({"blocked": True}, "blocked"),
    ]
    for given, field in wrong:
        refused = await crm.asks("PUT", f"/api/customers/{ann.id}", 422, json=given)
        assert list(refused["fields"]) == [field], given
    for named in (gus.id, crm.id, "c999", "sub:nobody", "sub:"):
        assert (await crm.asks("PUT", f"/api/customers/{named}", 404, json={"name": "X"}))["code"] == "not_found"
    assert (await crm.asks("GET", f"/api/customers/{ann.id}"))["name"] == "Ann"
