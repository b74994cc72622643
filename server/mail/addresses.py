"""People's addresses: whether a mail may go there now, and what their owners say of them by the links of mails."""

from dataclasses import dataclass
from datetime import UTC, timedelta

from server.channels.base import Gone, Later
from server.channels.mail import Address
from server.core.clock import Clock
from server.mail.links import CONFIRM, STOP, MailLink, MailLinks
from server.people.audit import Audit
from server.realtime.announcer import Announcer
from store.blocks import Blocks
from store.chats import Chats
from store.mail.addresses import MailAddresses
from store.outbox.deliveries import Delivery
from store.people import People
from store.quotas import MailQuotas
from store.records import Person

UNVERIFIED_A_DAY = 3  # mails to an address that somebody only typed
TO_ONE_A_DAY = 50  # mails to any one, so that no loop goes on for ever
ANSWERS, UNREAD = "answers", "unread"
KINDS = (ANSWERS, UNREAD)  # what a customer can stop, each by itself
KEPT_FOR_ANSWERS = 1  # of a day's mails: whoever types an address, and asks for things itself, does not use them all


@dataclass(frozen=True)
class Reader:
    """A customer to whom a mail may go now. `confirm_url`: of an address that is not verified."""

    person: Person
    to: Address
    stop_url: str
    confirm_url: str | None


@dataclass(frozen=True)
class CustomerAddresses:
    people: People
    blocks: Blocks
    quotas: MailQuotas
    links: MailLinks
    clock: Clock

    async def refusal(self, customer_id: str, kind: str) -> Gone | None:
        """Why no mail of this kind is wanted there; None: it is. Asked at the moment of sending."""
        person, now = await self.people.find(customer_id), self.clock.now()
        block = await self.blocks.find(customer_id)
        if person is None or person.erasing or person.erased_at:
            return Gone("the customer is erased", is_unwanted=True)
        if block and (block.until is None or block.until > now):
            return Gone("the customer is blocked", is_unwanted=True)
        if person.email is None:
            return Gone("the customer has no address", is_unwanted=True)
        if kind in (person.stopped_mails or ()):
            return Gone("the customer does not want mails of this kind", is_unwanted=True)
        return Gone(f"nobody is at this address: {(person.bounced or {}).get('said')}") if person.has_bounced else None

    async def reader(self, delivery: Delivery, customer_id: str, kind: str) -> Reader | Later:
        """Whoever passed `refusal`. Later: as many as may go to this address in a day have gone."""
        person, now = await self.people.find(customer_id), self.clock.now()
        if person is None or person.email is None:  # since a moment ago
            return Later(now)
        link = MailLink(person.id, person.email, kind)
        stop_url = self.links.url(STOP, link)
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        most = TO_ONE_A_DAY if person.has_verified_email else UNVERIFIED_A_DAY
        if kind not in KINDS and delivery.data.get("by", customer_id) == customer_id:  # no agent's doing
            most -= KEPT_FOR_ANSWERS
        if not await self.quotas.take_if_left(person.email, day, delivery.id, most):
            return Later(day + timedelta(days=1))
        if person.has_verified_email:
            return Reader(person, Address(person.email), stop_url, None)
        return Reader(person, Address(person.email), stop_url, self.links.url(CONFIRM, link))


@dataclass(frozen=True)
class AddressNews:
    """Who serves a customer sees what is known of its address now."""

    chats: Chats
    announcer: Announcer

    async def tell(self, person_id: str) -> None:
        for chat in await self.chats.unended_of(person_id):
            await self.announcer.chat("chat_updated", chat)


@dataclass(frozen=True)
class AddressLinks:
    """What somebody does who opens a link of a mail. None: the link is not valid (any more)."""

    links: MailLinks
    people: People
    stored: MailAddresses
    news: AddressNews
    audit: Audit

    async def look(self, purpose: str, token: str) -> tuple[MailLink, Person] | None:
        """What the link is for, if that person still has the address. Changes nothing: programs that scan mails open links."""
        link = self.links.read(purpose, token)
        person = await self.people.find(link.person_id) if link else None
        return (link, person) if link and person and person.email == link.email else None

    async def confirm(self, token: str) -> MailLink | None:
        found = await self.look(CONFIRM, token)
        if not found or not await self.stored.verify_if_still(found[0].person_id, found[0].email):
            return None
        await self.audit.note(found[0].person_id, "address_confirmed", found[0].person_id)
        await self.news.tell(found[0].person_id)
        return found[0]

    async def stop(self, token: str, *, resume: bool) -> MailLink | None:
        found = await self.look(STOP, token)
        if not found:
            return None
        link = found[0]
        await (self.stored.resume if resume else self.stored.stop)(link.person_id, link.kind)
        await self.audit.note(
            link.person_id, "mails_resumed" if resume else "mails_stopped", link.person_id, kind=link.kind
        )
        await self.news.tell(link.person_id)
        return link


@dataclass(frozen=True)
class Bounces:
    """Addresses at which the mail server says nobody is."""

    stored: MailAddresses
    news: AddressNews
    clock: Clock

    async def note(self, delivery: Delivery, email: str, said: str) -> None:
        """`to` of a delivery is a person's id, or an address that belongs to nobody here."""
        if await self.stored.note_bounce_if_still(delivery.to, email, said, self.clock.now()):
            await self.news.tell(delivery.to)
