"""A mail to who wrote one of which something was left out: once a day and chat, however many come back."""

from dataclasses import dataclass

from server.channels.base import Gone, Later
from server.channels.mail import Address, Mail
from server.core.clock import Clock
from server.core.words import language_of, say
from server.mail.addresses import ANSWERS, CustomerAddresses
from server.mail.letters import Letters
from server.outbox.outbox import Outbox
from server.people.chat_links import ChatLinks
from store.log.history import History
from store.outbox.deliveries import Delivery, NewDelivery
from store.records import Person

LEFT_OUT = "left_out"


@dataclass(frozen=True)
class LeftOutMails:
    outbox: Outbox
    history: History
    addresses: CustomerAddresses
    letters: Letters
    chat_links: ChatLinks
    clock: Clock

    async def note(self, customer: Person, chat_id: str, seq: int) -> None:
        """`seq`: the line that says what was left out."""
        delivery = NewDelivery(
            key=f"{LEFT_OUT}:{chat_id}:{self.clock.now():%Y-%m-%d}",
            kind=LEFT_OUT,
            channel="email",
            to=customer.id,
            destination=Address(customer.email or "").domain,
            about={"chat_id": chat_id},
            data={"seq": seq},
            customer_id=customer.id,
        )
        await self.outbox.add([delivery])

    async def compose(self, delivery: Delivery) -> Mail | Gone | Later:
        chat_id = delivery.about["chat_id"]
        lines, _ = await self.history.lines(chat_id, after=int(delivery.data["seq"]) - 1, limit=1)
        if not lines or not lines[0].system:
            return Gone("the line is not kept any more", is_unwanted=True)
        if refusal := await self.addresses.refusal(delivery.to, ANSWERS):
            return refusal
        reader = await self.addresses.reader(delivery, delivery.to, ANSWERS)
        if isinstance(reader, Later):
            return reader
        language = language_of(reader.person.locale)
        return self.letters.mail(
            delivery,
            reader.to,
            language,
            subject=f"{LEFT_OUT}.subject",
            template="notice",
            chat_id=chat_id,
            stop_url=reader.stop_url,
            intro=say(f"{LEFT_OUT}.intro", language),
            rows=lines[0].system.get("files", []),
            quoted="",
            url=self.chat_links.url(delivery.to, chat_id),
            button_text=say("mail.open_chat", language),
        )
