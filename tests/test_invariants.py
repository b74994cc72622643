"""Whatever customers, agents and crashes do, the desk's documents stay right: a stateful property test on a real mongod."""

import asyncio
import itertools
import secrets
import socket
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from run import Desk, Parts, compose
from server.core.identity import Identity
from server.core.settings import load
from server.people.sessions import Device
from server.realtime.rooms import Connection
from server.schemas.people import Login
from store.client import Database
from tests.support.clock import MovableClock

AGENTS, CUSTOMERS = 3, 6
agents = st.integers(0, AGENTS - 1)
customers = st.integers(0, CUSTOMERS - 1)
desks = st.integers(0, 1)


class Outbox:
    """Where a connection's frames go: nobody reads them here, the documents are judged."""

    def push(self, _: object) -> None:
        """Takes a frame."""


class Life:
    """Two desks over one database, and everybody connected to both."""

    def __init__(self, mongo_url: str, folder: Path) -> None:
        self.mongo_url, self.folder = mongo_url, folder
        self.clock = MovableClock()
        self.name = f"life_{secrets.token_hex(6)}"
        self.database = Database(mongo_url, self.name, call_seconds=10)
        self.desks: list[Desk] = []
        self.people: dict[str, Identity] = {}
        self.connections: dict[tuple[int, str], Connection] = {}
        self.client_ids = itertools.count()

    async def begin(self) -> None:
        for _ in range(2):
            self.desks.append(await self.new_desk())
        people = self.desks[0].rules.people
        for n in range(AGENTS):
            await people.accounts.create_agent(str(n + 1), f"agent{n}", "correct horse", max_chats=n + 1)
            given = Login.load({"username": f"agent{n}", "password": "correct horse"})
            await self.meet(await people.login.log_in(given, Device("127.0.0.1")))
        for n in range(CUSTOMERS):
            await self.meet(await people.sessions.guest(f"Customer {n}", None, None))

    async def new_desk(self) -> Desk:
        listener = socket.create_server(("127.0.0.1", 0))
        quiet = {
            "TICK_SECONDS": "3600",
            "RECONCILE_SECONDS": "3600",
            "RATE_LIMITS": "off",
            "DATA_DIR": str(self.folder),
        }
        given = load({**quiet, "MONGODB_DATABASE": self.name, "BASE_URL": "http://localhost"})
        desk = compose(given, self.mongo_url, parts=Parts(clock=self.clock), is_alone=False)
        await desk.start(listener)
        return desk

    async def meet(self, let_in: dict[str, Any]) -> None:
        who = await self.desks[0].rules.people.sessions.identify(let_in["token"])
        self.people[who.id] = who
        for index in range(2):
            await self.connect(index, who)

    async def connect(self, index: int, who: Identity) -> None:
        connection = Connection(secrets.token_hex(6), f"/{who.role}", who, Outbox(), held=None)
        self.connections[index, who.id] = connection
        self.desks[index].rules.realtime.rooms.enter(connection)
        rules = self.desks[index].rules
        if await rules.connections.presence.arrive(connection):
            await rules.queue.left_messages.go_on(who.id)

    async def ask(self, index: int, who: str, command: str, **payload: Any) -> dict[str, Any]:
        ack = await self.desks[index].dispatcher.answer(self.connections[index, who], command, [payload])
        assert ack["ok"] or ack["error"]["code"] != "internal", ack
        return ack

    async def goes(self, who: str) -> None:
        """All connections of this customer are lost."""
        for index in range(2):
            connection = self.connections[index, who]
            self.desks[index].rules.realtime.rooms.leave_all(connection)
            await self.desks[index].rules.connections.presence.leave(connection)

    async def comes(self, who: str) -> None:
        await asyncio.gather(*(self.connect(index, self.people[who]) for index in range(2)))

    async def look(self) -> None:
        """Both desks look at what is due, at once."""
        workers = [desk.workers for desk in self.desks]
        await asyncio.gather(*(each.absence.look() for each in workers))
        await asyncio.gather(
            *(each.disconnect_grace.customers() for each in workers), *(each.idle_clock.look() for each in workers)
        )

    async def crash(self, index: int, work: Coroutine[Any, Any, Any], steps: int) -> None:
        """The process dies somewhere in the middle of some work; another one takes its place, and everybody comes back."""
        task = asyncio.ensure_future(work)
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.wait([task])
        await self.desks[index].stop()
        self.desks[index] = await self.new_desk()
        for person in self.people.values():
            await self.connect(index, person)
            if self.connections[1 - index, person.id].id not in {
                each.id for each in self.desks[1 - index].rules.realtime.rooms
            }:
                await self.connect(1 - index, person)

    async def finalize(self) -> None:
        """What a minute of reconciling makes of it."""
        for _ in range(3):
            self.clock.advance(seconds=1)
            for desk in self.desks:
                await desk.workers.reconciler.run()
        for desk in self.desks:
            await desk.rules.queue.assignment.fill()

    async def end(self) -> None:
        for desk in self.desks:
            await desk.stop()
        await self.database.drop()
        await self.database.close()

    def agent(self, n: int) -> str:
        return sorted(person for person in self.people if person.startswith("g"))[n]

    def customer(self, n: int) -> str:
        return sorted(person for person in self.people if person.startswith("c"))[n]

    async def chat_of(self, who: str) -> str:
        mine = {"unended": True, "$or": [{"customer_id": who}, {"agent_id": who}]}
        chat = await self.database.collections.chats.find_one(mine)
        return str(chat["_id"]) if chat else "none"

    async def judge(self) -> None:
        """Every invariant that the desk promises."""
        documents = self.database.collections
        chats = {chat["_id"]: chat async for chat in documents.chats.find()}
        seats = {seat["_id"]: seat async for seat in documents.seats.find()}
        live = [chat for chat in chats.values() if not chat["offline"]]
        open_ones = {(chat["_id"], chat["agent_id"]) for chat in live if chat["status"] == "open"}
        held = [(chat_id, seat_id) for seat_id, seat in seats.items() for chat_id in seat["chats"]]
        assert len(held) == len({chat_id for chat_id, _ in held}), "a chat in two seats"
        assert set(held) == open_ones, "seats and open chats agree, and left messages take none"
        for chat in chats.values():
            deadlines = {name: chat.get(name) for name in ("abandon_at", "away_at", "idle_at", "reply_at")}
            if chat["offline"]:
                assert not any(deadlines.values()), "a left message has no clock"
            elif chat["status"] == "open":
                assert chat["here"] or deadlines["away_at"], "who is gone has a time to come back in"
            assert chat["was_left"] if chat["offline"] else chat["was_live"], "what it was is kept"
        for chat in chats.values():
            lines = [line async for line in documents.messages.find({"chat_id": chat["_id"]}).sort("seq", 1)]
            assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1)), "gapless"
            closings = [line["seq"] for line in lines if line.get("closing")]
            assert closings == ([len(lines)] if chat["status"] == "ended" else []), "the closing line is last"
            sent = [(line.get("sender_id"), line["client_id"]) for line in lines if line.get("client_id")]
            assert len(sent) == len(set(sent)), "nothing twice"
        unended = [chat["customer_id"] for chat in chats.values() if chat.get("unended")]
        assert len(unended) == len(set(unended)), "one unended chat a customer"
        waiting = [chat for chat in live if chat["status"] == "queued"]
        free = [
            s
            for s in seats.values()
            if s["chosen"] == "online" and s["connections"] and len(s["chats"]) < s["max_chats"]
        ]
        assert not (waiting and free), "nobody waits while a seat is free"
        reasons = {chat.get("ended_reason") for chat in chats.values() if chat.get("was_left")}
        assert "abandoned" not in reasons, "what was left is left again"
        order = sorted(waiting, key=lambda c: (-c["priority"], not c["returned"], c["queued_at"], c["_id"]))
        ahead: Counter[str | None] = Counter()
        for chat in order:
            ahead[chat.get("department")] += 1
            place = await self.desks[0].rules.queue.positions.place_of(
                await self.desks[0].stores.chats.find(chat["_id"])
            )
            assert place["position"] == ahead[chat.get("department")], "places are right, in each department"


