"""Who is typing: told at most once a second a chat and side, and the last state always, however much somebody sends."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from server.realtime.typing import Pace
from tests.support.desk import Scene
from tests.support.houses import until
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]


async def begin(desk: Scene) -> tuple[Someone, Someone, str]:
    """Gus, Ann and their chat."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    return gus, ann, chat_id


def states(hearer: Someone) -> list[bool]:
    return [event["on"] for event in hearer.heard("typing")]


@pytest.mark.slow
async def test_a_flood_from_eight_windows_is_told_once_a_second(desk: Scene) -> None:
    gus, ann, chat_id = await begin(desk)
    eve = await desk.admin("eve")
    await eve.ask("watch_chat", chat_id=chat_id)
    windows = [ann, *(await asyncio.gather(*(ann.another() for _ in range(7))))]
    began = asyncio.get_running_loop().time()
    for _ in range(20):
        said = [window.ask("typing", chat_id=chat_id, on=on) for window in windows for on in (True, False)]
        await asyncio.gather(*said)
    await ann.ask("typing", chat_id=chat_id, on=True)
    for hearer in (gus, eve):
        assert await until(lambda hearer=hearer: states(hearer)[-1])
    took = asyncio.get_running_loop().time() - began
    for hearer in (gus, eve):
        assert len(states(hearer)) <= took + 2, f"{len(states(hearer))} events in {took} s"
    assert not states(ann)
    assert await until(lambda: not any(type(thing) is Pace for thing in gc.get_objects())), "it is remembered for ever"
    for window in windows[1:]:
        await window.disconnect()


async def test_the_last_state_arrives_and_what_changes_nothing_is_not_told(desk: Scene) -> None:
    gus, ann, chat_id = await begin(desk)
    for on in (True, False, True, False):
        await ann.ask("typing", chat_id=chat_id, on=on)
    assert await until(lambda: states(gus) == [True, False])
    await gus.ask("typing", chat_id=chat_id, on=True)  # the other side has a pace of its own
    for on in (True, False, True):
        await ann.ask("typing", chat_id=chat_id, on=on)
    await ann.hears("typing", lambda event: event["on"])
    assert await until(lambda: states(gus)[-1])
    assert set(states(ann)) == {True}


async def test_somebody_who_lost_the_chat_hears_no_more_of_it(desk: Scene) -> None:
    gus, ann, chat_id = await begin(desk)
    hal = await desk.agent("hal")
    for on in (True, False):
        await ann.ask("typing", chat_id=chat_id, on=on)
        assert await until(lambda on=on: states(gus)[-1] is on)
    await ann.ask("typing", chat_id=chat_id, on=True)  # to be told in a second
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id)
    await gus.hears("chat_transferred")
    heard = states(gus)
    while not states(hal):
        await ann.ask("typing", chat_id=chat_id, on=True)
        await ann.ask("typing", chat_id=chat_id, on=False)
    assert states(gus) == heard


async def test_nobody_types_in_a_chat_that_has_ended(desk: Scene) -> None:
    gus, ann, chat_id = await begin(desk)
    await ann.ask("end_chat", chat_id=chat_id)
    for someone in (ann, gus):
        assert (await someone.refused("typing", chat_id=chat_id, on=True))["code"] == "chat_ended"
    assert not gus.heard("typing")


async def test_typing_has_a_limit_of_its_own(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_typing="3/3600")
    _, ann, chat_id = await begin(desk)
    for _ in range(3):
        await ann.ask("typing", chat_id=chat_id, on=True)
    error = await ann.refused("typing", chat_id=chat_id, on=False)
    assert error["code"] == "rate_limited"
    assert error["retry_after"] > 0
    await ann.say(chat_id, "The messages go on.")
