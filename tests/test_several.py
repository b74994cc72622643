"""Several processes, one desk: real servers, a real Redis between them, and what becomes of it while Redis is away."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bench.support.starting import ROOT
from tests.support.branches import Branches
from tests.support.houses import until
from tests.support.people import Someone

NewBranches = Callable[..., Awaitable[Branches]]

WEAKENED = ROOT / "tests/support/weakened.py"


async def chat_of(ann: Someone, gus: Someone) -> str:
    """A chat of Ann's that Gus has heard of."""
    chat_id = str((await ann.ask("request_chat"))["chat"]["id"])
    await gus.hears("chat_opened", lambda chat: chat["id"] == chat_id)
    return chat_id


async def talk(ann: Someone, gus: Someone, chat_id: str, word: str) -> None:
    """Each says something, hears the other, and knows that it was read; then they type, which nobody keeps."""
    for sender, other in ((ann, gus), (gus, ann)):
        body = f"{word} from {sender.id}"
        said = await sender.say(chat_id, body, client_id=body.replace(" ", "-"))
        await other.hears("message", lambda line, body=body: line["body"] == body)
        await other.ask("mark_read", chat_id=chat_id, seq=said["seq"])
        await sender.hears("receipt", lambda told, said=said: told["read_seq"] >= said["seq"])


async def test_a_chat_between_two_processes(new_branches: NewBranches) -> None:
    desk = await new_branches()
    eve, gus = await desk.admin("eve", at=0), await desk.agent("gus", at=1)
    await eve.ask("watch_desk")
    ann = await desk.customer("ann", at=0)
    chat_id = await chat_of(ann, gus)
    await eve.hears("desk", lambda told: any(chat["id"] == chat_id for chat in told["chats"]))
    await talk(ann, gus, chat_id, "hello")
    await eve.hears("desk", lambda told: any(line["body"] == f"hello from {gus.id}" for line in told["messages"]))
    await ann.ask("typing", chat_id=chat_id, on=True)
    await gus.hears("typing")
    await gus.ask("end_chat", chat_id=chat_id)
    await ann.hears("chat_ended")
    await ann.hears("message", lambda line: line["kind"] == "system" and line["system"]["event"] == "ended")


@pytest.mark.slow
async def test_who_types_in_two_processes_is_told_once_a_second(new_branches: NewBranches) -> None:
    desk = await new_branches()
    hearers = [await desk.agent("gus", at=1)]
    ann = await desk.customer("ann", at=0)
    chat_id = await chat_of(ann, hearers[0])
    elsewhere = Someone(desk.branches[1].url, ann.namespace, ann.token, ann.user)
    await elsewhere.connect()
    hearers.append(Someone(desk.branches[0].url, "/agent", hearers[0].token, hearers[0].user))
    await hearers[1].connect()
    began = asyncio.get_running_loop().time()
    for _ in range(100):
        said = [window.ask("typing", chat_id=chat_id, on=on) for window in (ann, elsewhere) for on in (True, False)]
        await asyncio.gather(*said)
    for on in (True, False):
        await ann.ask("typing", chat_id=chat_id, on=on)
        for hearer in hearers:
            assert await until(lambda hearer=hearer, on=on: hearer.heard("typing")[-1]["on"] is on)
    took = asyncio.get_running_loop().time() - began
    for hearer in hearers:
        assert len(hearer.heard("typing")) <= took + 2
    await elsewhere.disconnect()
    await hearers[1].disconnect()


@pytest.mark.slow
async def test_who_waits_is_told_by_every_process(new_branches: NewBranches) -> None:
    desk = await new_branches()
    ann, bob = await desk.customer("ann", at=0), await desk.customer("bob", at=1)
    first = await ann.ask("request_chat")
    second = await bob.ask("request_chat")
    assert (first["queue"]["position"], second["queue"]["position"]) == (1, 2)
    gus = await desk.agent("gus", at=1, max_chats=1)
    await ann.hears("chat_opened")
    await gus.hears("chat_opened", lambda chat: chat["id"] == first["chat"]["id"])
    await bob.hears("queue_position", lambda place: place["position"] == 1 and place["reason"] == "all_busy")
    await ann.ask("end_chat", chat_id=first["chat"]["id"])
    await bob.hears("chat_opened")


@pytest.mark.slow
async def test_a_chat_goes_to_a_colleague_at_another_process(new_branches: NewBranches) -> None:
    desk = await new_branches(3)
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    chat_id = await chat_of(ann, gus)
    fay = await desk.agent("fay", at=2)
    await talk(ann, gus, chat_id, "before")
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=fay.id)
    for someone in (ann, fay):
        moved = await someone.hears("chat_transferred")
        assert moved["to"]["id"] == fay.id
    await talk(ann, fay, chat_id, "after")
    assert (await gus.refused("send_message", chat_id=chat_id, client_id="1", body="?"))["code"] == "not_found"
    whole = await fay.ask("sync_chat", chat_id=chat_id, after=0)
    assert [line["seq"] for line in whole["messages"]] == list(range(1, whole["chat"]["last_seq"] + 1))


