"""Which webhook is told what, and in which words: an event becomes a delivery each, whose content is made when it is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.admin.customer_records import CustomerRecords
from server.channels.base import Gone
from server.core.clock import iso
from server.core.errors import NotFound
from server.outbox.obligations import DeskEvent
from server.realtime.serializers import Serializers
from server.realtime.upload_urls import absolute
from server.schemas.render import render
from server.schemas.webhooks import CUSTOMER_IDENTIFIED, OF_CHATS, AboutChat, AboutCustomer, WebhookEvent
from server.webhooks.book import WebhookBook
from store.log.history import History
from store.outbox.deliveries import Delivery, NewDelivery
from store.records import Membership, Message

CHANNEL = "webhook"
FIRST, LAST = 0, 2**53 - 1  # ranks of a chat's request and its rating, which are no lines


@dataclass(frozen=True)
class WebhookEvents:
    """A Subscriber."""

    book: WebhookBook
    history: History

    def wants(self, event: str, chat: Membership | None, line: Message | None) -> bool:
        return self.book.is_wanted(event)

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        if event.name not in {*OF_CHATS, CUSTOMER_IDENTIFIED}:
            return []
        webhooks = self.book.those_for(event.name)
        rank = await self._rank(event) if webhooks else FIRST
        return [_delivery(webhook.id, event, rank) for webhook in webhooks]

    async def _rank(self, event: DeskEvent) -> int:
        """Its place among what this chat, or this person, is told of: the same whenever it is asked."""
        if event.seq is not None:
            return event.seq
        if event.chat_id is None:
            return int(event.at.timestamp() * 1000)
        if event.name == "message_left":
            seq = await self.history.last_seq_at(event.chat_id, event.at)
            return seq + 1 if seq else FIRST  # after that line; of equals the one that was stored first goes first
        return LAST if event.name == "chat_rated" else FIRST


def _delivery(webhook_id: str, event: DeskEvent, rank: int) -> NewDelivery:
    about = event.chat_id or event.person_id
    return NewDelivery(
        key=f"webhook:{webhook_id}:{event.name}:{event.key}",
        kind=event.name,
        channel=CHANNEL,
        to=webhook_id,
        destination=webhook_id,
        about={"chat_id": event.chat_id} if event.chat_id else {},
        data={"at": event.at, "seq": event.seq, "person_id": event.person_id},
        customer_id=event.person_id,
        order=f"{webhook_id}:{about}",
        rank=rank,
    )


@dataclass(frozen=True)
class WebhookContent:
    """What a call says: made when it is sent, from what is stored by then. `base` stands before the addresses of uploads."""

    serializers: Serializers
    history: History
    customers: CustomerRecords
    base: str

    async def event(self, delivery: Delivery) -> dict[str, Any] | Gone:
        """Gone where what it would tell of has been removed."""
        data = await (self._customer(delivery) if delivery.kind == CUSTOMER_IDENTIFIED else self._chat(delivery))
        return data if isinstance(data, Gone) else enveloped(delivery.kind, delivery.data["at"], data)

    async def _customer(self, delivery: Delivery) -> dict[str, Any] | Gone:
        try:
            return render(AboutCustomer, customer=await self.customers.one(str(delivery.customer_id)))
        except NotFound:
            return Gone("this customer has been erased", is_unwanted=True)

    async def _chat(self, delivery: Delivery) -> dict[str, Any] | Gone:
        chat_id = delivery.about["chat_id"]
        chats = await self.serializers.chats_by_id([chat_id], "admin")
        if not chats:
            return Gone("this chat has been removed", is_unwanted=True)
        chat = {**chats[0], "last_message": self._with_addresses(chats[0]["last_message"])}
        if delivery.kind != "message_posted":
            return render(AboutChat, chat=chat)
        seq = delivery.data["seq"]
        lines, _ = await self.history.lines(chat_id, after=seq - 1, before=seq + 1, limit=1)
        if not lines:
            return Gone("what was said in this chat has been removed", is_unwanted=True)
        marks = await self.history.marks_from(chat_id, seq)
        return render(AboutChat, chat=chat, message=self._with_addresses(self.serializers.message(lines[0], marks)))

    def _with_addresses(self, message: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Absolute ones, which are signed for nobody."""
        if message is None:
            return None
        upload = message["upload"]
        return {**message, "upload": upload and absolute(self.base, upload)}


def enveloped(name: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """The body of a call, as Standard Webhooks has it."""
    return render(WebhookEvent, type=name, timestamp=iso(at), data=data)
