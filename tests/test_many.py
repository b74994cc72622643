"""A hundred customers and twenty agents on one server, each through a whole chat."""

import asyncio
from collections import Counter

import pytest

from tests.support.desk import Scene
from tests.support.people import Someone

CUSTOMERS, AGENTS, SEATS, LINES = 100, 20, 5, 10


async def whole_chat(customer: Someone, agents: dict[str, Someone]) -> str:
    """Asks, talks, hears every answer, ends, rates; the chat's id. Every ask is acked or the scene fails."""
    await customer.ask("request_chat")
    chat = await customer.hears("chat_opened", within=60)
    agent = agents[chat["agent"]["id"]]
    for n in range(LINES):
        said = await customer.say(chat["id"], f"{n}")
        await agent.ask("mark_read", chat_id=chat["id"], seq=said["seq"])
        answer = await agent.say(chat["id"], f"re {n}")
        await customer.hears("message", lambda m, seq=answer["seq"]: m["seq"] == seq, within=60)
    await customer.ask("end_chat", chat_id=chat["id"])
    await customer.ask("rate_chat", chat_id=chat["id"], score=5)
    return str(chat["id"])


@pytest.mark.slow
async def test_a_hundred_chats_at_once(desk: Scene) -> None:
    agents = {agent.id: agent for agent in [await desk.agent(f"agent{n}", max_chats=SEATS) for n in range(AGENTS)]}
    customers = [await desk.customer(f"customer{n}") for n in range(CUSTOMERS)]
    began = asyncio.get_running_loop().time()
    ids = await asyncio.gather(*(whole_chat(customer, agents) for customer in customers))
    print(f"{CUSTOMERS} chats of {2 * LINES} lines took {asyncio.get_running_loop().time() - began:.1f} s")  # noqa: T201
    assert len(set(ids)) == CUSTOMERS
    for customer, chat_id in zip(customers, ids, strict=True):
        data = await customer.ask("sync_chat", chat_id=chat_id)
        lines = data["messages"]
        assert [line["seq"] for line in lines] == list(range(1, 2 * LINES + 3)), "opened, the lines, ended"
        assert len({line["sender"]["id"] for line in lines if line["sender"]}) == 2, "one customer, one agent"
    opened = Counter(event["id"] for agent in agents.values() for event in agent.heard("chat_opened"))
    assert set(opened.values()) == {1}, "every chat went to exactly one agent"
    assert all(len(agent.heard("chat_opened")) == SEATS for agent in agents.values())
    seats = (await next(iter(agents.values())).ask("list_agents"))["results"]
    assert all(seat["open"] == 0 for seat in seats)
