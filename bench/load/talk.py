"""Customers who talk and agents who hear them: how many messages get there, how fast, and what that costs."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.load.person import Person, Place, in_groups
from bench.support.arrivals import arrivals
from bench.support.processes import busy_seconds, processor_seconds

BODY = "Where is my parcel? It was to be here on Tuesday, and nobody has rung."
WARM_SECONDS = 0.5
DRAIN_SECONDS = 10.0
AFTER_A_REFUSAL = 0.2  # seconds
ACKED, HEARD, MARKED = 1, 2, 4
DELIVERED = ACKED | HEARD
CLIENT_ID, SEQ = b'"client_id":"', b'"seq":'


@dataclass(slots=True)
class Sent:
    """A message on its way. It is delivered once acked to its sender and heard by the other side.

    Its customer sends the next one when the other side's mark is acked too: else marks pile up behind what is counted, and
    the pongs behind them. With free marks it does not wait for that.
    """

    customer: int
    at: float
    measured: bool
    done: int = 0


class Talk:
    """A chat for every customer, shared out among the agents by the server. One phase at a time."""

    def __init__(
        self, place: Place, customers: list[str], agents: list[str], admins: list[str], free_marks: bool = False
    ) -> None:
        self._over = DELIVERED if free_marks else DELIVERED | MARKED
        self._customers = [Person(place, place.customers, token) for token in customers]
        self._agents = [Person(place.of_staff, place.agents, token) for token in agents]
        self._admins = [Person(place.of_staff, place.admins, token) for token in admins]
        self._chats: list[bytes] = []
        self._numbers = itertools.count(1)
        self._random = random.Random(1)
        self._sent: dict[int, Sent] = {}
        self._answering = False  # whether a delivered message is followed by the customer's next one
        self._clear()

    async def open(self) -> None:
        """Everybody is there, every customer has its chat, and the admins watch."""
        for agent in self._agents:
            agent.on_event = partial(self._agent_heard, agent)
            agent.on_ack = partial(self._answered, MARKED)
        for customer in self._customers:
            customer.on_ack = partial(self._answered, ACKED)
            customer.on_event = self._customer_heard
        await in_groups([person.connect() for person in (*self._agents, *self._customers, *self._admins)], 20)
        for agent in self._agents:
            await agent.ask("set_status", status="online")
        for admin in self._admins:
            await admin.ask("watch_desk")
        for customer in self._customers:
            answer = await customer.ask("request_chat")
            self._chats.append(str(answer["chat"]["id"]).encode())

    async def closed(self, in_flight: int, seconds: float, pids: dict[str, int]) -> dict[str, Any]:
        """Every customer has always so many messages on their way."""
        self._answering = True
        for customer in range(len(self._customers)):
            for _ in range(in_flight):
                self._send(customer)
        return await self._measure(asyncio.sleep, seconds, pids)

    async def steady(self, rate: float, seconds: float, pids: dict[str, int]) -> dict[str, Any]:
        """So many messages a second in all, by anybody, at the times of a Poisson process, whatever the server does."""

        async def arrive(span: float) -> None:
            async for _ in arrivals(rate, span, self._random):
                self._send(self._random.randrange(len(self._customers)))

        return await self._measure(arrive, seconds, pids)

    def close(self) -> None:
        for person in (*self._customers, *self._agents, *self._admins):
            person.hang_up()

    async def _measure(self, go: Any, seconds: float, pids: dict[str, int]) -> dict[str, Any]:
        await go(WARM_SECONDS)
        self._clear()
        before, busy, began = processor_seconds(pids), busy_seconds(), time.perf_counter()
        await go(seconds)
        after, busy, took = processor_seconds(pids), busy_seconds() - busy, time.perf_counter() - began
        delivered = self._delivered
        self._answering = False
        await self._drain()
        measured: dict[str, Any] = {
            "delivered": delivered,
            "seconds": took,
            "refused": self._refused,
            "lost": len(self._sent),
        }
        self._sent.clear()
        everybody = (*self._customers, *self._agents, *self._admins)
        measured["gone"] = sum(bool(person.lost and person.lost.done()) for person in everybody)
        measured["refusal"] = self._refusal
        cpu = {name: after[name] - before[name] for name in after}
        measured["elsewhere"] = max(0.0, (busy - sum(cpu.values())) / took)  # cores that others used meanwhile
        return measured | {"latencies": self._latencies, "cpu": cpu, "receipts": self._receipts}

    async def _drain(self) -> None:
        """What is on its way arrives, or is counted as lost."""
        until = time.perf_counter() + DRAIN_SECONDS
        while self._sent and time.perf_counter() < until:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)  # the receipts of the last ones

    def _clear(self) -> None:
        self._delivered = self._refused = self._receipts = 0
        self._refusal = ""
        self._latencies: list[float] = []
        for sent in self._sent.values():
            sent.measured = False

    def _send(self, customer: int) -> None:
        number = next(self._numbers)
        person = self._customers[customer]
        text = b'%s%d["send_message",{"chat_id":"%s","client_id":"%d","body":"%s"}]'
        self._sent[number] = Sent(customer, time.perf_counter(), measured=True)
        person.send(text % (person.event, number, self._chats[customer], number, BODY.encode()))

    def _answered(self, step: int, text: bytes) -> None:
        bracket = text.index(b"[")
        number = int(text[:bracket])
        if text.startswith(b'[{"ok":true', bracket):
            self._step(number, step)
            return
        self._refused += 1
        self._refusal = text[bracket:].decode()
        sent = self._sent.pop(number, None)
        if sent and self._answering:  # another one in its place, but no flood of them
            asyncio.get_running_loop().call_later(AFTER_A_REFUSAL, self._send, sent.customer)

    def _customer_heard(self, text: bytes) -> None:
        if text.startswith(b'["receipt"'):
            self._receipts += 1

    def _agent_heard(self, agent: Person, text: bytes) -> None:
        found = text.find(CLIENT_ID)
        if found < 0 or not text.startswith(b'["message"'):
            return
        found += len(CLIENT_ID)
        number = int(text[found : text.index(b'"', found)])
        sent = self._sent.get(number)
        if sent is None:
            return
        if sent.measured:
            self._latencies.append(time.perf_counter() - sent.at)
        seq = int(text[text.index(SEQ) + len(SEQ) :].split(b",", 1)[0].rstrip(b"}]"))
        mark = b'%s%d["mark_delivered",{"chat_id":"%s","seq":%d}]'
        agent.send(mark % (agent.event, number, self._chats[sent.customer], seq))
        self._step(number, HEARD)

    def _step(self, number: int, step: int) -> None:
        sent = self._sent.get(number)
        if sent is None:  # counted as lost already
            return
        before, sent.done = sent.done, sent.done | step
        if sent.done & DELIVERED == DELIVERED != before & DELIVERED:
            self._delivered += 1
        if sent.done == self._over:
            del self._sent[number]
            if self._answering:
                self._send(sent.customer)
