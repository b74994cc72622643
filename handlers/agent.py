"""What agents do: one line each, from a checked payload to a rule."""

from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Payload
from handlers.office import OfficeOfAgents
from handlers.sides import Sides
from server.desk.picking import Picking
from server.desk.seating import Seating
from server.rooms import Connection


@dataclass(frozen=True)
class AgentCommands(OfficeOfAgents, Sides):
    seating: Seating
    picking: Picking

    async def set_status(self, at: Connection, p: Payload) -> Any:
        return await self.seating.choose(at.who, **p)

    async def list_agents(self, at: Connection, p: Payload) -> Any:
        return await self.seating.listed()

    async def list_queue(self, at: Connection, p: Payload) -> Any:
        return await self.reading.list_queue(**p)

    async def take_chat(self, at: Connection, p: Payload) -> Any:
        return await self.picking.take(at.who, p["chat_id"])