async def test_two_windows_at_two_processes(new_branches: NewBranches) -> None:
    """The chat that is begun in one is there in the other; closing one of them is no leaving."""
    desk = await new_branches(queue_grace_seconds=0.5)
    ann = await desk.customer("ann", at=0)
    twin = await desk.window(ann, at=1)
    chat_id = str((await ann.ask("request_chat"))["chat"]["id"])

    async def noted() -> int:
        chat = await desk.database.collections.chats.find_one({"_id": chat_id})
        return len(chat["here"])

    async with asyncio.timeout(10):
        while await noted() != 2:
            await asyncio.sleep(0.01)
    await ann.disconnect()
    async with asyncio.timeout(10):
        while await noted() != 1:
            await asyncio.sleep(0.01)
    chat = await desk.database.collections.chats.find_one({"_id": chat_id})
    assert chat["abandon_at"] is None
    said = await twin.say(chat_id, "still here")
    assert said["seq"] == 1


@pytest.mark.slow
async def test_a_log_out_counts_everywhere(new_branches: NewBranches) -> None:
    desk = await new_branches()
    gus = await desk.agent("gus", at=0)
    twin = await desk.window(gus, at=1)
    await desk.post("/api/auth/logout", 0, token=gus.token)
    await twin.hears("session_expired")


@pytest.mark.slow
async def test_limits_are_shared(new_branches: NewBranches) -> None:
    desk = await new_branches(rate_limits="on", rate_limit_send_message="4/600")
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    twin, chat_id = await desk.window(ann, at=1), await chat_of(ann, gus)
    gus_too = await desk.window(gus, at=0)
    await desk.all_heard()
    for n, window in enumerate((ann, twin, ann, twin)):
        await window.say(chat_id, f"{n}", client_id=f"{n}")
        for each in (gus, gus_too):  # at the other process the hint of what is spent came before that
            await each.hears("message", lambda line, n=n: line["body"] == f"{n}")
    for n, window in enumerate((ann, twin)):
        refusal = await window.refused("send_message", chat_id=chat_id, client_id=f"more {n}", body="more")
        assert refusal["code"] == "rate_limited"


@pytest.mark.parametrize("how", ["killed", pytest.param("stopped", marks=pytest.mark.slow)])
async def test_nobody_misses_anything_while_redis_is_away(new_branches: NewBranches, how: str) -> None:
    desk = await new_branches()
    eve, gus, ann = await desk.admin("eve", at=0), await desk.agent("gus", at=1), await desk.customer("ann", at=0)
    await eve.ask("watch_desk")
    chat_id = await chat_of(ann, gus)
    desk.redis.kill() if how == "killed" else desk.redis.pause()
    await talk(ann, gus, chat_id, "away")
    await eve.hears("desk", lambda told: any(line["body"] == f"away from {gus.id}" for line in told["messages"]))
    await gus.ask("set_tags", chat_id=chat_id, tags=["parcel"])
    bob = await desk.customer("bob", at=0)
    other = await chat_of(bob, gus)
    await gus.ask("set_status", status="away")
    await ann.hears("presence", lambda told: told["user_id"] == gus.id and told["status"] == "away")
    await bob.disconnect()
    await gus.hears("presence", lambda told: told["user_id"] == bob.id and told["status"] == "offline")
    await gus.ask("end_chat", chat_id=chat_id)
    await ann.hears("chat_ended", lambda chat: chat["id"] == chat_id)
    await gus.ask("transfer_chat", chat_id=other, department="parcels")
    await gus.ask("set_status", status="online", max_chats=1)
    await gus.hears("chat_opened", lambda chat: chat["id"] == other and chat["department"] == "parcels")
    twin = await desk.window(gus, at=0)
    await desk.post("/api/auth/logout", 1, token=gus.token)
    await twin.hears("session_expired")
    for branch in desk.branches:
        assert await until(lambda branch=branch: branch.log.count("Redis is away") == 1)


