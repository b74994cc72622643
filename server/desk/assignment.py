"""Gives waiting chats to agents: take the seat, claim the chat, else give the seat back. Never two agents, never over seats."""

import asyncio
from typing import Any

from server.chat import lines
from server.chat.settlement import Settlement
from server.clock import Clock
from server.coalesce import Coalesced
from server.desk import routing
from server.desk.places import Places
from server.live.announcer import Announcer
from server.people.identity import public
from server.refusals import Conflict, NotFound
from store.chats import Chats
from store.errors import LogClosed
from store.log.messages import Log
from store.people import People
from store.records import Chat
from store.seats import Seats


class Assignment:
    def __init__(  # noqa: PLR0913, PLR0917  the one place where queue, seats and log meet
        self,
        chats: Chats,
        seats: Seats,
        people: People,
        log: Log,
        settlement: Settlement,
        announcer: Announcer,
        places: Places,
        clock: Clock,
    ) -> None:
        self._chats = chats
        self._seats = seats
        self._people = people
        self._log = log
        self._settlement = settlement
        self._announcer = announcer
        self._places = places
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()  # not for correctness: racers would only take seats to give them back
        self._soon = Coalesced("assignment", 0, self._fill_and_tell)

    def wake(self) -> None:
        """Seats or queue changed: those who wait are served, or hear their place, without holding up the caller."""
        self._soon.poke()

    async def stop(self) -> None:
        await self._soon.stop()

    async def fill(self) -> None:
        """Gives chats to free seats, in the queue's order, until either is used up."""
        async with self._one_at_a_time:
            while await self._give_next():
                pass

    async def _fill_and_tell(self) -> None:
        await self.fill()
        self._places.changed()

    async def take(self, agent_id: str, chat: Chat) -> None:
        """Gives this waiting chat to this agent, who picked it. Raises Conflict without a free seat or when it is gone."""
        seat = await self._seats.find(agent_id)
        if seat is None:
            raise NotFound("there is no such agent")
        if not await self._seats.take(agent_id, chat.id, self._clock.now()):
            raise Conflict("no seat is free: be online, and end a chat or raise your number of chats")
        if not await self._open(chat, agent_id, routing.because("picked", [seat])):
            raise Conflict("somebody else has this chat, or it is over")

    async def _give_next(self) -> bool:
        """One try; whether another one may succeed."""
        free = await self._seats.free()
        chat = await self._chats.next_queued(routing.departments_of(free)) if free else None
        choice = routing.choose_agent(free, chat) if chat else None
        if chat is None or choice is None:
            return False
        if await self._seats.take(choice.agent_id, chat.id, self._clock.now()):
            await self._open(chat, choice.agent_id, choice.because)
        return True

    async def _open(self, chat: Chat, agent_id: str, because: dict[str, Any]) -> bool:
        """Claims the chat for a seat that is taken; whether it was still waiting. The opened line is the last guard."""
        now = self._clock.now()
        claimed = await self._chats.claim_if_queued(chat.id, agent_id, now, because)
        if claimed is None:
            await self._seats.give_back(agent_id, chat.id)
            return False
        agent = (await self._people.by_ids([agent_id]))[agent_id]
        event = {"event": "opened", "agent": public(agent), "because": because["rule"]}
        try:
            posted = await self._log.append(lines.system(chat.id, now, event))
        except LogClosed:  # its customer left at this moment; the log is the truth
            await self._settlement.settle(chat.id)
            return False
        await self._announcer.chat("chat_opened", claimed, watchers_hear="chat_updated")
        self._announcer.line(claimed, posted.line)
        self._places.changed()
        return True
