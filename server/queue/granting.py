"""How a chat gets to an agent: take the seat, claim the chat, else give the seat back. Never two agents, never over seats."""

from dataclasses import dataclass
from typing import Any

from server.chat import lines
from server.chat.settlement import Settlement
from server.clock import Clock
from server.live.announcer import Announcer
from server.patience.durations import Patience
from server.people.identity import public
from store.errors import LogClosed
from store.log.messages import Log, Posted
from store.people import People
from store.queue import Queue
from store.records import Chat, Person
from store.seats import Seats


@dataclass(frozen=True)
class Granting:
    queue: Queue
    seats: Seats
    people: People
    log: Log
    settlement: Settlement
    announcer: Announcer
    patience: Patience
    clock: Clock

    async def open(self, chat: Chat, agent_id: str, because: dict[str, Any], *, by_hand: bool = False) -> bool | None:
        """Opens a waiting chat for this agent. None: no seat is free; False: the chat did not wait any more."""
        now = self.clock.now()
        take = self.seats.take_by_hand if by_hand else self.seats.take
        if not await take(agent_id, chat.id, now):
            return None
        claimed = await self.queue.claim_if_queued(chat.id, agent_id, now, because, **self.patience.first_looks(now))
        if claimed is None:
            await self.seats.give_back(agent_id, chat.id)
            return False
        agent = (await self.people.by_ids([agent_id]))[agent_id]
        posted = await self._line(claimed, {"event": "opened", "agent": public(agent), "because": because["rule"]})
        if posted is None:
            return False
        await self.announcer.opened(claimed)
        self.announcer.line(claimed, posted.line)
        await self._introduce(claimed, agent)
        return True

    async def _introduce(self, chat: Chat, agent: Person) -> None:
        """The two sides hear whether the other one is there."""
        seat = await self.seats.find(agent.id)
        if seat:
            self.announcer.introduce(chat, seat, agent, self.clock.now())

    async def hand_over(self, chat: Chat, to_agent: str, because: dict[str, Any]) -> bool | None:
        """Gives an open chat to a colleague. None: no seat is free there; False: it was not its agent's any more."""
        now, from_agent = self.clock.now(), str(chat.agent_id)
        if not await self.seats.take(to_agent, chat.id, now):
            return None
        moved = await self.queue.hand_over_if_held(
            chat.id, from_agent, to_agent, now, because, reply_at=self.patience.first_looks(now)["reply_at"]
        )
        if moved is None:
            await self.seats.give_back(to_agent, chat.id)
            return False
        await self.seats.give_back(from_agent, chat.id)
        people = await self.people.by_ids([from_agent, to_agent])
        old, new = public(people[from_agent]), public(people[to_agent])
        posted = await self._line(moved, {"event": "transferred", "from": old, "to": new})
        if posted is None:
            return False
        await self.announcer.transferred(moved, old, new)
        self.announcer.line(moved, posted.line)
        return True

    async def _line(self, chat: Chat, event: dict[str, Any]) -> Posted | None:
        """The line that tells of it is the last guard: None when the log was closed at this moment."""
        try:
            return await self.log.append(lines.system(chat.id, self.clock.now(), event))
        except LogClosed:
            await self.settlement.settle(chat.id)
            return None
