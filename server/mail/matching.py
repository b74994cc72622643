"""To which chat a mail belongs: by the sealed address it was sent to, else by the mails it answers. Never by its subject.

From: proves nothing, and a chat's id is known to many. That the customer wrote it is believed where the mail carries what only
a mail to that customer's address did.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from server.mail.mail_worker import ReadMail
from server.mail.message_ids import CHAT, DELIVERY, MessageIds, read_message_id
from server.mail.reply_address import ReplyAddresses, read_reply_address
from store.outbox.deliveries import Deliveries


@dataclass(frozen=True)
class Sign:
    """One thing in a mail that names a chat. `seal`: None where it says of nobody that it got a mail of ours; `what` is sealed.
    `is_signed`: whoever sent the mail was given it by one of the chat's mails.
    """

    chat_id: str
    what: str
    seal: bytes | None
    is_signed: bool


@dataclass(frozen=True)
class Match:
    chat_id: str
    signs: tuple[Sign, ...]

    @property
    def is_signed(self) -> bool:
        """Its sender has one of the chat's mails, or was given the address by somebody who has."""
        return any(sign.is_signed for sign in self.signs)


@dataclass(frozen=True)
class Matching:
    addresses: ReplyAddresses
    ids: MessageIds
    deliveries: Deliveries

    async def chat(self, mail: ReadMail) -> Match | None:
        """The address first: some providers give mails other Message-IDs on their way out, others take Reply-To away."""
        signs = [*self._by_addresses(mail), *await self._by_references(mail)]
        return Match(signs[0].chat_id, tuple(s for s in signs if s.chat_id == signs[0].chat_id)) if signs else None

    def is_answer_of(self, match: Match, address: str) -> bool:
        """Whether it carries what only a mail to this very address did."""
        return any(sign.seal and self.ids.is_for(sign.what, sign.seal, address) for sign in match.signs)

    def is_own(self, mail: ReadMail, own_address: str) -> bool:
        """Whether the desk sent it itself, and it lies in a box of sent mails, or came back as a copy."""
        named = read_message_id(self.ids, mail.message_id) if mail.message_id else None
        is_ours = named is not None and named.kind == DELIVERY
        return is_ours or mail.sender == own_address.lower() or bool(read_reply_address(self.addresses, mail.sender))

    def _by_addresses(self, mail: ReadMail) -> Iterable[Sign]:
        for address in mail.recipients:
            if replied := read_reply_address(self.addresses, address):
                yield Sign(replied.chat_id, f"reply {replied.chat_id}", replied.seal, is_signed=True)

    async def _by_references(self, mail: ReadMail) -> list[Sign]:
        """A delivery's id alone is given to others, too: the team's alert of the same chat has one."""
        signs = []
        for message_id in mail.references:
            named = read_message_id(self.ids, message_id)
            chat_id = named.id if named and named.kind == CHAT else await self._of_delivery(named.id) if named else None
            if named and chat_id:
                is_signed = named.kind == CHAT and named.seal is not None
                signs.append(Sign(chat_id, named.what, named.seal, is_signed))
        return signs

    async def _of_delivery(self, delivery_id: str) -> str | None:
        delivery = await self.deliveries.find(delivery_id)
        return delivery.about.get("chat_id") if delivery else None
