"""Mails of ours that came back after they were sent: the delivery says so, the address counts as dead, the agent is told."""

from dataclasses import dataclass

from server.chat import drafts
from server.core.clock import Clock
from server.mail.addresses import AddressNews
from server.mail.agent_notices import AgentNotices
from server.mail.automatic import Bounce
from server.mail.message_ids import delivery_of
from server.realtime.announcer import Announcer
from store.chats import Chats
from store.errors import LogClosed
from store.log.messages import MessageLog
from store.mail.addresses import MailAddresses
from store.outbox.deliveries import Deliveries, Delivery
from store.people import People
from store.records import Chat

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
    domain: str

    async def take(self, bounce: Bounce) -> Delivery | None:
        """The delivery it speaks of; None when it is none of ours. A delay changes nothing: the server goes on trying."""
        delivery = await self._delivery(bounce)
        if delivery is None or not bounce.is_final:
            return delivery
        why = f"came back: {bounce.why or bounce.status}"[:300]
        await self._note_address(delivery, bounce, why)
        chat_id = delivery.about.get("chat_id")
        chat = await self.chats.find(chat_id) if chat_id else None
        if chat:
            await self._tell(chat, delivery)
        await self.deliveries.note_bounce_if_sent(delivery.id, why)
        return delivery

    async def _delivery(self, bounce: Bounce) -> Delivery | None:
        for message_id in bounce.message_ids:
            delivery_id = delivery_of(self.domain, message_id)
            if delivery_id and (delivery := await self.deliveries.find(delivery_id)):
                return delivery
        return None

    async def _note_address(self, delivery: Delivery, bounce: Bounce, why: str) -> None:
        person_id = delivery.customer_id or delivery.to
        person = await self.people.find(person_id)
        if person is None or person.email is None or not bounce.status.startswith(NOBODY_THERE):
            return
        if await self.stored.note_bounce_if_still(person_id, person.email, why, self.clock.now()):
            await self.news.tell(person_id)

    async def _tell(self, chat: Chat, delivery: Delivery) -> None:
        """A line of the chat, if it goes on, and a notice to its agent."""
        now = self.clock.now()
        customer = await self.people.find(chat.customer_id)
        address = (customer.email if customer else None) or ""
        line = drafts.system(
            chat.id, now, {"event": "mail_bounced", "address": address}, key=f"bounce {delivery.id}", via="email"
        )
        try:
            posted = await self.log.append(line)
            if posted.is_news:
                self.announcer.line(chat, posted.line)
        except LogClosed:
            pass
        await self.notices.tell(chat, "bounced", delivery.id, address)
