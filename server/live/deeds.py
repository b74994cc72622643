"""How the deeds that a log's system lines speak of are told: opened, transferred, requeued, left as a message."""

from dataclasses import dataclass
from typing import Any

from server.clock import Clock
from server.live.announcer import Announcer
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Deeds:
    announcer: Announcer
    seats: Seats
    clock: Clock

    async def announce(self, chat: Chat, event: dict[str, Any]) -> None:
        """The chat as it is now, to all whom this event concerns."""
        if event["event"] == "opened":
            await self.announcer.opened(chat)
            await self._introduce(chat)
        elif event.get("to"):
            await self.announcer.transferred(chat, event["from"], event["to"])
            await self._introduce(chat)
        elif event["event"] == "left_as_message":
            await self.announcer.chat("chat_updated", chat)
            if chat.agent_id:
                self.announcer.seat(chat.agent_id)
        else:
            giver = (event.get("from") or {}).get("id")  # an admin, perhaps; the chat may have had another agent since
            await self.announcer.returned(chat, {each for each in (chat.last_agent_id, giver) if each})

    async def _introduce(self, chat: Chat) -> None:
        """The two sides hear whether the other one is there."""
        seat = await self.seats.find(str(chat.agent_id))
        if seat:
            self.announcer.introduce(chat, seat, self.clock.now())
