"""What happened to a chat is written into its document with the deed, then told: a crash between the two is told later."""

from dataclasses import dataclass

from server.chat import lines
from server.chat.settlement import Settlement
from server.clock import Clock
from server.live.announcer import Announcer
from server.live.deeds import Deeds
from store.errors import LogClosed
from store.log.messages import Log
from store.queue import Queue
from store.records import Chat


@dataclass(frozen=True)
class Telling:
    queue: Queue
    log: Log
    settlement: Settlement
    deeds: Deeds
    clock: Clock

    @property
    def announcer(self) -> Announcer:
        return self.deeds.announcer

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
        await self.deeds.announce(chat, event)
        if posted.is_news:
            self.announcer.line(chat, posted.line)
        await self.queue.told_if_still(chat.id, key)
        return True

    async def catch_up(self, chat: Chat) -> bool:
        """Before a deed: tells the one before it, which would be forgotten else. False: the log is closed."""
        return chat.untold is None or await self.tell(chat)
