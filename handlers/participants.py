"""What customers and agents do alike, each in their own chats: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.chat.conversation import Conversation
from server.chat.ending import Leaving
from server.chat.reading import Reading
from server.chat.receipts import Receipts
from server.realtime.rooms import Connection
from server.schemas.chat import EndChat, ListChats, SyncChat
from server.schemas.messages import Mark, SendMessage, Typing


@dataclass(frozen=True)
class Participants:
    conversation: Conversation
    receipts: Receipts
    reading: Reading
    leaving: Leaving

    async def send_message(self, at: Connection, p: SendMessage) -> Answer:
        return await self.conversation.post(at.who, p.chat_id, p.client_id, p.kind, p.body, p.upload_id)

    async def typing(self, at: Connection, p: Typing) -> Answer:
        return await self.conversation.typing(at.who, p.chat_id, p.on)

    async def mark_delivered(self, at: Connection, p: Mark) -> Answer:
        return await self.receipts.mark(at.who, p.chat_id, p.seq, "delivered")

    async def mark_read(self, at: Connection, p: Mark) -> Answer:
        return await self.receipts.mark(at.who, p.chat_id, p.seq, "read")

    async def sync_chat(self, at: Connection, p: SyncChat) -> Answer:
        return await self.reading.sync(at.who, p.chat_id, p.limit, p.after, p.before)

    async def list_chats(self, at: Connection, p: ListChats) -> Answer:
        return await self.reading.list_own(at.who, p.page, p.page_size, p.status)

    async def end_chat(self, at: Connection, p: EndChat) -> Answer:
        return await self.leaving.end_chat(at.who, p.chat_id, p.reason, p.comment)
