"""Keys rotate: the first signs, both are accepted, and nobody is logged out."""

import stat
from collections.abc import Awaitable, Callable

import jwt
import pytest

from server.core.clock import SystemClock
from store.client import Database
from store.processes import Processes
from tests.support.desk import Scene
from tests.test_commands import Place, place, places  # noqa: F401  two are fixtures
from tests.test_people import knows, upload

NewDesk = Callable[..., Awaitable[Scene]]
OLD, NEW, THIRD = (f"the {name} key of this desk and long enough for HS256" for name in ("old", "new", "third"))


async def restarted(desk: Scene, keys: str) -> None:
    await desk.close()
    await desk.open(jwt_secret_key=keys)


async def opens(desk: Scene, address: str) -> int:
    async with desk.http.get(desk.at(address)) as answer:
        return answer.status


async def test_a_new_key_logs_nobody_out_and_links_go_on(new_desk: NewDesk) -> None:
    desk = await new_desk(jwt_secret_key=OLD)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    sent = await ann.ask(
        "send_message", chat_id=chat_id, client_id="photo", kind="image", upload_id=await upload(desk, ann)
    )
    address = sent["message"]["upload"]["url"]
    await restarted(desk, f"{NEW},{OLD}")
    assert await knows(desk, gus.token)
    assert await opens(desk, address) == 200
    later = await desk.log_in("gus", "/agent", connected=False)
    assert jwt.decode(later.token, NEW, algorithms=["HS256"])
    assert jwt.get_unverified_header(later.token)["kid"] != jwt.get_unverified_header(gus.token)["kid"]
    await restarted(desk, f"{OLD},{NEW}")
    assert await knows(desk, later.token), "whichever of them signs"
    await restarted(desk, f"{THIRD},{NEW}")
    assert not await knows(desk, gus.token), "a key that is gone is not accepted any more"
    assert await opens(desk, address) == 403
    assert await knows(desk, later.token)


async def test_a_token_without_a_kid_is_of_either_key(new_desk: NewDesk) -> None:
    """As those were that were issued before keys had names."""
    desk = await new_desk(jwt_secret_key=f"{NEW},{OLD}")
    ann = await desk.customer("ann", connected=False)
    claims = jwt.decode(ann.token, NEW, algorithms=["HS256"])
    for key in (NEW, OLD):
        assert await knows(desk, jwt.encode(claims, key))
    assert not await knows(desk, jwt.encode(claims, THIRD))
    named = jwt.get_unverified_header(ann.token)["kid"]
    for key, kid in ((OLD, named), (THIRD, named), (NEW, "another"), (NEW, "")):
        assert not await knows(desk, jwt.encode(claims, key, headers={"kid": kid}))


async def test_one_key_may_have_commas_in_it(new_desk: NewDesk) -> None:
    odd = "short,and then enough signs for a key that was there before"
    desk = await new_desk(jwt_secret_key=odd)
    ann = await desk.customer("ann", connected=False)
    assert jwt.decode(ann.token, odd, algorithms=["HS256"])


async def test_processes_join_whose_keys_know_each_other(database: Database) -> None:
    """Also while keys are changed process by process: first all accept the new one, then it signs."""
    now = SystemClock().now()
    joins = {
        ("aa", "aa"): True, ("aa", "bb"): False, ("aa", "aa,bb"): True, ("aa,bb", "bb,aa"): True,
        ("aa", "bb,aa"): False, ("bb,aa", "aa"): False, ("bb,aa", "bb"): True,
    }  # fmt: skip
    for (there, joining), may in joins.items():
        await database.collections.processes.delete_many({})
        await Processes(database, there).beat("first", now)
        assert await Processes(database, joining).sign_otherwise(now) != may, (there, joining)


@pytest.mark.slow
async def test_the_kept_key_is_rotated_by_a_command(place: Place) -> None:  # noqa: F811  that fixture
    key = place.data / "jwt.key"
    place.data.mkdir(parents=True)
    for turn in range(2):
        before = key.read_text().split(",")[0] if turn else None
        done = await place.run("rotate-key")
        assert (done.code, "Nobody is logged out" in done.out) == (0, True)
        new, old = key.read_text().split(",")
        assert before in {None, old}
        assert new != old
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in place.data.iterdir()] == ["jwt.key"]
    refused = await place.run("rotate-key", JWT_SECRET_KEY=OLD)
    assert "the keys are in JWT_SECRET_KEY" in refused.complaint
