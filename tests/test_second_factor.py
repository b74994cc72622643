"""Second factors of staff: set up, asked for, counted once, dropped, reset; and nothing else before where all must have one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pyotp
import pytest

from server.core.errors import SecondFactorNeeded
from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]
ASKED = (401, "second_factor")


def code_of(desk: Scene, secret: str, windows: int = 0) -> str:
    """What the phone shows, so many half minutes from now."""
    return pyotp.TOTP(secret).at(desk.clock.now() + timedelta(seconds=30 * windows))


async def set_up(desk: Scene, someone: Someone) -> tuple[str, list[str]]:
    """The secret in the app, and the recovery codes on paper; the code of now has been used by it."""
    begun = await someone.ask("begin_second_factor")
    confirmed = await someone.ask("confirm_second_factor", code=code_of(desk, begun["secret"]))
    desk.clock.advance(seconds=90)
    return begun["secret"], confirmed["recovery_codes"]


async def log_in(desk: Scene, username: str, password: str = PASSWORD, **more: str) -> tuple[int, Any]:
    """Status, and the code of a refusal or who is in."""
    status, body = await desk.post("/api/auth/login", {"username": username, "password": password, **more})
    return status, body.get("code") or body["user"]["name"]


async def audited(ada: Someone, what: str) -> list[tuple[str | None, str]]:
    rows = (await ada.ask("list_audit", page_size=100))["results"]
    return [(row["who"] and row["who"]["id"], row["whom"]) for row in rows if row["what"] == what]


async def test_gus_sets_it_up_and_every_log_in_asks_for_a_code(desk: Scene) -> None:
    gus = await desk.agent("gus")
    assert (await gus.hears("welcome"))["second_factor"] == "off"
    begun = await gus.ask("begin_second_factor")
    assert begun["uri"].startswith("otpauth://totp/Deskwire%20127.0.0.1:gus?secret=" + begun["secret"])
    assert begun["picture"].startswith("data:image/svg+xml")
    assert await log_in(desk, "gus") == (200, "Gus"), "it counts once it is confirmed"
    again = await gus.ask("begin_second_factor")
    assert again["secret"] != begun["secret"]
    error = await gus.refused("confirm_second_factor", code=code_of(desk, begun["secret"]))
    assert (error["code"], list(error["fields"])) == ("invalid", ["code"])
    confirmed = await gus.ask("confirm_second_factor", code=code_of(desk, again["secret"]))
    assert len(set(confirmed["recovery_codes"])) == 10
    for command in ("begin_second_factor", "confirm_second_factor"):
        given = {"code": "123456"} if command.startswith("confirm") else {}
        assert (await gus.refused(command, **given))["code"] == "conflict"
    desk.clock.advance(seconds=90)
    assert await log_in(desk, "gus") == ASKED
    assert await log_in(desk, "gus", code="000000") == ASKED
    assert await log_in(desk, "gus", code=code_of(desk, again["secret"], 5)) == ASKED
    assert await log_in(desk, "gus", "wrong horse", code=code_of(desk, again["secret"])) == (401, "unauthorized")
    code = code_of(desk, again["secret"])
    assert await log_in(desk, "gus", code=f" {code[:3]} {code[3:]} ") == (200, "Gus")
    await gus.reconnect()
    assert (await gus.hears("welcome"))["second_factor"] == "on"


async def test_a_missing_and_a_wrong_code_read_alike(desk: Scene) -> None:
    gus = await desk.agent("gus")
    await set_up(desk, gus)
    said = [
        await desk.post("/api/auth/login", {"username": "gus", "password": PASSWORD, **more})
        for more in ({}, {"code": None}, {"code": ""}, {"code": "123456"}, {"code": "abcd-efgh-jkmn-pqrs"})
    ]
    assert all(answer == said[0] for answer in said), said


async def test_a_code_counts_once(desk: Scene) -> None:
    gus = await desk.agent("gus")
    secret, recovery = await set_up(desk, gus)
    code = code_of(desk, secret)
    answers = await asyncio.gather(*(log_in(desk, "gus", code=code) for _ in range(5)))
    assert sorted(answers) == [(200, "Gus"), *[ASKED] * 4]
    assert await log_in(desk, "gus", code=code_of(desk, secret, -1)) == ASKED, "nor does an earlier one"
    assert await log_in(desk, "gus", code=code_of(desk, secret, 1)) == (200, "Gus")
    answers = await asyncio.gather(*(log_in(desk, "gus", code=recovery[0].upper()) for _ in range(5)))
    assert sorted(answers) == [(200, "Gus"), *[ASKED] * 4]
    assert await log_in(desk, "gus", code=recovery[1].replace("-", " ")) == (200, "Gus")
    ada = await desk.admin("ada")
    assert await audited(ada, "recovery_code_used") == [(gus.id, gus.id)] * 2


async def test_of_two_log_ins_that_have_both_found_a_code_right_one_gets_in(desk: Scene) -> None:
    """As two processes may: each has read the factor before the other used the code."""
    gus = await desk.agent("gus")
    secret, recovery = await set_up(desk, gus)
    codes = desk.desk.rules.people.login.codes
    for code in (code_of(desk, secret), recovery[0]):
        first, second = [await codes.check(gus.id, code) for _ in range(2)]
        assert first and second
        await codes.use(first)
        with pytest.raises(SecondFactorNeeded):
            await codes.use(second)


@pytest.mark.slow
async def test_a_code_counts_once_in_all_processes(new_branches: Callable[..., Any]) -> None:
    desk = await new_branches(2)
    gus = await desk.agent("gus", at=0)
    secret = (await gus.ask("begin_second_factor"))["secret"]
    totp = pyotp.TOTP(secret)
    recovery = (await gus.ask("confirm_second_factor", code=totp.now()))["recovery_codes"]

    async def enters(at: int) -> int:
        given = {"username": "gus", "password": PASSWORD, "code": recovery[0]}
        async with desk.http.post(f"{desk.branches[at].url}/api/auth/login", json=given) as answer:
            return int(answer.status)

    assert sorted(await asyncio.gather(*(enters(n % 2) for n in range(6)))) == [200, *[401] * 5]


async def test_codes_are_throttled_and_right_ones_cost_nothing(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_login="3/3600")
    gus = await desk.agent("gus")
    secret, _ = await set_up(desk, gus)
    addresses = iter(range(1, 100))

    async def enters(**more: str) -> tuple[int, str]:
        """From another address each time: it is the account that is guarded."""
        given = {"username": "gus", "password": PASSWORD, **more}
        connector = aiohttp.TCPConnector(local_addr=(f"127.0.1.{next(addresses)}", 0))
        async with aiohttp.ClientSession(connector=connector) as http:
            answer = await http.post(desk.base_url + "/api/auth/login", json=given)
            return answer.status, (await answer.json()).get("code", "")

    for _ in range(4):
        assert await enters(code=code_of(desk, secret)) == (200, "")
        assert await enters() == ASKED
        desk.clock.advance(seconds=60)
    assert [await enters(code=f"00000{n}") for n in range(4)] == [*[ASKED] * 3, (429, "rate_limited")]
    assert await enters(code=code_of(desk, secret)) == (429, "rate_limited")


async def test_it_is_dropped_with_password_and_code(desk: Scene) -> None:
    gus = await desk.agent("gus")
    secret, recovery = await set_up(desk, gus)
    error = await gus.refused("drop_second_factor", password="wrong horse", code=code_of(desk, secret))
    assert (error["code"], list(error["fields"])) == ("invalid", ["password"])
    assert (await gus.refused("drop_second_factor", password=PASSWORD, code="000000"))["code"] == "second_factor"
    assert await log_in(desk, "gus") == ASKED
    for _ in range(2):
        assert await gus.ask("drop_second_factor", password=PASSWORD, code=recovery[3]) == {}
    assert await log_in(desk, "gus") == (200, "Gus")
    assert await desk.documents.second_factors.count_documents({}) == 0
    await set_up(desk, gus)


async def test_an_admin_resets_a_colleagues_after_its_own_password(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    await set_up(desk, gus)
    error = await ada.refused("reset_second_factor", id=gus.id, password="wrong horse")
    assert (error["code"], list(error["fields"])) == ("invalid", ["password"])
    for nobody in (ann.id, "g99", "p1"):
        assert (await ada.refused("reset_second_factor", id=nobody, password=PASSWORD))["code"] == "not_found"
    assert (await ada.refused("reset_second_factor", id=ada.id, password=PASSWORD))["code"] == "forbidden"
    assert (await gus.refused("reset_second_factor", id=ada.id, password=PASSWORD))["code"] == "unknown_event"
    assert await log_in(desk, "gus") == ASKED
    for _ in range(2):
        assert await ada.ask("reset_second_factor", id=gus.id, password=PASSWORD) == {}
    await gus.hears("session_expired")
    assert (await desk.post("/api/auth/logout", token=gus.token))[0] == 401
    assert await log_in(desk, "gus") == (200, "Gus")
    assert await audited(ada, "second_factor_reset") == [(ada.id, gus.id)]


async def test_it_is_written_down_and_no_secret_is_told_again(desk: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "pymongo")  # as configure_logs has it
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    secret, recovery = await set_up(desk, gus)
    await log_in(desk, "gus", code="000000")
    await log_in(desk, "gus", code=code_of(desk, secret))
    await gus.ask("drop_second_factor", password=PASSWORD, code=recovery[0])
    for what, who in (
        ("second_factor_set_up", gus.id),
        ("second_factor_failed", None),
        ("second_factor_dropped", gus.id),
    ):
        assert await audited(ada, what) == [(who, gus.id)], what
    stored = [document async for document in desk.documents.audit.find()]
    told = [body for name, body in (*ada.events, *gus.events)]
    for hidden in (secret, *recovery):
        assert hidden not in str(stored) + str(told) + caplog.text


async def test_who_must_have_one_may_only_set_it_up(new_desk: NewDesk) -> None:
    """And is not there for anybody until then: no chat comes, nothing is heard."""
    desk = await new_desk(require_second_factor="staff")
    gus = await desk.agent("gus", status=None)
    welcome = await gus.hears("welcome")
    assert (welcome["second_factor"], welcome["seat"], welcome["chats"]) == ("needed", None, [])
    for command, given in (
        ("list_queue", {}),
        ("set_status", {"status": "online"}),
        ("list_chats", {}),
        ("change_password", {"old": PASSWORD, "new": "three green lamps"}),
        ("drop_second_factor", {"password": PASSWORD, "code": "123456"}),
    ):
        error = await gus.refused(command, **given)
        assert (error["code"], "second factor" in error["detail"]) == ("forbidden", True), command
    form = aiohttp.FormData()
    form.add_field("file", b"some words", filename="words.txt")
    status, body = await desk.post("/api/uploads", token=gus.token, data=form)
    assert (status, body["code"]) == (403, "forbidden")
    ann = await desk.customer("ann")
    await desk.chat(ann)
    assert (await desk.documents.seats.find_one({"_id": gus.id}))["connections"] == []
    await set_up(desk, gus)
    assert (await gus.refused("list_queue"))["code"] == "forbidden", "it connects again first"
    assert [name for name, _ in gus.events] == ["welcome"]
    await gus.reconnect()
    await gus.ask("set_status", status="online")
    await gus.hears("chat_opened")


async def test_only_admins_must_where_that_is_said(new_desk: NewDesk) -> None:
    desk = await new_desk(require_second_factor="admins")
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    assert (await gus.ask("list_agents"))["count"] == 1
    assert (await ada.refused("list_users"))["code"] == "forbidden"
    secret, _ = await set_up(desk, ada)
    await ada.reconnect()
    assert (await ada.ask("list_users"))["count"] == 2
    await ada.ask("drop_second_factor", password=PASSWORD, code=code_of(desk, secret))
    await ada.hears("session_expired")
    again = await desk.log_in("ada", "/admin")
    assert (await again.hears("welcome"))["second_factor"] == "needed"


@pytest.mark.parametrize("required", ["admins", "off"])
async def test_whoever_came_in_before_it_was_set_up_is_out(new_desk: NewDesk, required: str) -> None:
    """With a stolen password, and a token that waits for its owner to set it up."""
    desk = await new_desk(require_second_factor=required)
    ada = await desk.admin("ada")
    thief, waiting = await desk.log_in("ada", "/admin"), await desk.log_in("ada", "/admin", connected=False)
    await set_up(desk, ada)
    await thief.hears("session_expired")
    for other in (thief, waiting):
        assert (await desk.post("/api/auth/logout", token=other.token))[0] == 401
    await ada.reconnect()
    assert (await ada.hears("welcome"))["second_factor"] == "on"
    assert (await ada.ask("list_sessions"))["count"] == 1


async def test_recovery_codes_whose_answer_was_lost_are_made_anew(desk: Scene) -> None:
    gus = await desk.agent("gus")
    begun = await gus.ask("begin_second_factor")
    code = code_of(desk, begun["secret"])
    lost, seen = [(await gus.ask("confirm_second_factor", code=code))["recovery_codes"] for _ in range(2)]
    assert not set(lost) & set(seen)
    assert (await gus.refused("confirm_second_factor", code=code_of(desk, begun["secret"], 1)))["code"] == "conflict"
    assert await log_in(desk, "gus", code=lost[0]) == ASKED
    assert await log_in(desk, "gus", code=seen[0]) == (200, "Gus")
    assert (await gus.refused("confirm_second_factor", code=code))["code"] == "conflict", "one of them was used"


async def test_a_first_password_and_a_code_together(desk: Scene) -> None:
    """The code counts only when all else is right: it is not asked for twice."""
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    secret, _ = await set_up(desk, gus)
    await ada.ask("update_user", id=gus.id, password="battery staple", own_password=PASSWORD)
    code = code_of(desk, secret)
    assert await log_in(desk, "gus", "battery staple") == ASKED
    assert await log_in(desk, "gus", "battery staple", code=code) == (428, "password_change_required")
    assert await log_in(desk, "gus", "battery staple", code=code, new_password="passwordpassword") == (422, "invalid")
    assert await log_in(desk, "gus", "battery staple", code=code, new_password="three green lamps") == (200, "Gus")
    assert await log_in(desk, "gus", "three green lamps", code=code) == ASKED