class DeskMachine(RuleBasedStateMachine):
    mongo_url: str
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.life = Life(self.mongo_url, self.folder)
        self.peaks: dict[str, int] = {}
        self.run(self.life.begin())

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @rule(at=desks, who=customers)
    def joins(self, at: int, who: int) -> None:
        self.run(self.life.ask(at, self.life.customer(who), "request_chat"))

    @rule(at=desks, who=st.lists(customers, min_size=2, max_size=6), ends=st.lists(agents, max_size=3))
    def many_at_once(self, at: int, who: list[int], ends: list[int]) -> None:
        async def all_of_it() -> None:
            chats = [(agent, await self.life.chat_of(self.life.agent(agent))) for agent in ends]
            joins = [self.life.ask(n % 2, self.life.customer(c), "request_chat") for n, c in enumerate(who)]
            closes = [self.life.ask(at, self.life.agent(a), "end_chat", chat_id=chat) for a, chat in chats]
            await asyncio.gather(*joins, *closes)

        self.run(all_of_it())

    @rule(at=desks, who=customers, word=st.sampled_from(["end_chat", "leave_queue"]))
    def leaves(self, at: int, who: int, word: str) -> None:
        person = self.life.customer(who)
        self.run(self.life.ask(at, person, word, chat_id=self.run(self.life.chat_of(person))))

    @rule(at=desks, who=st.one_of(agents.map(lambda n: ("g", n)), customers.map(lambda n: ("c", n))))
    def says(self, at: int, who: tuple[str, int]) -> None:
        person = (self.life.agent if who[0] == "g" else self.life.customer)(who[1])
        chat_id, client_id = self.run(self.life.chat_of(person)), str(next(self.life.client_ids))
        for _ in range(2):
            self.run(self.life.ask(at, person, "send_message", chat_id=chat_id, client_id=client_id, body="x"))

    @rule(at=desks, who=agents, status=st.sampled_from(["online", "online", "away", "offline"]))
    def chooses(self, at: int, who: int, status: str) -> None:
        self.run(self.life.ask(at, self.life.agent(who), "set_status", status=status))

    @rule(at=desks, who=customers)
    def leaves_a_message(self, at: int, who: int) -> None:
        self.run(self.life.ask(at, self.life.customer(who), "request_chat", leave_message=True))

    @rule(at=desks, who=agents, of=customers)
    def takes(self, at: int, who: int, of: int) -> None:
        chat_id = self.run(self.life.chat_of(self.life.customer(of)))
        self.run(self.life.ask(at, self.life.agent(who), "take_chat", chat_id=chat_id))

    @rule(who=customers)
    def goes(self, who: int) -> None:
        self.run(self.life.goes(self.life.customer(who)))

    @rule(who=customers)
    def comes(self, who: int) -> None:
        self.run(self.life.comes(self.life.customer(who)))

    @rule(who=customers, seconds=st.sampled_from([61, 601]), is_back=st.booleans())
    def time_goes_by(self, who: int, seconds: int, is_back: bool) -> None:
        async def meanwhile() -> None:
            self.life.clock.advance(seconds=seconds)
            back = [self.life.comes(self.life.customer(who))] if is_back else []
            await asyncio.gather(self.life.look(), *back)

        self.run(meanwhile())

    @rule(at=desks, who=customers, steps=st.integers(0, 12))
    def absence_crash(self, at: int, who: int, steps: int) -> None:
        async def absent() -> None:
            await self.life.goes(self.life.customer(who))
            self.life.clock.advance(seconds=601)
            await self.life.crash(at, self.life.desks[at].workers.absence.look(), steps)

        self.run(absent())

    @rule(at=desks, who=agents, to=agents)
    def transfers(self, at: int, who: int, to: int) -> None:
        giver = self.life.agent(who)
        chat_id = self.run(self.life.chat_of(giver))
        self.run(self.life.ask(at, giver, "transfer_chat", chat_id=chat_id, agent_id=self.life.agent(to)))

    @rule(at=desks, who=agents)
    def sends_back(self, at: int, who: int) -> None:
        giver = self.life.agent(who)
        chat_id = self.run(self.life.chat_of(giver))
        self.run(self.life.ask(at, giver, "transfer_chat", chat_id=chat_id, department="sales"))

    @rule(
        at=desks, who=customers, steps=st.integers(0, 12), command=st.sampled_from(["request_chat", "end_chat", "leave_queue"])
    )  # fmt: skip
    def customer_crash(self, at: int, who: int, steps: int, command: str) -> None:
        person = self.life.customer(who)
        payload = {} if command == "request_chat" else {"chat_id": self.run(self.life.chat_of(person))}
        self.run(self.life.crash(at, self.life.ask(at, person, command, **payload), steps))

    @rule(at=desks, who=agents, to=agents, steps=st.integers(0, 12))
    def transfer_crash(self, at: int, who: int, to: int, steps: int) -> None:
        giver = self.life.agent(who)
        payload = {"chat_id": self.run(self.life.chat_of(giver)), "agent_id": self.life.agent(to)}
        self.run(self.life.crash(at, self.life.ask(at, giver, "transfer_chat", **payload), steps))

    @precondition(lambda self: hasattr(self, "life"))
    @rule()
    def seats_hold(self) -> None:
        """At any moment: never more chats than seats."""

        async def look() -> None:
            async for seat in self.life.database.collections.seats.find():
                assert len(seat["chats"]) <= seat["max_chats"]

        self.run(look())

    def teardown(self) -> None:
        if not hasattr(self, "life"):
            return
        try:
            self.run(self.life.finalize())
            self.run(self.life.judge())
        finally:
            self.run(self.life.end())
            self.runner.close()


@pytest.mark.slow
def test_no_invariant_is_ever_broken(mongo_url: str, tmp_path: Path) -> None:
    """A short look; `make test-all` and HYPOTHESIS_PROFILE take longer ones."""
    machine = type("Machine", (DeskMachine,), {"mongo_url": mongo_url, "folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],  # races do not shrink
        ),
    )  # fmt: skip
