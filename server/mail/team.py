"""Mails to the team: a message was left and nobody is there; a webhook was disabled; a test."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.admin.deliveries import shown
from server.channels.base import Gone, Later
from server.channels.mail import Address, Mail
from server.core.clock import Clock
from server.core.errors import Conflict, Invalid
from server.core.identity import Identity
from server.core.words import language_of, say
from server.departments.departments import Staffing
from server.mail.letters import Letters
from server.mail.unread import milliseconds
from server.outbox.obligations import DeskEvent
from server.outbox.outbox import Outbox
from store.chats import Chats
from store.log.history import History
from store.mail.addresses import MailAddresses
from store.outbox.deliveries import Delivery, NewDelivery
from store.people import People
from store.records import Chat, Membership, Message

MESSAGE_LEFT, WEBHOOK_DISABLED, TEST = "message_left", "webhook_disabled", "test"
SOON = timedelta(seconds=60)  # what is written when the message is left comes a moment after it
SHOWN = 1000  # characters of what was left


@dataclass(frozen=True)
class Team:
    """Whom alerts go to: TEAM_EMAIL, else the admins who have an address."""

    configured: tuple[str, ...]
    stored: MailAddresses
    people: People

    async def receivers(self) -> list[str]:
        """Addresses, or the ids of admins: those are asked for their address when it is sent."""
        return list(self.configured) or [admin.id for admin in await self.stored.admins()]

    async def reader(self, to: str) -> tuple[Address, str | None] | None:
        """Address and locale of a receiver; None for one who is gone, or has no address any more."""
        if "@" in to:
            return Address(to), None
        person = await self.people.find(to)
        if person is None or person.disabled or person.deleted_at or not person.email or person.has_bounced:
            return None
        return Address(person.email, person.name), person.locale


NOBODY = Gone("this receiver is gone, or nobody is at its address", is_unwanted=True)


@dataclass(frozen=True)
class LeftMessageAlerts:
    """A Subscriber and a composer."""

    team: Team
    chats: Chats
    history: History
    people: People
    staffing: Staffing
    letters: Letters
    clock: Clock

    def wants(self, event: str, chat: Membership | None, line: Message | None) -> bool:
        return event == MESSAGE_LEFT

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        chat = await self.chats.find(event.chat_id) if event.name == MESSAGE_LEFT and event.chat_id else None
        if chat is None or await self.staffing.is_staffed(chat.department):
            return []
        return [
            NewDelivery(
                key=f"message_left:{chat.id}:{to}",
                kind=MESSAGE_LEFT,
                channel="email",
                to=to,
                destination=await self._destination(to),
                about={"chat_id": chat.id},
                customer_id=chat.customer_id,
                at=event.at + SOON,
            )
            for to in await self.team.receivers()
        ]

    async def compose(self, delivery: Delivery) -> Mail | Gone | Later:
        chat = await self.chats.find(delivery.about["chat_id"])
        reader = await self.team.reader(delivery.to)
        if chat is None or chat.purged or not chat.offline or chat.status != "queued":
            return Gone("somebody has it, or it is over", is_unwanted=True)
        if reader is None:
            return NOBODY
        customer, language = await self.people.find(chat.customer_id), language_of(reader[1])
        lines, _ = await self.history.lines(chat.id, limit=20)
        left = "\n".join(line.body for line in lines if line.side == "customer")[:SHOWN]
        rows = [
            say(f"message_left.{name}", language, **{name: value})
            for name, value in (("topic", chat.topic), ("department", chat.department))
            if value
        ]
        at = self.letters.time(language, chat.queued_at)
        return self._mail(
            delivery, reader[0], language, chat, left, rows, name=customer.name if customer else "", at=at
        )

    def _mail(  # noqa: PLR0913, PLR0917  what the mail is made of
        self, delivery: Delivery, to: Address, language: str, chat: Chat, left: str, rows: list[str], **said: Any
    ) -> Mail:
        return self.letters.mail(
            delivery,
            to,
            language,
            subject="message_left.subject",
            template="notice",
            intro=say("message_left.intro", language, **said),
            rows=rows,
            quoted=left,
            url=self.letters.url("/agent"),
            button_text=say("message_left.button", language),
        )

    async def _destination(self, to: str) -> str:
        reader = await self.team.reader(to)
        return reader[0].domain if reader else "nowhere"


@dataclass(frozen=True)
class TeamNotices:
    """What is said to one admin or address of the team, and asks for nothing but to be read."""

    team: Team
    letters: Letters

    async def webhook_disabled(self, delivery: Delivery) -> Mail | Gone | Later:
        return await self._notice(
            delivery, "/admin#webhooks", rows=[delivery.data.get("url"), delivery.data.get("why")]
        )

    async def test(self, delivery: Delivery) -> Mail | Gone | Later:
        return await self._notice(delivery, None)

    async def _notice(
        self, delivery: Delivery, path: str | None, rows: Iterable[str | None] = ()
    ) -> Mail | Gone | Later:
        reader = await self.team.reader(delivery.to)
        if reader is None:
            return NOBODY
        to, language = reader[0], language_of(reader[1])
        at = self.letters.time(language, delivery.created_at)
        return self.letters.mail(
            delivery,
            to,
            language,
            subject=f"{delivery.kind}.subject",
            template="notice",
            intro=say(f"{delivery.kind}.intro", language, desk=self.letters.desk, at=at),
            rows=[row for row in rows if row],
            quoted="",
            url=self.letters.url(path) if path else "",
            button_text=say(f"{delivery.kind}.button", language) if path else "",
        )


@dataclass(frozen=True)
class TestMail:
    """A mail that takes the way of every mail, so that an admin sees whether that is open."""

    outbox: Outbox
    people: People
    clock: Clock
    is_on: bool

    async def send(self, who: Identity) -> dict[str, Any]:
        """To the admin's own address. Raises Conflict where no mail is sent, Invalid for an admin without an address."""
        if not self.is_on:
            raise Conflict("no mail is sent here: SMTP_URL is empty")
        person = await self.people.find(who.id)
        if person is None or person.email is None:
            raise Invalid("you have no e-mail address: give yourself one first (update_user)")
        now = self.clock.now()
        domain = Address(person.email).domain
        new = NewDelivery(f"test:{who.id}:{milliseconds(now)}", TEST, "email", to=who.id, destination=domain)
        [delivery] = await self.outbox.add([new])
        return {"delivery": shown(delivery)}
