"""An agent picks a waiting chat by hand."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.people.identity import Identity
from server.queue import routing
from server.queue.assignment import Assignment
from server.refusals import Conflict
from store.seats import Seats

FILL_SECONDS = 1.0  # an agent waits no longer for what is being given just now


@dataclass(frozen=True)
class Picking:
    access: Access
    assignment: Assignment
    seats: Seats

    async def take(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """The chat, now this agent's; again by its holder: the same. Raises NotFound, Conflict."""
        chat = await self.access.any_chat(chat_id)
        if chat.status != "open" or chat.agent_id != who.id:
            seat = await self.seats.find(who.id)
            because = routing.because("picked", [seat] if seat else [])
            taken = await self.assignment.granting.open(chat, who.id, because, by_hand=True)
            self.assignment.wake()  # also when it failed: for a moment its seat looked taken to somebody who came
            if not taken and await self._has_got(who, chat_id):
                taken = True
            if taken is None:
                raise Conflict("no seat is free: end a chat or raise your number of chats")
            if not taken:
                raise Conflict("somebody else has this chat, or it is over")
        return {"chat": await self.assignment.granting.telling.announcer.views.chat(chat_id, "agent")}

    async def _has_got(self, who: Identity, chat_id: str) -> bool:
        """Whether the assignment was just giving this agent the chat that it picked."""
        await self.assignment.fill(FILL_SECONDS)
        chat = await self.access.any_chat(chat_id)
        return chat.status == "open" and chat.agent_id == who.id
