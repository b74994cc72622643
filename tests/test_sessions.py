"""Sessions: listed, ended, raced, renewed; and tokens of before there were any."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from server.people.browsers import LONGEST, browser_of
from tests.support.branches import Branches
from tests.support.desk import PASSWORD, Scene
from tests.support.houses import until
from tests.support.people import Someone
from tests.test_people import KEY, is_shown_out, knows, watched

NewDesk = Callable[..., Awaitable[Scene]]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
OTHER = "battery staple, and more"


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


async def try_to_log_in(desk: Scene, password: str = PASSWORD) -> str | None:
    """The token, if gus got one."""
    status, body = await desk.post("/api/auth/login", {"username": "gus", "password": password})
    assert status in {200, 401}
    return str(body["token"]) if status == 200 else None


# Listed and ended


async def test_ones_sessions_are_listed_and_ended_one_by_one(desk: Scene) -> None:
    gus = await desk.agent("gus")
    credentials = {"username": "gus", "password": PASSWORD}
    _, body = await desk.post("/api/auth/login", credentials, headers={"User-Agent": FIREFOX})
    phone = await Someone(desk.base_url, "/agent", body["token"], body["user"]).connect()
    listed = await gus.ask("list_sessions")
    assert listed["count"] == 2
    other, own = sorted(listed["results"], key=lambda session: bool(session["current"]))
    assert (own["current"], other["current"]) == (True, False)
    assert (other["address"], other["browser"]) == ("127.0.0.1", "Firefox on Linux")
    assert other["created_at"] <= other["seen_at"] < other["expires_at"]
    for _ in range(2):
        assert await gus.ask("end_session", id=other["id"]) == {}
    await phone.hears("session_expired")
    assert not await knows(desk, body["token"])
    assert [session["id"] for session in (await gus.ask("list_sessions"))["results"]] == [own["id"]]
    await phone.disconnect()


async def test_anothers_session_is_not_there(desk: Scene) -> None:
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    (own,) = (await gus.ask("list_sessions"))["results"]
    for session_id in (own["id"], "nothing"):
        assert (await ada.refused("end_session", id=session_id))["code"] == "not_found"
    assert await knows(desk, gus.token)
    assert (await gus.refused("end_session", id="$gt"))["code"] == "invalid"


async def test_all_others_are_ended_at_once(desk: Scene) -> None:
    ada = await desk.admin("ada")
    phone, tablet = await desk.log_in("ada", "/admin"), await desk.log_in("ada", "/admin", connected=False)
    laptop = await desk.log_in("ada", "/admin")
    found = (await laptop.ask("list_sessions"))["results"]
    assert await ada.ask("end_session", id=next(each["id"] for each in found if each["current"])) == {}
    await laptop.hears("session_expired")
    window = await watched(desk, phone)
    assert await ada.ask("end_other_sessions") == {"ended": 2}
    assert await ada.ask("end_other_sessions") == {"ended": 0}
    await is_shown_out(window)
    assert not await knows(desk, phone.token)
    assert not await knows(desk, tablet.token)
    assert await knows(desk, ada.token)
    deeds = [(deed["what"], deed["details"]) for deed in (await ada.ask("list_audit"))["results"]]
    assert ("other_sessions_ended", {"ended": 2}) in deeds


async def test_a_session_without_its_document_is_refused(desk: Scene) -> None:
    gus = await desk.agent("gus", connected=False)
    await desk.documents.sessions.delete_many({})
    assert not await knows(desk, gus.token)


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", ""),
        ("<script>alert(1)</script>", ""),
        ("x" * 10_000, "x" * (LONGEST // 2)),
    ],
)
def test_a_browser_is_a_few_known_words(user_agent: str, shown: str) -> None:
    assert browser_of(user_agent) == shown


# Races


@pytest.mark.slow
@pytest.mark.parametrize("change", ["a command", "an admin"])
async def test_no_log_in_survives_a_password_change(desk: Scene, change: str) -> None:
    """Whatever was going on at that moment with the old password is over, or was refused."""
    gus, ada = await desk.agent("gus", connected=False), await desk.admin("ada")
    survived = 0
    accounts = desk.desk.rules.people.accounts
    for turn in range(6):
        await accounts.change_password("gus", PASSWORD)
        trying = [asyncio.create_task(try_to_log_in(desk)) for _ in range(4)]
        if change == "a command":
            await accounts.change_password("gus", f"{OTHER} {turn}")
        else:
            await ada.ask("update_user", id=gus.id, password=f"{OTHER} {turn}", own_password=PASSWORD)
        tokens = [token for token in await asyncio.gather(*trying) if token]
        survived += sum([await knows(desk, token) for token in tokens])
    assert survived == 0


@pytest.mark.slow
async def test_no_log_in_survives_a_disabling_even_when_enabled_again(desk: Scene) -> None:
    gus, ada = await desk.agent("gus", connected=False), await desk.admin("ada")
    survived = 0
    for _ in range(6):
        trying = [asyncio.create_task(try_to_log_in(desk)) for _ in range(4)]
        await asyncio.wait(trying, return_when=asyncio.FIRST_COMPLETED)
        trying += [asyncio.create_task(try_to_log_in(desk)) for _ in range(4)]
        await ada.ask("update_user", id=gus.id, disabled=True)
        tokens = [token for token in await asyncio.gather(*trying) if token]
        await ada.ask("update_user", id=gus.id, disabled=False)
        survived += sum([await knows(desk, token) for token in tokens])
    assert survived == 0
    assert await try_to_log_in(desk)


async def test_a_changed_password_renews_this_session_and_no_other(desk: Scene) -> None:
    gus = await desk.agent("gus")
    tab = await gus.another()
    phone = await desk.log_in("gus", "/agent", connected=False)
    desk.clock.advance(days=2)
    assert await gus.ask("change_password", old=PASSWORD, new=OTHER) == {}
    fresh = (await gus.hears("session_renewed"))["token"]
    assert await until(lambda: not tab.is_connected)
    assert not await knows(desk, phone.token)
    assert await knows(desk, gus.token), "for a window that has not heard of the fresh one yet"
    await tab.reconnect()
    assert (await tab.hears("welcome"))["token"] is None, "with the old one nobody gets the fresh one"
    desk.clock.advance(minutes=1)
    assert not await knows(desk, gus.token)
    assert await knows(desk, fresh)
    await tab.hears("session_expired")
    assert await gus.ask("list_sessions")


async def test_a_copied_token_gets_nothing_of_a_changed_password(desk: Scene) -> None:
    """The thief sits on the same session, with the token that was copied, and gets no fresh one."""
    gus = await desk.agent("gus")
    thief = await gus.another()
    for _ in range(2):  # the answer may be lost, and the same is sent again
        assert await gus.ask("change_password", old=PASSWORD, new=OTHER) == {}
    gus.token = gus.heard("session_renewed")[-1]["token"]
    assert await until(lambda: not thief.is_connected)
    assert not thief.heard("session_renewed")
    desk.clock.advance(minutes=1)
    await gus.reconnect()
    assert not await knows(desk, thief.token)


@pytest.mark.slow
async def test_a_copied_token_at_another_process_gets_nothing_either(mongo_url: str, tmp_path: Path) -> None:
    async with Branches(mongo_url, tmp_path, 2) as desk:
        gus = await desk.agent("gus", at=0)
        thief = await Someone(desk.branches[1].url, "/agent", gus.token, gus.user).connect()
        assert await gus.ask("change_password", old=PASSWORD, new=OTHER) == {}
        assert await until(lambda: not thief.is_connected)
        assert not thief.heard("session_renewed")
        assert gus.is_connected


async def test_no_try_holds_two_guesses(desk: Scene) -> None:
    """The present password as the new one is taken from nobody but who has just made it so."""
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    error = await gus.refused("change_password", old="wrong horse", new=PASSWORD)
    assert (error["code"], list(error["fields"])) == ("invalid", ["old"])
    assert "password_change_failed" in [row["what"] for row in (await ada.ask("list_audit"))["results"]]
    given = {"username": "gus", "password": "wrong horse", "new_password": PASSWORD}
    assert (await desk.post("/api/auth/login", given))[0] == 401


# How long


async def test_no_renewal_moves_the_end_of_a_staff_session(new_desk: NewDesk) -> None:
    desk = await new_desk(jwt_expire_days=7, session_max_days=30)
    gus = await desk.agent("gus")
    began = desk.clock.now()
    for _ in range(14):
        desk.clock.advance(days=2)
        gus.token = (await gus.hears("welcome"))["token"] or gus.token
        await gus.disconnect()
        await gus.reconnect()
        gus.token = (await gus.hears("welcome"))["token"] or gus.token
    (own,) = (await gus.ask("list_sessions"))["results"]
    window = await watched(desk, gus)
    ends_in = began + timedelta(days=30) - desk.clock.now()
    assert own["expires_at"][:16] == (began + timedelta(days=30)).isoformat()[:16]
    desk.clock.advance(seconds=ends_in.total_seconds() + 1)
    await is_shown_out(window)
    assert not await knows(desk, gus.token)


async def test_a_visitor_who_comes_back_after_months_finds_its_chat(new_desk: NewDesk) -> None:
    desk = await new_desk(visitor_days=100, away_end_seconds=0, purge_after_days=1000)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann, leave_message=True)
    first = ann.token
    for days in (8, 99, 99):
        await ann.disconnect()
        desk.clock.advance(days=days)
        await ann.reconnect()
        welcome = await ann.hears("welcome")
        assert [chat["id"] for chat in welcome["chats"]] == [chat_id]
        assert welcome["token"], "each visit a day after the last token brings a fresh one"
        ann.token = welcome["token"]
    assert not await knows(desk, first)
    await ann.disconnect()
    desk.clock.advance(hours=23)
    await ann.reconnect()
    assert (await ann.hears("welcome"))["token"] is None
    desk.clock.advance(days=100)
    assert not await knows(desk, ann.token)


# Tokens of before


async def test_a_token_of_before_gets_its_session_when_it_is_shown(desk: Scene) -> None:
    """Whoever was in before sessions were documents stays in, with one from now on; but not whoever comes later without."""
    gus, ann = await desk.agent("gus", connected=False), await desk.customer("ann", connected=False)
    await desk.documents.sessions.delete_many({})
    await desk.documents.meta.insert_one({"_id": "sessions", "since": desk.clock.now()})
    await asyncio.gather(*(knows(desk, gus.token) for _ in range(5)))
    await gus.connect()
    (own,) = (await gus.ask("list_sessions"))["results"]
    assert (own["current"], own["address"], own["browser"]) == (True, None, None)
    await ann.connect()
    assert await gus.ask("end_session", id=own["id"]) == {}, "one's own, too"
    await gus.hears("session_expired")
    assert not await knows(desk, gus.token), "what was ended is not taken up again"
    desk.clock.advance(hours=2)
    hal = await desk.agent("hal", connected=False)
    await desk.documents.sessions.delete_one({"person_id": hal.id})
    assert not await knows(desk, hal.token)


async def before_documents(desk: Scene) -> None:
    await desk.documents.sessions.delete_many({})
    await desk.documents.meta.update_one({"_id": "sessions"}, {"$set": {"since": desk.clock.now()}}, upsert=True)


async def test_all_others_are_ended_also_those_of_before(desk: Scene) -> None:
    gus = await desk.agent("gus")
    phone = await desk.log_in("gus", "/agent", connected=False)
    await desk.documents.sessions.delete_one({"_id": claims_of(phone.token)["ses"]})
    await desk.documents.meta.insert_one({"_id": "sessions", "since": desk.clock.now()})
    await gus.ask("end_other_sessions")
    assert not await knows(desk, phone.token)
    assert await knows(desk, gus.token)
    tablet = await desk.log_in("gus", "/agent", connected=False)
    listed = (await gus.ask("list_sessions"))["results"]
    assert [session["current"] for session in listed] == [False, True], "whoever comes later is seen"
    assert await knows(desk, tablet.token)


async def test_a_token_of_before_lives_no_longer_than_one_of_today(new_desk: NewDesk) -> None:
    """Whatever it says: whoever has got hold of the key could write any year into it."""
    desk = await new_desk(jwt_secret_key=KEY, session_max_days=30, visitor_days=40)
    gus, ann = await desk.agent("gus", connected=False), await desk.customer("ann", connected=False)
    await before_documents(desk)
    for someone, days in ((gus, 30), (ann, 40)):
        now = desk.clock.now()

        def token(ago: timedelta, someone: Someone = someone, now: datetime = now) -> str:
            claims = {"sub": someone.id, "jti": "x", "ses": f"{someone.id} {ago}", "typ": "session"}
            times = {"iat": int((now - ago).timestamp()), "exp": int((now + timedelta(days=300_000)).timestamp())}
            return jwt.encode({**claims, **times}, KEY)

        assert not await knows(desk, token(timedelta(days=days)))
        assert await knows(desk, token(timedelta(days=1)))
        kept = await desk.documents.sessions.find_one({"person_id": someone.id})
        assert kept["expires_at"] - now <= timedelta(days=days - 1)


async def test_a_token_of_before_a_password_change_gets_no_session(desk: Scene) -> None:
    gus = await desk.agent("gus", connected=False)
    await desk.desk.rules.people.accounts.change_password("gus", OTHER)
    await desk.documents.sessions.delete_many({})
    await desk.documents.meta.insert_one({"_id": "sessions", "since": desk.clock.now()})
    assert not await knows(desk, gus.token)