@pytest.mark.slow
async def test_deadlines_fire_once(new_branches: NewBranches) -> None:
    """Both processes look at what is due: one of them warns, one ends, one gives an agent's chats back."""
    desk = await new_branches(
        idle_warning_seconds=1, idle_end_seconds=2, tick_seconds=0.05, agent_grace_seconds=0.5, affinity_minutes=0
    )
    await desk.all_heard()  # else what is hinted is read, and told once more
    gus = await desk.agent("gus", at=0, max_chats=10)
    people = [await desk.customer(f"customer {n}", at=n % 2) for n in range(10)]
    chats = {ann: await chat_of(ann, gus) for ann in people}
    idle = dict(list(chats.items())[:5])
    for ann, chat_id in idle.items():
        await gus.say(chat_id, "Are you there?")
        await ann.hears("chat_ended")
    for ann in idle:
        assert [len(ann.heard(event)) for event in ("idle_warning", "chat_ended")] == [1, 1]
    await gus.cut()
    for ann in set(chats) - set(idle):
        await ann.hears("message", lambda line: line["kind"] == "system" and line["system"]["event"] == "requeued")
    lines = desk.database.collections.messages.find({"system.event": {"$in": ["requeued", "ended"]}})
    assert Counter([line["chat_id"] async for line in lines]) == Counter(chats.values())


@pytest.mark.parametrize("redis", ["there", pytest.param("away", marks=pytest.mark.slow)])
@pytest.mark.slow
async def test_an_absent_customer_is_left_once_and_comes_back_elsewhere(new_branches: NewBranches, redis: str) -> None:
    """Both processes look; who is at the other one hears of it, and of her return, with hints or without."""
    desk = await new_branches(away_end_seconds=1, tick_seconds=0.05)
    await desk.all_heard()
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1, max_chats=1)
    chat_id = await chat_of(ann, gus)
    if redis == "away":
        desk.redis.kill()
    await ann.say(chat_id, "Where is my kettle?")
    bea = await desk.customer("bea", at=0)
    await bea.ask("request_chat")
    await ann.cut()
    left = await gus.hears("chat_updated", lambda chat: chat["id"] == chat_id and chat["offline"])
    assert (left["status"], left["agent"]["id"]) == ("open", gus.id)
    busy = await bea.hears("chat_opened")
    await gus.say(chat_id, "It comes on Tuesday")
    await gus.ask("end_chat", chat_id=busy["id"])
    again = await desk.window(ann, at=0)
    assert not again.heard("welcome")[0]["chats"][0]["offline"]
    await gus.hears(
        "chat_updated", lambda chat: chat["id"] == chat_id and not chat["offline"] and chat["customer_here"]
    )
    lines = await desk.database.collections.messages.find({"chat_id": chat_id, "kind": "system"}).to_list(None)
    assert [line["system"]["event"] for line in lines] == ["opened", "left_as_message"]
    seat = await desk.database.collections.seats.find_one({"_id": gus.id})
    assert seat["chats"] == [chat_id]


@pytest.mark.slow
async def test_a_left_message_goes_on_from_another_process(new_branches: NewBranches) -> None:
    """Taken at one, written into at the other, and left open when the one that let it in is killed."""
    desk = await new_branches()
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    chat_id = str((await ann.ask("request_chat", leave_message=True))["chat"]["id"])
    await gus.ask("take_chat", chat_id=chat_id)
    assert (await ann.hears("chat_opened"))["offline"]
    await desk.branches[0].end(signal.SIGKILL)
    await gus.say(chat_id, "We shall look")
    again = await desk.window(ann, at=1)
    assert again.heard("welcome")[0]["chats"][0]["offline"]
    await desk.branches[0].start()
    twin = await desk.window(ann, at=0)
    await twin.say(chat_id, "Thank you")
    for each in (gus, again, twin):
        live = await each.hears("chat_updated", lambda chat: not chat["offline"])
        assert (live["status"], live["agent"]["id"]) == ("open", gus.id)


@pytest.mark.slow
async def test_redis_comes_back(new_branches: NewBranches) -> None:
    """Listeners start again by themselves, and leave no connection behind."""
    desk = await new_branches()
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    chat_id = await chat_of(ann, gus)
    for life in range(3):
        desk.redis.kill()
        await talk(ann, gus, chat_id, f"without {life}")
        await desk.redis.start()
        for branch in desk.branches:
            assert await until(lambda branch=branch, life=life: branch.log.count("Redis is there again") == life + 1)
        await talk(ann, gus, chat_id, f"with {life}")
    async with desk.redis.client() as client:
        ours = [each for each in await client.client_list() if each["cmd"] in {"publish", "subscribe"}]
    assert len(ours) == 2 * len(desk.branches)
    await desk.all_heard()


@pytest.mark.slow
async def test_redis_is_not_believed(new_branches: NewBranches) -> None:
    """Whoever reaches Redis can say what they like on the channel: nothing of it gets to anybody."""
    desk = await new_branches()
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    chat_id = await chat_of(ann, gus)
    forged = ["event", [["/customer", f"person:{ann.id}"]], "message", {"chat_id": chat_id, "seq": 99, "body": "buy"}]
    body = json.dumps(["0" * 12, 1, 0.0, [forged]]).encode()
    async with desk.redis.client() as client:
        for data in (b"", b"nonsense", body, b"0" * 64 + body, b"\x00" * 100):
            await client.publish(f"deskwire:{desk.database_name}", data)
    await talk(ann, gus, chat_id, "hello")
    assert 99 not in [line["seq"] for line in ann.heard("message")]
    assert all("not of this desk" in branch.log for branch in desk.branches)


