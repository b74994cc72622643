"""Who may have a transcript sent where, and the mail that brings it.

An agent sends one to whomever it names. A visitor's goes to its own address only, three a day, or the desk would mail for
anybody; to an address that it merely typed goes no word that it wrote, but the link.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from server.admin.deliveries import shown
from server.channels.base import Gone, Later
from server.channels.mail import Address, Mail
from server.chat.access import Access
from server.core.clock import Clock
from server.core.errors import ChatEnded, Conflict, Invalid, RateLimited
from server.core.identity import Identity
from server.core.words import language_of
from server.mail.addresses import CustomerAddresses
from server.mail.letters import Letters
from server.mail.transcripts import Transcripts, Wish
from server.outbox.outbox import Outbox
from server.people.audit import Audit
from store.chats import Chats
from store.log.history import History
from store.mail.quotas import MailQuotas
from store.outbox.deliveries import Deliveries, Delivery, NewDelivery
from store.people import People
from store.records import Chat, Person

TRANSCRIPT = "transcript"  # the kind of the delivery
A_DAY = 3  # of one visitor
NOT_YOURS = "a transcript goes to the address of this conversation: leave that one first (leave_email), or use it"
NO_ADDRESS = "the customer has left no address: name one"


@dataclass(frozen=True)
class TranscriptRequests:
    access: Access
    history: History
    people: People
    outbox: Outbox
    deliveries: Deliveries
    quotas: MailQuotas
    audit: Audit
    clock: Clock
    zone: ZoneInfo
    is_on: bool

    async def send(self, who: Identity, chat_id: str, email: str | None, time_zone: str | None) -> dict[str, Any]:
        """{delivery}; the same chat as far as it has come, to the same address, on the same day again: the one of before.

        Raises NotFound, Conflict where no mail is sent, ChatEnded for a chat whose words were removed, Invalid for an address
        to which this one may not have it sent, RateLimited.
        """
        chat = await self.access.own_chat(who, chat_id)
        if not self.is_on:
            raise Conflict("no mail is sent here: SMTP_URL is empty")
        if chat.purged:
            raise ChatEnded("what was said in this chat has been removed")
        customer = await self.people.find(chat.customer_id)
        address = _address(who, chat, customer, email)
        key = await self._key(chat, address)
        if known := await self._of(key):
            return {"delivery": shown(known)}
        if who.role == "customer":
            await self._count(who, key)
        new = self._new(who, chat, customer, key, address, time_zone)
        stored = await self.outbox.add([new]) or [found for found in [await self._of(key)] if found]
        await self.audit.note(who.id, "transcript_sent", chat.customer_id, chat=chat.id)
        return {"delivery": shown(stored[0])}

    async def _of(self, key: str) -> Delivery | None:
        _, found = await self.deliveries.page({"key": key}, 1, 1)
        return found[0] if found else None

    async def _key(self, chat: Chat, address: str) -> str:
        digest = (await self.history.digests([chat.id])).get(chat.id)
        whom = hashlib.sha256(address.casefold().encode()).hexdigest()[:16]
        return f"transcript:{chat.id}:{digest.last_seq if digest else 0}:{whom}:{self._day():%Y-%m-%d}"

    async def _count(self, who: Identity, key: str) -> None:
        day = self._day()
        if not await self.quotas.take_if_left(f"transcripts of {who.id}", day, key, A_DAY):
            left = (day + timedelta(days=1) - self.clock.now()).total_seconds()
            raise RateLimited(left, f"{A_DAY} transcripts a day are mailed; there are more tomorrow")

    def _new(  # noqa: PLR0913, PLR0917  what a delivery says
        self, who: Identity, chat: Chat, customer: Person | None, key: str, address: str, time_zone: str | None
    ) -> NewDelivery:
        """To the customer's own address by the customer's id: whether it is verified counts when it is sent."""
        is_own = customer is not None and customer.email is not None and customer.email.casefold() == address.casefold()
        return NewDelivery(
            key=key,
            kind=TRANSCRIPT,
            channel="email",
            to=chat.customer_id if is_own else address,
            destination=Address(address).domain,
            about={"chat_id": chat.id},
            data={"by": who.id, "zone": time_zone or self.zone.key, "email": address},
            customer_id=chat.customer_id,
        )

    def _day(self) -> datetime:
        return self.clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _address(who: Identity, chat: Chat, customer: Person | None, email: str | None) -> str:
    """Where it goes. Raises Invalid."""
    own = customer.email if customer else None
    if who.role != "customer":
        if not (email or own):
            raise Invalid.of_field("email", NO_ADDRESS)
        return str(email or own)
    if email is None or own is None or email.casefold() != own.casefold():
        raise Invalid.of_field("email", NOT_YOURS)
    return own


@dataclass(frozen=True)
class TranscriptMails:
    chats: Chats
    people: People
    addresses: CustomerAddresses
    transcripts: Transcripts
    letters: Letters

    async def compose(self, delivery: Delivery) -> Mail | Gone | Later:
        """As far as the chat has come by now."""
        chat = await self.chats.find(delivery.about["chat_id"])
        customer = await self.people.find(chat.customer_id) if chat else None
        if chat is None or chat.purged or customer is None or customer.erasing or customer.erased_at:
            return Gone("the chat is not kept any more", is_unwanted=True)
        language = language_of(customer.locale)
        told = await self.transcripts.told(chat, Wish(language, ZoneInfo(str(delivery.data["zone"]))))
        if "@" in delivery.to:
            return self._mail(delivery, Address(delivery.to), language, told)
        return await self._to_its_own(delivery, chat, language, told)

    async def _to_its_own(
        self, delivery: Delivery, chat: Chat, language: str, told: dict[str, Any]
    ) -> Mail | Gone | Later:
        if refusal := await self.addresses.refusal(chat.customer_id, TRANSCRIPT):
            return refusal
        reader = await self.addresses.reader(delivery, chat.customer_id, TRANSCRIPT)
        if isinstance(reader, Later):
            return reader
        if reader.to.address.casefold() != str(delivery.data["email"]).casefold():
            return Gone("the customer has another address by now", is_unwanted=True)
        return self._mail(delivery, reader.to, language, told, confirm_url=reader.confirm_url)

    def _mail(
        self, delivery: Delivery, to: Address, language: str, told: dict[str, Any], confirm_url: str | None = None
    ) -> Mail:
        """A visitor's to an address that nobody has verified: none of its words, anybody's address may be typed."""
        only_link = confirm_url is not None and str(delivery.data["by"]) == delivery.customer_id
        said = {name: value for name, value in told.items() if name not in {"language", "say", "desk"}}
        return self.letters.mail(
            delivery,
            to,
            language,
            subject="transcript.subject",
            template="transcript",
            only_link=only_link,
            confirm_url=confirm_url,
            **said,
        )
