"""Accounts: names that count whatever their case, passwords that are taken, and first ones that are changed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from server.people import password_rules
from tests.support.desk import PASSWORD, Scene

NewDesk = Callable[..., Awaitable[Scene]]


async def log_in(desk: Scene, username: str, password: str = PASSWORD, **more: str) -> tuple[int, Any]:
    return await desk.post("/api/auth/login", {"username": username, "password": password, **more})


# User names


async def test_a_user_name_counts_whatever_its_case(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("Agent1", connected=False)
    for typed in ("Agent1", "agent1", "AGENT1", "ＡＧＥＮＴ１"):  # noqa: RUF001  as Chinese keyboards write it
        status, body = await log_in(desk, typed)
        assert (status, body["user"]["id"]) == (200, gus.id), typed
    for taken in ("agent1", "AGENT1", "ADA"):
        refused = await ada.refused("create_agent", name="Other", username=taken)
        assert (refused["code"], refused["detail"]) == ("conflict", f"the user name {taken} is taken")
    shown = (await ada.ask("list_users", role="agent"))["results"]
    assert [user["username"] for user in shown] == ["Agent1"], "it is shown as it was given"


async def test_two_who_take_one_name_at_once_in_two_cases(desk: Scene) -> None:
    ada = await desk.admin("ada")
    acks = await asyncio.gather(
        *(ada.raw_ack("create_agent", {"name": "Gus", "username": name}) for name in ("gus", "GUS", "Gus", "gUS"))
    )
    assert sorted(ack["ok"] for ack in acks) == [False, False, False, True]
    assert {ack["error"]["code"] for ack in acks if not ack["ok"]} == {"conflict"}


async def test_log_ins_are_limited_by_name_whatever_its_case(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_login="2/3600")
    codes = [(await log_in(desk, name, "wrong horse"))[0] for name in ("gus", "Gus", "gUs", "ＧＵＳ")]  # noqa: RUF001
    assert codes == [401, 401, 429, 429]


# Passwords

REFUSED = [
    "password12", "passwordpassword", "P@ssw0rd12", "aaaaaaaaaa", " " * 10, "1234567890", "qwertyuiop", "1q2w3e4r5t",
    "iloveyou123", "0000000000", "abcdefghij", "gus-lee-2024", "GusLee1999", "deskwire123", "我爱你我爱你我爱你我爱你",
    "5201314520", "1314520520", "woaini1314", "woaini520520", "aini1314520", "7758521520", "31415926535",
]  # fmt: skip
TAKEN = [
    "three green lamps",
    "4@8({[<369!1|70$5+%2zZxX" * 3,
    "kettle thread 9",
    "abcd-efgh-jkmn",
    "x" * 60 + "y7 plum boats",
    "我家门口有两棵枣树",
]


async def test_what_somebody_would_try_first_is_refused_and_told_what_would_pass(desk: Scene) -> None:
    ada = await desk.admin("ada")
    for password in REFUSED:
        error = await ada.refused("create_agent", name="Gus Lee", username="gus", password=password)
        assert (error["code"], list(error["fields"])) == ("invalid", ["password"]), password
        assert "would do" in error["detail"], password
    assert await desk.documents.people.count_documents({"role": "agent"}) == 0


def test_whatever_is_typed_is_judged_in_a_few_ways() -> None:
    """zxcvbn tries every way to read signs as letters, which is some of its seconds for one request."""
    signs = "4@8({[<369!1|70$5+%2"
    for password in ((signs + "zZxX") * 3, signs, "!|17+@4$5" * 8, "P@ssw0rd12", "x" * 128, signs[::-1] * 6):
        piece = password_rules.judged(password)
        assert len(piece) <= 64, password
        assert password_rules.readings(piece) <= 8, password
    assert password_rules.judged("P@ssw0rd12") == "P@ssw0rd12", "what is commonly done is still seen through"


async def test_any_signs_are_taken_when_nobody_would_guess_them(desk: Scene) -> None:
    gus = await desk.agent("gus")
    old = PASSWORD
    for new in (password if len(password) >= 10 else password + "，都很高" for password in TAKEN):  # noqa: RUF001
        assert await gus.ask("change_password", old=old, new=new) == {}
        old = new
    for short_or_long in ("lamps 9 x", "plum " * 26):
        error = await gus.refused("change_password", old=old, new=short_or_long)
        assert error["fields"] == {"new": ["Length must be between 10 and 128."]}
    error = await gus.refused("change_password", old=old, new="passwordpassword")
    assert list(error["fields"]) == ["new"]


async def test_a_password_of_before_goes_on_working(desk: Scene) -> None:
    """Eight signs, or two hundred: they were taken then."""
    gus = await desk.agent("gus", connected=False)
    for old in ("aaaaaaaa", "x" * 200):
        hashed = await asyncio.to_thread(hash_of, old)
        await desk.documents.people.update_one({"_id": gus.id}, {"$set": {"password_hash": hashed}})
        assert (await log_in(desk, "gus", old))[0] == 200
    someone = await gus.connect()
    assert await someone.ask("change_password", old="x" * 200, new="three green lamps") == {}


def hash_of(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(password)


# First passwords


async def test_a_first_password_is_changed_at_the_first_log_in(desk: Scene) -> None:
    ada = await desk.admin("ada")
    first = (await ada.ask("create_agent", name="Gus", username="gus"))["password"]
    status, body = await log_in(desk, "gus", first)
    assert (status, body["code"]) == (428, "password_change_required")
    assert "new_password" in body["detail"]
    for bad in (first, "passwordpassword", "short"):
        status, body = await log_in(desk, "gus", first, new_password=bad)
        assert (status, body["code"], list(body["fields"])) == (422, "invalid", ["new_password"]), bad
    assert (await log_in(desk, "gus", "wrong horse", new_password="three green lamps"))[0] == 401
    for _ in range(2):  # the answer may be lost, and the same is sent again
        status, body = await log_in(desk, "gus", first, new_password="three green lamps")
        assert (status, body["user"]["name"]) == (200, "Gus")
    assert (await log_in(desk, "gus", first))[0] == 401
    assert (await log_in(desk, "gus", "three green lamps"))[0] == 200
    status, body = await log_in(desk, "gus", "three green lamps", new_password="another green lamp")
    assert (status, list(body["fields"])) == (422, ["new_password"])
    rows = (await ada.ask("list_audit"))["results"]
    assert [row["who"]["name"] for row in rows if row["what"] == "password_changed"] == ["Gus"]
    assert "lamps" not in str(rows)


async def test_a_password_that_an_admin_set_is_a_first_one_and_a_commands_is_not(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    await ada.ask("update_user", id=gus.id, password="battery staple", own_password=PASSWORD)
    await gus.hears("session_expired")
    assert (await log_in(desk, "gus", "battery staple"))[0] == 428
    await desk.desk.rules.people.accounts.change_password("gus", "plum boats sail")  # as run.py does
    assert (await log_in(desk, "gus", "plum boats sail"))[0] == 200


async def test_of_two_who_hold_a_first_password_one_makes_it_their_own(desk: Scene) -> None:
    ada = await desk.admin("ada")
    first = (await ada.ask("create_agent", name="Gus", username="gus"))["password"]
    words = [f"three green lamps {n}" for n in range(6)]
    answers = await asyncio.gather(*(log_in(desk, "gus", first, new_password=word) for word in words))
    assert sorted(status for status, _ in answers) == [200, 401, 401, 401, 401, 401]
    [(chosen, _)] = [(word, 0) for word, (status, _) in zip(words, answers, strict=True) if status == 200]
    assert (await log_in(desk, "gus", chosen))[0] == 200


# Step-up


async def test_an_admin_sets_a_password_only_with_its_own_beside_it(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_login="3/3600")
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    for own in ({}, {"own_password": None}, {"own_password": "battery staple"}):
        error = await ada.refused("update_user", id=gus.id, name="Gustav", password="battery staple", **own)
        assert (error["code"], list(error["fields"])) == ("invalid", ["own_password"])
    assert (await ada.ask("list_users", role="agent"))["results"][0]["name"] == "Gus", "nothing of it was done"
    for n in range(5):  # the right one costs nothing
        await ada.ask("update_user", id=gus.id, password=f"battery staple {n}", own_password=PASSWORD)
    await ada.ask("update_user", id=gus.id, name="Gustav")
    codes = [
        (await ada.refused("update_user", id=gus.id, password="battery staple", own_password=f"guess {n}"))["code"]
        for n in range(4)
    ]
    assert codes == ["invalid", "invalid", "rate_limited", "rate_limited"]
    rows = (await ada.ask("list_audit"))["results"]
    failed = [(row["who"]["id"], row["details"]["count"]) for row in rows if row["what"] == "step_up_failed"]
    assert failed == [(ada.id, 3)]
