"""What a customer asks of the desk: a chat, and its place in the queue."""

from dataclasses import dataclass
from typing import Any

from server.chat.settlement import Settlement
from server.chat.views import Views
from server.clock import Clock
from server.desk.assignment import Assignment
from server.desk.places import Places
from server.people.identity import Identity
from server.refusals import Conflict
from store.chats import Chats
from store.records import Chat


@dataclass(frozen=True)
class Requests:
    chats: Chats
    settlement: Settlement
    assignment: Assignment
    places: Places
    views: Views
    clock: Clock
    queue_max: int

    async def request(self, who: Identity, wishes: dict[str, Any]) -> dict[str, Any]:
        """The customer's chat: the unended one it has, else a new one, opened at once if a seat is free.

        Raises Conflict when the queue is full.
        """
        chat = await self.unended(who.id)
        if chat is None:
            if self.queue_max and await self.chats.count(status="queued", offline=False) >= self.queue_max:
                raise Conflict("the queue is full; come back later")
            wishes["offline"] = wishes.pop("leave_message")
            chat = await self.chats.queue_up(who.id, self.clock.now(), **wishes)
        if chat and chat.status == "queued" and not chat.offline:
            await self.assignment.fill()
            self.places.changed()
        return await self.status(who)

    async def status(self, who: Identity) -> dict[str, Any]:
        """The customer's unended chat and its place, each null when there is none."""
        chat = await self.unended(who.id)
        if chat is None:
            return {"chat": None, "queue": None}
        return {"chat": await self.views.chat(chat.id, "customer"), "queue": await self.places.place_of(chat)}

    async def unended(self, customer_id: str) -> Chat | None:
        """The customer's unended chat. One whose log is closed already is settled, not returned."""
        for chat in await self.chats.unended_of(customer_id):
            if await self.settlement.settle(chat.id) is None:
                return chat
        return None
