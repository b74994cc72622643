"""What staff do with mail: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.mail.team import TestMail
from server.mail.whole_mails import WholeMails
from server.realtime.rooms import Connection
from server.schemas.mail import ShowMail
from server.schemas.payload import Nothing


@dataclass(frozen=True)
class MailCommands:
    mail: TestMail

    async def test_email(self, at: Connection, p: Nothing) -> Answer:
        return await self.mail.send(at.who)


@dataclass(frozen=True)
class WholeMailCommands:
    whole: WholeMails

    async def show_mail(self, at: Connection, p: ShowMail) -> Answer:
        return await self.whole.of_line(at.who, p.chat_id, p.seq)
