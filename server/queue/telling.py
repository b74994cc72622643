"""What happened to a chat is written into its document with the deed, then told: a crash between the two is told later."""

from dataclasses import dataclass
from typing import Any

from server.chat import lines
from server.chat.settlement import Settlement
from server.clock import Clock
from server.live.announcer import Announcer
from store.errors import LogClosed
from store.log.messages import Log
from store.queue import Queue
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Telling:
    queue: Queue
    seats: Seats
    log: Log
    settlement: Settlement
    announcer: Announcer
    clock: Clock

    async def tell(self, chat: Chat) -> bool:
        """Puts the chat's untold event into its log and tells everybody, once whoever repeats it.

        The line is the last guard of the deed: False when the log was closed at this moment, which undoes it.
        """
        if chat.status == "ended":
            await self.settlement.settle(chat.id)
            return False
        event = dict(chat.untold or {})
        key, _ = str(event.pop("key")), event.pop("at")
        try:
            posted = await self.log.append(lines.system(chat.id, self.clock.now(), event, key=key))
        except LogClosed:
            await self.settlement.settle(chat.id)
            return False
        await self._announce(chat, event)
        if not posted.duplicate:
            self.announcer.line(chat, posted.line)
        await self.queue.told_if_still(chat.id, key)
        return True

    async def catch_up(self, chat: Chat) -> bool:
        """Before a deed: tells the one before it, which would be forgotten else. False: the log is closed."""
        return chat.untold is None or await self.tell(chat)

    async def _announce(self, chat: Chat, event: dict[str, Any]) -> None:
        if event["event"] == "opened":
            await self.announcer.opened(chat)
            await self._introduce(chat)
        elif event.get("to"):
            await self.announcer.transferred(chat, event["from"], event["to"])
            await self._introduce(chat)
        else:
            await self.announcer.returned(chat, str(chat.last_agent_id))

    async def _introduce(self, chat: Chat) -> None:
        """The two sides hear whether the other one is there."""
        seat = await self.seats.find(str(chat.agent_id))
        if seat:
            self.announcer.introduce(chat, seat, self.clock.now())
