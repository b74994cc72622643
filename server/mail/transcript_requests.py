"""Who may have a transcript sent where.

An agent sends one to whomever it names, so many a day. A visitor's goes to its own address only, or the desk would mail for
anybody.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from server.admin.deliveries import shown
from server.channels.mail import Address
from server.chat.access import Access
from server.core.clock import Clock
from server.core.errors import ChatEnded, Conflict, Invalid
from server.core.identity import Identity
from server.mail.transcript_quotas import TranscriptQuotas
from server.outbox.outbox import Outbox
from server.people.audit import Audit
from store.departments import StoredDepartments
from store.log.history import History
from store.outbox.deliveries import Deliveries, Delivery, NewDelivery
from store.people import People
from store.records import Chat, Person

TRANSCRIPT = "transcript"  # the kind of the delivery
TRIES = 10  # of the same in a day, each after the one before had failed
FAILED = ("dead", "dropped")
NOT_YOURS = "a transcript goes to the address of this conversation: leave that one first (leave_email), or use it"
NO_ADDRESS = "the customer has left no address: name one"


@dataclass(frozen=True)
class Asked:
    """A transcript that somebody may have. `is_own`: it goes to the customer's own address; `upto`: its last line."""

    chat: Chat
    address: str
    is_own: bool
    upto: int
    zone: str


@dataclass(frozen=True)
class TranscriptRequests:
    access: Access
    history: History
    people: People
    departments: StoredDepartments
    outbox: Outbox
    deliveries: Deliveries
    quotas: TranscriptQuotas
    audit: Audit
    clock: Clock
    zone: ZoneInfo
    is_on: bool

    async def send(self, who: Identity, chat_id: str, email: str | None, time_zone: str | None) -> dict[str, Any]:
        """{delivery}; the same chat as far as it has come, to the same address, on the same day again: the one of before,
        unless that failed.

        Raises NotFound, Conflict where no mail is sent, ChatEnded for a chat whose words were removed, Invalid for an address
        to which this one may not have it sent, RateLimited.
        """
        chat = await self.access.own_chat(who, chat_id)
        if not self.is_on:
            raise Conflict("no mail is sent here: SMTP_URL is empty")
        if chat.purged:
            raise ChatEnded("what was said in this chat has been removed")
        asked = await self._asked(who, chat, email, time_zone)
        key, known = await self._known(who, asked)
        if known:
            return {"delivery": shown(known)}
        if who.role == "customer":
            await self.quotas.take_for_visitor(who, key, asked.address)
        elif not asked.is_own:
            await self.quotas.take_for_agent(who, key)
        stored = await self.outbox.add([_delivery(who, asked, key)])
        stored = stored or [found for found in [await self._of(key)] if found]
        whose = "customer" if asked.is_own else "another"
        await self.audit.note(
            who.id, "transcript_sent", chat.customer_id, chat=chat.id, to=whose, delivery=stored[0].id
        )
        return {"delivery": shown(stored[0])}

    async def _asked(self, who: Identity, chat: Chat, email: str | None, time_zone: str | None) -> Asked:
        """The hours in it are the reader's, who may be known to be the one that asks; else those of the department."""
        customer = await self.people.find(chat.customer_id)
        address = _address(who, customer, email)
        is_own = customer is not None and customer.email is not None and customer.email.casefold() == address.casefold()
        is_asker_reader = who.role == "customer" or not is_own
        zone = (time_zone if is_asker_reader else None) or await self._zone_of(chat)
        digest = (await self.history.digests([chat.id])).get(chat.id)
        return Asked(chat, address, is_own, digest.last_seq if digest else 0, zone)

    async def _zone_of(self, chat: Chat) -> str:
        department = await self.departments.by_name(chat.department) if chat.department else None
        return department.time_zone if department else self.zone.key

    async def _known(self, who: Identity, asked: Asked) -> tuple[str, Delivery | None]:
        """The key of this one, and the delivery that was stored under it and did not fail.

        An agent's is not a visitor's: another mail goes out.
        """
        whom = hashlib.sha256(asked.address.casefold().encode()).hexdigest()[:16]
        day = f"{self.clock.now().astimezone(UTC):%Y-%m-%d}"
        by = "visitor" if who.role == "customer" else "staff"
        of_all = f"transcript:{asked.chat.id}:{asked.upto}:{whom}:{by}:{day}"
        key, known = of_all, await self._of(of_all)
        for number in range(2, TRIES + 1):
            if known is None or known.state not in FAILED:
                break
            key = f"{of_all}:{number}"
            known = await self._of(key)
        return key, known

    async def _of(self, key: str) -> Delivery | None:
        _, found = await self.deliveries.page({"key": key}, 1, 1)
        return found[0] if found else None


def _delivery(who: Identity, asked: Asked, key: str) -> NewDelivery:
    """To the customer's own address by the customer's id: whether it is verified counts when it is sent."""
    return NewDelivery(
        key=key,
        kind=TRANSCRIPT,
        channel="email",
        to=asked.chat.customer_id if asked.is_own else asked.address,
        destination=Address(asked.address).domain,
        about={"chat_id": asked.chat.id},
        data={"by": who.id, "zone": asked.zone, "email": asked.address, "upto": asked.upto},
        customer_id=asked.chat.customer_id,
    )


def _address(who: Identity, customer: Person | None, email: str | None) -> str:
    """Where it goes. Raises Invalid."""
    own = customer.email if customer else None
    if who.role != "customer":
        if not (email or own):
            raise Invalid.of_field("email", NO_ADDRESS)
        return str(email or own)
    if email is None or own is None or email.casefold() != own.casefold():
        raise Invalid.of_field("email", NOT_YOURS)
    return own
