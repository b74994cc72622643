"""What admins do with mail: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.mail.team import TestMail
from server.realtime.rooms import Connection
from server.schemas.payload import Nothing


@dataclass(frozen=True)
class MailCommands:
    mail: TestMail

    async def test_email(self, at: Connection, p: Nothing) -> Answer:
        return await self.mail.send(at.who)
