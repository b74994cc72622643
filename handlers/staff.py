"""What agents and admins do alike: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.chat.notes import ChatNotes
from server.people.own_password import OwnPassword
from server.realtime.rooms import Connection
from server.schemas.payload import OneChat
from server.schemas.people import ChangePassword


@dataclass(frozen=True)
class Staff:
    notes: ChatNotes
    own_password: OwnPassword

    async def list_notes(self, at: Connection, p: OneChat) -> Answer:
        return await self.notes.list_notes(at.who, p.chat_id)

    async def change_password(self, at: Connection, p: ChangePassword) -> Answer:
        return await self.own_password.change(at.who, p.old, p.new)
