"""What customers do: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from handlers.roles import Participants
from server.chat.rating import Ratings
from server.chat.timers import Staying
from server.queue.requests import Requests
from server.realtime.rooms import Connection
from server.schemas.chat import RateChat
from server.schemas.payload import Nothing, OneChat
from server.schemas.queue import RequestChat


@dataclass(frozen=True)
class CustomerCommands(Participants):
    requests: Requests
    ratings: Ratings
    staying: Staying

    async def request_chat(self, at: Connection, p: RequestChat) -> Answer:
        return await self.requests.request(at.who, p)

    async def queue_status(self, at: Connection, p: Nothing) -> Answer:
        return await self.requests.status(at.who)

    async def leave_queue(self, at: Connection, p: OneChat) -> Answer:
        return await self.leaving.leave_queue(at.who, p.chat_id)

    async def keep_open(self, at: Connection, p: OneChat) -> Answer:
        return await self.staying.keep_open(at.who, p.chat_id)

    async def rate_chat(self, at: Connection, p: RateChat) -> Answer:
        return await self.ratings.rate(at.who, p.chat_id, p.score, p.comment)
