"""An agent picks a waiting chat by hand."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.people.identity import Identity
from server.queue import routing
from server.queue.granting import Granting
from server.queue.places import Places
from server.refusals import Conflict
from store.seats import Seats


@dataclass(frozen=True)
class Picking:
    access: Access
    granting: Granting
    seats: Seats
    places: Places

    async def take(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """The chat, now this agent's; again by its holder: the same. Raises NotFound, Conflict."""
        chat = await self.access.any_chat(chat_id)
        if chat.status != "open" or chat.agent_id != who.id:
            seat = await self.seats.find(who.id)
            because = routing.because("picked", [seat] if seat else [])
            taken = await self.granting.open(chat, who.id, because, by_hand=True)
            if taken is None:
                raise Conflict("no seat is free: end a chat or raise your number of chats")
            if not taken:
                raise Conflict("somebody else has this chat, or it is over")
            self.places.changed()
        return {"chat": await self.granting.telling.announcer.views.chat(chat_id, "agent")}
