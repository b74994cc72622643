"""After the closing line: the document and the seat follow the log, and everybody hears of it. Safe to repeat, whoever
finds it undone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from server.live.announcer import Announcer
from store.chats import ENDING, Chats
from store.log.history import History
from store.log.records import Digest
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Settlement:
    chats: Chats
    seats: Seats
    history: History
    announcer: Announcer
    wake: Callable[[], None]  # the assignment: a seat may have become free

    async def settle(self, chat_id: str) -> Chat | None:
        """Writes what the closing line says into the document, gives the seat back and tells everybody at least once.

        None while the log is open.
        """
        digest = (await self.history.digests([chat_id])).get(chat_id)
        if digest is None or digest.chat.status != "ended":
            return None
        chat = digest.chat
        ending = {name: getattr(chat, name) for name in ENDING}
        was_first = await self.chats.settle_if_unended(chat.id, ending, await self._figures(chat))
        if chat.last_agent_id:
            await self.seats.give_back(chat.last_agent_id, chat.id)
        if was_first or chat.untold:  # else somebody has told it
            await self._tell(digest)
        return chat

    async def _tell(self, digest: Digest) -> None:
        if digest.closing:
            self.announcer.line(digest.chat, digest.closing)
        await self.announcer.chat("chat_ended", digest.chat)
        self.wake()
        await self.chats.end_told(digest.chat.id)

    async def _figures(self, chat: Chat) -> dict[str, float | None]:
        """Seconds from the line to the first agent, from there to its first line, and to the end; None: it never came.

        Read from the log while it stands: reports outlive it.
        """
        opened_at, answered_at = await self.history.beginnings(chat.id)
        return {
            "waiting_seconds": _seconds(chat.waited_from, opened_at),
            "first_response_seconds": _seconds(opened_at, answered_at),
            "handling_seconds": _seconds(opened_at, chat.ended_at),
        }


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    return max(0.0, (until - since).total_seconds()) if since and until else None
