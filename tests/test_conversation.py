"""Ann talks to Gus."""

from tests.support.desk import Scene


async def test_a_whole_chat(desk: Scene) -> None:
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")

    asked = await ann.ask("request_chat", topic="A broken kettle")
    chat_id = asked["chat"]["id"]
    assert asked["chat"]["status"] == "open"
    assert asked["queue"] is None
    assert asked["chat"]["agent"]["id"] == gus.id
    assert (await gus.hears("chat_opened"))["id"] == chat_id

    hello = await ann.say(chat_id, "Hello?")
    assert (await gus.hears("message", lambda m: m["kind"] == "text"))["body"] == "Hello?"
    await gus.ask("mark_delivered", chat_id=chat_id, seq=hello["seq"])
    assert (await ann.hears("receipt"))["delivered_seq"] == hello["seq"]
    await gus.ask("typing", chat_id=chat_id, on=True)
    assert (await ann.hears("typing"))["user_id"] == gus.id
    await gus.say(chat_id, "Good morning!")
    await ann.hears("message", lambda m: m["body"] == "Good morning!")

    await gus.ask("end_chat", chat_id=chat_id)
    assert (await ann.hears("chat_ended"))["ended_type"] == "agent"
    rated = await ann.ask("rate_chat", chat_id=chat_id, score=5, comment="Quick!")
    assert rated["chat"]["rating"]["score"] == 5

    log = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["seq"] for line in log] == list(range(1, len(log) + 1))
    assert [line["kind"] for line in log] == ["system", "text", "text", "system"]
    assert log[-1]["system"]["event"] == "ended"
