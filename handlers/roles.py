"""What several roles do alike: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.chat.conversation import Conversation, Receipts
from server.chat.ending import Leaving
from server.chat.notes import ChatNotes
from server.chat.reading import Reading
from server.people.accounts import OwnPassword
from server.realtime.rooms import Connection
from server.schemas.chat import EndChat, ListChats, SyncChat
from server.schemas.messages import Mark, SendMessage, Typing
from server.schemas.payload import OneChat
from server.schemas.people import ChangePassword


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


@dataclass(frozen=True)
class Staff:
    notes: ChatNotes
    own_password: OwnPassword

    async def list_notes(self, at: Connection, p: OneChat) -> Answer:
        return await self.notes.list_notes(at.who, p.chat_id)

    async def change_password(self, at: Connection, p: ChangePassword) -> Answer:
        return await self.own_password.change(at, p.old, p.new)
