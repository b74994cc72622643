"""The audit tells what admins read, which credentials were refused, and a flood of the same in one row with a count."""

from __future__ import annotations

from typing import Any

from tests.support.desk import Scene
from tests.support.people import Someone


async def rows(ada: Someone, what: str) -> list[dict[str, Any]]:
    found = (await ada.ask("list_audit", page_size=100))["results"]
    return [row for row in found if row["what"] == what]


async def test_what_an_admin_read_is_told(desk: Scene) -> None:
    ada, bob = await desk.admin("ada"), await desk.admin("bob")
    chat_id = await desk.chat(await desk.customer("ann"))
    for _ in range(3):
        await ada.ask("watch_chat", chat_id=chat_id)
    (row,) = await rows(bob, "chat_watched")
    assert (row["who"]["id"], row["whom"], row["details"]) == (ada.id, chat_id, {"count": 3})
    desk.clock.advance(seconds=3600)
    await ada.ask("watch_chat", chat_id=chat_id)
    await bob.ask("watch_chat", chat_id=chat_id)
    assert [(row["who"]["id"], row["details"]) for row in await rows(bob, "chat_watched")][:2] == [
        (bob.id, {}),
        (ada.id, {}),
    ]
    assert (await ada.refused("watch_chat", chat_id="nowhere"))["code"] == "not_found"
    assert len(await rows(bob, "chat_watched")) == 3


async def test_a_flood_of_refused_writes_is_one_row(desk: Scene) -> None:
    ada = await desk.admin("ada")
    chat_id = await desk.chat(await desk.customer("ann"))
    for n in range(20):  # whatever chat it names
        await ada.refused("send_message", chat_id=chat_id if n == 0 else f"made{n}up", client_id=str(n), body="x")
    (row,) = await rows(ada, "write_refused")
    assert (row["whom"], row["details"]) == (chat_id, {"command": "send_message", "count": 20})


async def test_refused_credentials_are_told_in_one_row(desk: Scene) -> None:
    ada = await desk.admin("ada")
    platform, credential = await desk.desk.rules.people.accounts.create_platform("7", "Shop")
    address = "/api/customers/c1/export"
    assert (await desk.get(address, token=credential))[0] == 404
    for _ in range(5):
        assert (await desk.get(address, token=f"{platform.id}.wrong"))[0] == 401
        assert (await desk.get(address, token="p999.wrong"))[0] == 401
    told = [(row["whom"], row["details"]) for row in await rows(ada, "credential_refused")]
    assert sorted(told, key=str) == sorted([(platform.id, {"count": 5}), (None, {"count": 5})], key=str)
