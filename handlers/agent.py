"""What agents do: one line each, from a checked payload to a rule."""

from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Payload
from handlers.participants import Sides
from handlers.staff import OfficeOfAgents
from server.agents.seats import Seating
from server.queue.assignment import Picking
from server.queue.transfers import Priorities, Transfers
from server.realtime.rooms import Connection


@dataclass(frozen=True)
class AgentCommands(OfficeOfAgents, Sides):
    seating: Seating
    picking: Picking
    transfers: Transfers
    priorities: Priorities

    async def set_status(self, at: Connection, p: Payload) -> Any:
        return await self.seating.choose(at.who, **p)

    async def list_agents(self, at: Connection, p: Payload) -> Any:
        return await self.seating.listed()

    async def list_queue(self, at: Connection, p: Payload) -> Any:
        return await self.reading.list_queue(**p)

    async def take_chat(self, at: Connection, p: Payload) -> Any:
        return await self.picking.take(at.who, p["chat_id"])

    async def transfer_chat(self, at: Connection, p: Payload) -> Any:
        return await self.transfers.transfer(at.who, **p)

    async def set_priority(self, at: Connection, p: Payload) -> Any:
        return await self.priorities.set(at.who, **p)
