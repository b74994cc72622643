"""The mails that bring a link that somebody asked for: made when they are sent, so that the link's time counts from then."""

from dataclasses import dataclass

from server.channels.base import Gone, Later
from server.channels.mail import Address, Mail
from server.core.clock import Clock
from server.core.words import language_of, say
from server.mail.addresses import CustomerAddresses
from server.mail.asked_links import NEW_LINK
from server.mail.letters import Letters
from server.people.chat_links import ChatLinks
from server.people.password_reset import LIVES, PasswordReset, can_reset
from store.outbox.deliveries import Delivery
from store.people import People


@dataclass(frozen=True)
class LinkMails:
    people: People
    addresses: CustomerAddresses
    password_reset: PasswordReset
    chat_links: ChatLinks
    letters: Letters
    clock: Clock

    async def reset_password(self, delivery: Delivery) -> Mail | Gone | Later:
        person = await self.people.find(delivery.to)
        if person is None or not can_reset(person) or not person.email:
            return Gone("this account is gone, or has no address", is_unwanted=True)
        if self.clock.now() - delivery.created_at > LIVES:
            return Gone("nobody waits for it any more", is_unwanted=True)
        url = self.letters.url(f"/reset?token={self.password_reset.token(person)}")
        to = Address(person.email, person.name)
        return self._mail(delivery, to, person.locale, url, username=str(person.username))

    async def new_link(self, delivery: Delivery) -> Mail | Gone | Later:
        if refusal := await self.addresses.refusal(delivery.to, NEW_LINK):
            return refusal
        reader = await self.addresses.reader(delivery, delivery.to, NEW_LINK)
        if isinstance(reader, Later):
            return reader
        url = self.chat_links.url(delivery.to, delivery.about["chat_id"], reader.to.address)
        return self._mail(delivery, reader.to, reader.person.locale, url)

    def _mail(self, delivery: Delivery, to: Address, locale: str | None, url: str, username: str = "") -> Mail:
        language, kind = language_of(locale), delivery.kind
        return self.letters.mail(
            delivery,
            to,
            language,
            subject=f"{kind}.subject",
            template="notice",
            chat_id=delivery.about.get("chat_id"),
            intro=say(f"{kind}.intro", language, username=username),
            rows=[],
            quoted="",
            url=url,
            button_text=say(f"{kind}.button", language),
        )
