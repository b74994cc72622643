"""What customers and agents do alike, each in their own chats."""

from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Payload
from server.chat.conversation import Conversation
from server.chat.ending import Leaving
from server.chat.reading import Reading
from server.chat.receipts import Receipts
from server.realtime.rooms import Connection


@dataclass(frozen=True)
class Sides:
    conversation: Conversation
    receipts: Receipts
    reading: Reading
    leaving: Leaving

    async def send_message(self, at: Connection, p: Payload) -> Any:
        return await self.conversation.post(at.who, **p)

    async def typing(self, at: Connection, p: Payload) -> Any:
        return await self.conversation.typing(at.who, **p)

    async def mark_delivered(self, at: Connection, p: Payload) -> Any:
        return await self.receipts.mark(at.who, **p, kind="delivered")

    async def mark_read(self, at: Connection, p: Payload) -> Any:
        return await self.receipts.mark(at.who, **p, kind="read")

    async def sync_chat(self, at: Connection, p: Payload) -> Any:
        return await self.reading.sync(at.who, **p)

    async def list_chats(self, at: Connection, p: Payload) -> Any:
        return await self.reading.list_own(at.who, **p)

    async def end_chat(self, at: Connection, p: Payload) -> Any:
        return await self.leaving.end_chat(at.who, **p)
