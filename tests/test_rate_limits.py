"""Limits: every command has one, whoever is over one may do everything else, and who floods stops nobody."""

from collections.abc import Awaitable, Callable

import pytest

from server.core.rate_limits import STEPS, Limits
from server.core.settings.kinds import Rate
from server.core.settings.load import load
from server.schemas.catalogue import CATALOGUE
from server.schemas.rows import NAMESPACES
from tests.support.desk import Scene
from tests.support.wire import MISSING, enter, error_of

NewDesk = Callable[..., Awaitable[Scene]]
LINE = {"chat_id": MISSING, "client_id": "1", "body": "x"}


@pytest.mark.parametrize("namespace", NAMESPACES.values())
async def test_no_command_is_taken_without_end(new_desk: NewDesk, namespace: str) -> None:
    of_routes = {"guest", "upload"}
    once = {f"rate_limit_{name}": "1/3600" for name in load({}).rates() if name not in of_routes}
    desk = await new_desk(rate_limits="on", **once)
    client = await enter(desk, namespace)
    for row in CATALOGUE.of(namespace):
        payload = LINE if {"chat_id", "client_id"} <= row.payload.declared.keys() else {}
        codes = [(await client.ask(row.name, payload)).get("error", {}).get("code") for _ in range(2)]
        assert codes[1] == "rate_limited", f"{row.name}: {codes}"


async def test_who_is_over_one_limit_may_do_everything_else(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_command="2/3600")
    ann, bob = await desk.customer("ann"), await desk.customer("bob")
    chat_id = await desk.chat(ann)
    for _ in range(2):
        await ann.ask("list_chats")
    error = await ann.refused("list_chats")
    assert error["code"] == "rate_limited"
    assert 1700 < error["retry_after"] <= 1800
    await ann.ask("sync_chat", chat_id=chat_id)
    await ann.say(chat_id, "Everything else goes on.")
    await bob.ask("list_chats")


async def test_a_flood_does_not_become_one_of_questions_whether_it_is_a_resend(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_command="3/3600", rate_limit_send_message="1/3600")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    first = await ann.say(chat_id, "one", client_id="1")
    for _ in range(3):
        assert await ann.say(chat_id, "one", client_id="1") == first
    assert (await ann.refused("send_message", chat_id=chat_id, client_id="1", body="one"))["code"] == "rate_limited"


async def test_a_payload_of_who_is_over_a_limit_is_not_even_read(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_command="1/3600")
    client = await enter(desk, "/customer")
    error_of(await client.ask("list_chats", {"nonsense": 1}), "invalid")
    error_of(await client.ask("list_chats", {"nonsense": 1}), "rate_limited")


async def test_who_may_only_set_up_a_second_factor_has_limits_too(new_desk: NewDesk) -> None:
    desk = await new_desk(
        rate_limits="on", rate_limit_command="2/3600", rate_limit_send_message="2/3600", require_second_factor="staff"
    )
    gus = await desk.agent("gus", status=None)
    for name, given in (("list_chats", {}), ("send_message", LINE)):
        codes = [(await gus.refused(name, **given))["code"] for _ in range(4)]
        assert codes == ["forbidden"] * 2 + ["rate_limited"] * 2, name


async def test_wrong_credentials_of_platforms_are_limited_by_address(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_login="3/3600", trusted_proxies="127.0.0.1")
    _, right = await desk.desk.rules.people.accounts.create_platform("7", "Shop")

    async def status(token: str, address: str, path: str = "/api/customers/c999/export") -> int:
        return (await desk.get(path, token=token, headers={"X-Forwarded-For": address}))[0]

    assert [await status(f"p7.guess{n}", f"2001:db8:1:2::{n}") for n in range(5)] == [401] * 3 + [429] * 2
    assert await status("p7.guess", "2001:db8:1:2::9", "/metrics") == 429
    assert await status("p7.guess", "2001:db8:1:3::1") == 401
    assert await status(right, "2001:db8:1:2::9") == 404, "a right one is let in: there is no such customer"


def test_a_generous_limit_is_hinted_in_pieces_and_a_tight_one_at_once() -> None:
    hints: list[int] = []
    limits = Limits(seconds_now=lambda: 0.0, tell_others=lambda _, key, amount, *rate: hints.append(amount))
    for _ in range(600):
        limits.spend("generous", Rate(600, 60))
    assert hints == [20] * STEPS
    hints.clear()
    for _ in range(3):
        limits.spend("tight", Rate(3, 60))
    limits.refund("tight", Rate(3, 60))
    assert hints == [1, 1, 1, -1]
