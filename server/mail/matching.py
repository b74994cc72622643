"""To which chat a mail belongs: by the signed address it was sent to, else by the mails it answers. Never by its subject."""

from dataclasses import dataclass

from server.mail.mail_worker import ReadMail
from server.mail.message_ids import chat_of, delivery_of
from server.mail.reply_address import ReplyAddresses, chat_of_address
from store.outbox.deliveries import Deliveries


@dataclass(frozen=True)
class Match:
    """`is_signed`: its sender was given the chat's address. Else it only names a mail of ours, which is easier to make up."""

    chat_id: str
    is_signed: bool


@dataclass(frozen=True)
class Matching:
    addresses: ReplyAddresses
    deliveries: Deliveries

    async def chat(self, mail: ReadMail) -> Match | None:
        """The address first: some providers give mails other Message-IDs on their way out."""
        for address in mail.recipients:
            if chat_id := chat_of_address(self.addresses, address):
                return Match(chat_id, is_signed=True)
        for message_id in mail.references:
            if chat_id := chat_of(self.addresses.domain, message_id) or await self._of_delivery(message_id):
                return Match(chat_id, is_signed=False)
        return None

    def is_own(self, mail: ReadMail, own_address: str) -> bool:
        """Whether the desk sent it itself, and it lies in a box of sent mails, or came back as a copy."""
        is_ours = mail.message_id is not None and delivery_of(self.addresses.domain, mail.message_id) is not None
        return is_ours or mail.sender == own_address.lower() or chat_of_address(self.addresses, mail.sender) is not None

    async def _of_delivery(self, message_id: str) -> str | None:
        delivery_id = delivery_of(self.addresses.domain, message_id)
        delivery = await self.deliveries.find(delivery_id) if delivery_id else None
        return delivery.about.get("chat_id") if delivery else None
