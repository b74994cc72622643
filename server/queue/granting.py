"""How a chat gets to an agent: take the seat, claim the chat, else give the seat back. Never two agents, never over seats.

A left message takes no seat: whoever is enabled may have any number of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.clock import Clock
from server.patience.durations import Graces, Patience
from server.people.identity import public
from server.queue.telling import Telling
from store.people import People
from store.queue import Queue
from store.records import Chat, Person
from store.seats import Seats


@dataclass(frozen=True)
class Granting:
    queue: Queue
    seats: Seats
    people: People
    telling: Telling
    patience: Patience
    graces: Graces
    clock: Clock

    async def open(self, chat: Chat, agent_id: str, because: dict[str, Any], *, by_hand: bool = False) -> bool | None:
        """Opens a waiting chat for this agent. None: no seat is free; False: the chat did not wait any more."""
        if not await self.telling.catch_up(chat):
            return False
        now = self.clock.now()
        agent = (await self.people.by_ids([agent_id]))[agent_id]
        if not await self._take_seat(chat, agent, now, by_hand=by_hand):
            return None
        event = {"event": "opened", "agent": public(agent), "because": because["rule"]}
        looks = {} if chat.offline else {**self.patience.first_looks(now), "away_at": self.graces.away_at(now)}
        claimed = await self.queue.claim_if_queued(
            chat.id, agent_id, now, because, event, offline=chat.offline, **looks
        )
        if claimed is None:
            await self._give_back(agent_id, chat)
            return False
        return await self.telling.tell(claimed)

    async def hand_over(self, chat: Chat, to_agent: str, because: dict[str, Any]) -> bool | None:
        """Gives an open chat to a colleague. None: no seat is free there; False: it was not its agent's any more."""
        if not await self.telling.catch_up(chat):
            return False
        now, from_agent = self.clock.now(), str(chat.agent_id)
        people = await self.people.by_ids([from_agent, to_agent])
        if not await self._take_seat(chat, people[to_agent], now):
            return None
        event = {"event": "transferred", "from": public(people[from_agent]), "to": public(people[to_agent])}
        reply_at = None if chat.offline else self.patience.first_looks(now)["reply_at"]
        moved = await self.queue.hand_over_if_held(chat, to_agent, now, because, event, reply_at=reply_at)
        if moved is None:
            await self._give_back(to_agent, chat)
            return False
        await self.seats.give_back(from_agent, chat.id)
        return await self.telling.tell(moved)

    async def _give_back(self, agent_id: str, chat: Chat) -> None:
        """The seat was taken for nothing; its agent may have been told so meanwhile."""
        await self.seats.give_back(agent_id, chat.id)
        self.telling.announcer.seat(agent_id)

    async def _take_seat(self, chat: Chat, agent: Person, now: datetime, *, by_hand: bool = False) -> bool:
        if chat.offline:
            return not agent.disabled
        take = self.seats.take_by_hand if by_hand else self.seats.take
        return await take(agent.id, chat.id, now)
