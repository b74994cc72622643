"""Customers who stop reading while their agents go on writing to them."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import time
from typing import Any

from bench.load.person import Person, Place, in_groups

BODY = "y" * 4000  # the longest there is
BUFFER = 4096  # bytes the kernel may keep for a reader: what it takes is not the server's to carry


class Readers:
    """`each` connections for every customer, and agents who write to all of them."""

    def __init__(self, place: Place, customers: list[str], agents: list[str], each: int) -> None:
        self._customers = [Person(place, place.customers, token) for token in customers for _ in range(each)]
        self._agents = [Person(place, place.agents, token) for token in agents]
        self._chats: list[tuple[str, Person]] = []
        self._each = each
        self._numbers = itertools.count(1)

    async def open(self) -> None:
        """Every customer has its chat."""
        await in_groups([person.connect() for person in (*self._agents, *self._customers)], 20)
        by_id = {json.loads(agent.welcome)[1]["user"]["id"]: agent for agent in self._agents}
        for agent in self._agents:
            await agent.ask("set_status", status="online")
        for customer in self._customers[:: self._each]:
            chat = (await customer.ask("request_chat"))["chat"]
            self._chats.append((chat["id"], by_id[chat["agent"]["id"]]))
        for customer in self._customers:
            assert customer.socket
            peer: Any = customer.socket.transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)

    async def write(self, seconds: float, in_flight: int) -> dict[str, Any]:
        """Every agent writes to every chat, always so many messages on their way: bytes of text a customer's connection."""
        until, written = time.perf_counter() + seconds, itertools.count()

        async def one(chat_id: str, agent: Person) -> None:
            while time.perf_counter() < until:
                await agent.ask("send_message", chat_id=chat_id, client_id=f"r{next(self._numbers)}", body=BODY)
                next(written)

        await asyncio.gather(*(one(*chat) for chat in self._chats for _ in range(in_flight)))
        return {"bytes_each": next(written) / len(self._chats) * len(BODY)}

    def stall(self) -> None:
        """No customer reads any more; the connections stand."""
        for customer in self._customers:
            assert customer.socket
            customer.socket.transport.pause_reading()

    def close(self) -> None:
        for person in (*self._customers, *self._agents):
            person.hang_up()
