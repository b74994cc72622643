"""Mails of ours that came back after they were sent: the delivery says so, the address counts as dead, the agent is told."""

from dataclasses import dataclass

from server.channels.mail import Address
from server.chat import drafts
from server.core.clock import Clock
from server.mail.addresses import AddressNews
from server.mail.agent_notices import AgentNotices
from server.mail.automatic import Bounce
from server.mail.message_ids import DELIVERY, MessageIds, Named, read_message_id
from server.realtime.announcer import Announcer
from store.chats import Chats
from store.errors import LogClosed
from store.log.messages import MessageLog
from store.mail.addresses import MailAddresses
from store.outbox.deliveries import Deliveries, Delivery
from store.people import People
from store.records import Person

NOBODY_THERE = ("5.1.", "5.2.1")  # RFC 3463: the address, or its mailbox, is not there; else it may work another day


@dataclass(frozen=True)
class MailBounces:
    deliveries: Deliveries
    stored: MailAddresses
    news: AddressNews
    people: People
    chats: Chats
    log: MessageLog
    announcer: Announcer
    notices: AgentNotices
    clock: Clock
    ids: MessageIds

    async def take(self, bounce: Bounce) -> Delivery | None:
        """The delivery it speaks of; None when it is none of ours. A delay changes nothing: the server goes on trying."""
        delivery, named = await self._delivery(bounce)
        if delivery is None or named is None or not bounce.is_final:
            return delivery
        why = f"came back: {bounce.why or bounce.status}"[:300]
        person = await self.people.find(delivery.to)
        if person and person.email and self._is_of(bounce, named, person.email):
            if bounce.status.startswith(NOBODY_THERE):
                await self._note_address(person.id, person.email, why)
            await self._tell(delivery, person)
        await self.deliveries.note_bounce_if_sent(delivery.id, why)
        return delivery

    async def _delivery(self, bounce: Bounce) -> tuple[Delivery | None, Named | None]:
        """Only whom a mail of ours went to, or came back to, can name it with its seal."""
        for message_id in bounce.message_ids:
            named = read_message_id(self.ids, message_id)
            is_sealed = named is not None and named.kind == DELIVERY and named.seal is not None
            if named and is_sealed and (delivery := await self.deliveries.find(named.id)):
                return delivery, named
        return None, None

    def _is_of(self, bounce: Bounce, named: Named, email: str) -> bool:
        """Whether the mail went to this address, which may be another one by now, and it is this one where nobody was: it may
        have been passed on from there.
        """
        if not named.seal or not self.ids.is_for(named.what, named.seal, email):
            return False
        return bounce.address is None or bounce.address.casefold() in {email.casefold(), Address(email).on_the_wire}

    async def _note_address(self, person_id: str, email: str, why: str) -> None:
        if await self.stored.note_bounce_if_still(person_id, email, why, self.clock.now()):
            await self.news.tell(person_id)

    async def _tell(self, delivery: Delivery, person: Person) -> None:
        """A line of the chat that it was for, if that goes on and its customer was to read it, and a notice to its agent."""
        chat_id = delivery.about.get("chat_id")
        chat = await self.chats.find(chat_id) if chat_id else None
        if chat is None or chat.customer_id != person.id:
            return
        event = {"event": "mail_bounced", "address": person.email}
        line = drafts.system(chat.id, self.clock.now(), event, key=f"bounce {delivery.id}", via="email")
        try:
            posted = await self.log.append(line)
            if posted.is_news:
                self.announcer.line(chat, posted.line)
        except LogClosed:
            pass
        await self.notices.tell(chat, "bounced", delivery.id, str(person.email))
