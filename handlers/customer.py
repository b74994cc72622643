"""What customers do: one line each, from a checked payload to a rule."""

from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Payload
from handlers.participants import Sides
from server.chat.idle_clock import Staying
from server.chat.rating import Ratings
from server.queue.requests import Requests
from server.realtime.rooms import Connection


@dataclass(frozen=True)
class CustomerCommands(Sides):
    requests: Requests
    ratings: Ratings
    staying: Staying

    async def request_chat(self, at: Connection, p: Payload) -> Any:
        return await self.requests.request(at.who, p)

    async def queue_status(self, at: Connection, p: Payload) -> Any:
        return await self.requests.status(at.who)

    async def leave_queue(self, at: Connection, p: Payload) -> Any:
        return await self.leaving.leave_queue(at.who, p["chat_id"])

    async def keep_open(self, at: Connection, p: Payload) -> Any:
        return await self.staying.keep_open(at.who, p["chat_id"])

    async def rate_chat(self, at: Connection, p: Payload) -> Any:
        return await self.ratings.rate(at.who, **p)
