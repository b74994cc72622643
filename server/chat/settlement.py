"""After the closing line: the document and the seat follow the log. Safe to repeat, whoever finds it undone."""

from dataclasses import dataclass

from store.chats import ENDING, Chats
from store.log.history import History
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Settlement:
    chats: Chats
    seats: Seats
    history: History

    async def settle(self, chat_id: str) -> Chat | None:
        """Writes what the closing line says into the document and gives the seat back; None while the log is open."""
        digest = (await self.history.digests([chat_id])).get(chat_id)
        if digest is None or digest.chat.status != "ended":
            return None
        chat = digest.chat
        ending = {name: getattr(chat, name) for name in ENDING}
        await self.chats.settle_if_unended(chat.id, ending)
        if chat.last_agent_id:
            await self.seats.give_back(chat.last_agent_id, chat.id)
        return chat
