"""The mails that bring transcripts. To an address that somebody only typed goes nothing that a visitor wrote, nor a way to it:
a link by which its owner confirms it, and then the transcript.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from server.channels.base import Gone, Later
from server.channels.mail import Address, Mail
from server.core.text_threads import TextThreads
from server.core.words import language_of
from server.mail.addresses import CustomerAddresses, Reader
from server.mail.letters import Letters
from server.mail.links import CONFIRM, MailLink, MailLinks
from server.mail.transcript_requests import TRANSCRIPT
from server.mail.transcripts import Said, Transcripts, Wish
from server.people.chat_links import ChatLinks
from store.chats import Chats
from store.outbox.deliveries import Delivery
from store.people import People


@dataclass(frozen=True)
class ConfirmedTranscripts:
    """What the link of a mail confirms says which transcript was asked for."""

    links: MailLinks
    chat_links: ChatLinks

    def confirm_url(self, reader: Reader, delivery: Delivery) -> str:
        kind = f"{TRANSCRIPT}:{delivery.about['chat_id']}:{delivery.data.get('upto', 0)}:{delivery.data['zone']}"
        return self.links.url(CONFIRM, MailLink(reader.person.id, reader.to.address, kind))

    def page_url(self, link: MailLink) -> str | None:
        """Where the transcript opens for whoever has just confirmed by this link; None for a link of another mail."""
        if not link.kind.startswith(f"{TRANSCRIPT}:"):
            return None
        _, chat_id, upto, zone = link.kind.split(":")
        token = self.chat_links.transcript_token(link.person_id, chat_id, int(upto))
        return f"{self.links.base_url}/chat?token={token}&zone={quote(zone)}"


@dataclass(frozen=True)
class TranscriptMails:
    chats: Chats
    people: People
    addresses: CustomerAddresses
    transcripts: Transcripts
    confirmed: ConfirmedTranscripts
    letters: Letters
    threads: TextThreads

    async def compose(self, delivery: Delivery) -> Mail | Gone | Later:
        """As far as the chat had come when it was asked for."""
        chat = await self.chats.find(delivery.about["chat_id"])
        customer = await self.people.find(chat.customer_id) if chat else None
        if chat is None or chat.purged or customer is None or customer.erasing or customer.erased_at:
            return Gone("the chat is not kept any more", is_unwanted=True)
        wish = Wish(language_of(customer.locale), ZoneInfo(str(delivery.data["zone"])), delivery.data.get("upto"))
        stop_url, to = None, Address(delivery.to)
        if "@" not in delivery.to:
            reader = await self._reader(delivery, chat.customer_id)
            if not isinstance(reader, Reader):
                return reader
            if reader.confirm_url:
                return self._to_be_confirmed(delivery, reader, wish.language)
            stop_url, to = reader.stop_url, reader.to
        said = await self.transcripts.said(chat, wish)
        return await self.threads.run(self._mail, delivery, to, said, wish, stop_url)

    async def _reader(self, delivery: Delivery, customer_id: str) -> Reader | Gone | Later:
        if refusal := await self.addresses.refusal(customer_id, TRANSCRIPT):
            return refusal
        reader = await self.addresses.reader(delivery, customer_id, TRANSCRIPT)
        if isinstance(reader, Reader) and reader.to.address.casefold() != str(delivery.data["email"]).casefold():
            return Gone("the customer has another address by now", is_unwanted=True)
        return reader

    def _to_be_confirmed(self, delivery: Delivery, reader: Reader, language: str) -> Mail:
        return self.letters.mail(
            delivery,
            reader.to,
            language,
            subject="transcript.subject",
            template="transcript_to_confirm",
            stop_url=reader.stop_url,
            confirm_url=self.confirmed.confirm_url(reader, delivery),
        )

    def _mail(self, delivery: Delivery, to: Address, said: Said, wish: Wish, stop_url: str | None) -> Mail:
        told: dict[str, Any] = self.transcripts.told(said, wish, is_mailed=True)
        more = {name: value for name, value in told.items() if name not in {"language", "say", "desk"}}
        return self.letters.mail(
            delivery,
            to,
            wish.language,
            subject="transcript.subject",
            template="transcript",
            stop_url=stop_url,
            **more,
        )
