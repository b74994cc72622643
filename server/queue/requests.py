"""What a customer asks of the desk: a chat, and its place in the queue."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server import rooms
from server.chat.settlement import Settlement
from server.chat.views import Views
from server.clock import Clock
from server.live.feed import Feed
from server.people.identity import Identity
from server.queue.assignment import Assignment
from server.queue.places import Places
from server.refusals import Conflict
from server.rooms import Rooms
from server.seats.register import Register
from store.chats import Chats
from store.queue import Queue
from store.records import Chat

OLD_PLACE = timedelta(minutes=10)  # one who vanished from the queue and is back within this has its old place


@dataclass(frozen=True)
class Requests:
    chats: Chats
    queue: Queue
    register: Register
    rooms: Rooms
    settlement: Settlement
    assignment: Assignment
    places: Places
    views: Views
    feed: Feed
    clock: Clock
    queue_max: int
    affinity: timedelta

    async def request(self, who: Identity, wishes: dict[str, Any]) -> dict[str, Any]:
        """The customer's chat: the unended one it has, else a new one, opened at once if a seat is free.

        Raises Conflict when the queue is full.
        """
        chat = await self.unended(who.id)
        if chat is None:
            if self.queue_max and await self.queue.length() >= self.queue_max:
                raise Conflict("the queue is full; come back later")
            wishes["offline"] = wishes.pop("leave_message")
            wishes |= await self._from_before(who.id)
            here = self.rooms.members("/customer", rooms.of_person(who.id))
            wishes["here"] = [self.register.name_of(connection) for connection in here]
            chat = await self.chats.queue_up(who.id, self.clock.now(), **wishes)
            if chat:
                self.feed.chat(chat.id)
        if chat and chat.status == "queued" and not chat.offline:
            await self.assignment.fill()
            self.places.changed()
        return await self.status(who)

    async def _from_before(self, customer_id: str) -> dict[str, Any]:
        """What the customer's last chat gives to a new one: a place that it lost by vanishing, an agent who knows it."""
        now = self.clock.now()
        last = await self.chats.last_ended_of(customer_id, now - max(OLD_PLACE, self.affinity))
        if last is None or last.ended_at is None:
            return {}
        kept: dict[str, Any] = {}
        if last.ended_reason == "abandoned" and now - last.ended_at <= OLD_PLACE:
            kept = {name: getattr(last, name) for name in ("queued_at", "priority", "returned")}
        if last.last_agent_id and now - last.ended_at <= self.affinity:
            kept["preferred_agent_id"] = last.last_agent_id
        return kept

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