@pytest.mark.parametrize(
    "loses",
    [
        "chat_ended",
        *(pytest.param(event, marks=pytest.mark.slow) for event in ("chat_opened", "chat_transferred", "note_added")),
    ],
)
@pytest.mark.slow
async def test_a_deed_whose_hint_alone_is_lost_is_told_all_the_same(new_branches: NewBranches, loses: str) -> None:
    """The line that speaks of it may well be heard: it is hinted a moment before or after."""
    desk = await new_branches(entry=WEAKENED, loses=loses)
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    twin, chat_id = await desk.window(gus, at=0), await chat_of(ann, gus)
    await ann.hears("chat_opened")
    await twin.ask("add_note", chat_id=chat_id, client_id="1", body="She rang before.")
    await gus.hears("note_added", lambda told: told["note"]["body"] == "She rang before.")
    fay = await desk.agent("fay", at=1)
    await twin.ask("transfer_chat", chat_id=chat_id, agent_id=fay.id)
    for someone in (ann, gus, twin, fay):
        await someone.hears("chat_transferred", lambda told: told["to"]["id"] == fay.id)
    await ann.ask("end_chat", chat_id=chat_id)
    await fay.hears("chat_ended")


@pytest.mark.slow
async def test_whose_history_is_lost_comes_again_once(new_branches: NewBranches, tmp_path: Path) -> None:
    """MongoDB's log of changes does not reach back to when Redis went away: nobody can say what was missed."""
    lost = tmp_path / "lost"
    desk = await new_branches(entry=WEAKENED, lost_file=lost)
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    chat_id = await chat_of(ann, gus)
    await desk.all_heard()
    lost.touch()
    desk.redis.kill()
    for each in (ann, gus):
        assert await until(lambda each=each: not each.is_connected)
        await each.reconnect()
    await talk(ann, gus, chat_id, "whole again")
    assert ann.is_connected
    assert gus.is_connected
    assert [branch.log.count("everybody here has to come again") for branch in desk.branches] == [1, 1]


@pytest.mark.slow
async def test_who_is_killed_has_its_last_words_told(new_branches: NewBranches) -> None:
    """What a process stored and could not hint before it died is heard by those at the others; its people come to them."""
    desk = await new_branches(agent_grace_seconds=30)
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=1)
    chat_id = await chat_of(ann, gus)
    desk.redis.pause()  # what is published now waits in the kernel, and dies with Redis
    await ann.say(chat_id, "my last words")
    await desk.branches[0].end(signal.SIGKILL)
    desk.redis.kill()
    await desk.redis.start()
    await gus.hears("message", lambda line: line["body"] == "my last words")
    again = await desk.window(ann, at=1)
    await talk(again, gus, chat_id, "I am back")


@pytest.mark.slow
async def test_who_was_alone_does_not_rely_on_what_it_remembers(new_branches: NewBranches) -> None:
    """Gus's chat was remembered as his by the only process there was; a second one comes, and he hands it over there."""
    desk = await new_branches(1)
    ann, gus = await desk.customer("ann", at=0), await desk.agent("gus", at=0)
    chat_id = await chat_of(ann, gus)
    await talk(ann, gus, chat_id, "alone")
    await desk.another_branch()
    fay, twin = await desk.agent("fay", at=1), await desk.window(gus, at=1)
    await twin.ask("transfer_chat", chat_id=chat_id, agent_id=fay.id)
    assert (await gus.refused("send_message", chat_id=chat_id, client_id="1", body="?"))["code"] == "not_found"
    await talk(ann, fay, chat_id, "together")


@pytest.mark.slow
async def test_the_doctor_looks_at_redis(new_branches: NewBranches) -> None:
    desk = await new_branches(1)
    code, said = await desk.branches[0].command("doctor")
    assert (code, "ok  redis: Redis " in said) == (0, True), said
    desk.redis.kill()
    code, said = await desk.branches[0].command("doctor")
    assert (code, "BAD redis: REDIS_URL does not answer" in said) == (1, True), said


@pytest.mark.slow
async def test_another_key_is_refused_at_the_door(new_branches: NewBranches) -> None:
    desk = await new_branches(1)
    other = desk.branches[0]
    stranger = type(other)(
        other.folder, "stranger", other.settings | {"jwt_secret_key": "x" * 64, "port": 0}, other.entry
    )
    with pytest.raises(AssertionError, match="sign with another key"):
        await stranger.start()
