"""What happens on the desk and is pushed to somebody: to whose browsers, and when it is looked at whether it still must."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from server.core.clock import Clock
from server.outbox.obligations import DeskEvent
from server.push.subscriptions import PushOwners
from store.chats import Chats
from store.log.history import History
from store.outbox.deliveries import NewDelivery
from store.outbox.push_subscriptions import PushSubscription, PushSubscriptions
from store.records import Chat, Membership, Message
from store.seats import Seats

READ_WITHIN = timedelta(seconds=2)  # whoever sees a line marks it as read by then
TOGETHER = 1  # seconds: the lines of as many are one push
KINDS = {
    "message_posted": "push_line",
    "chat_opened": "push_chat",
    "chat_transferred": "push_chat",
    "chat_requested": "push_waiting",
    "message_left": "push_left",
}


@dataclass(frozen=True)
class PushEvents:
    """The outbox's subscriber for pushes."""

    owners: PushOwners
    subscriptions: PushSubscriptions
    chats: Chats
    seats: Seats
    history: History
    clock: Clock

    def wants(self, event: str, chat: Membership | None, line: Message | None) -> bool:
        if event == "message_posted" and chat and line:
            if line.side == "customer":
                return self.owners.has("agent", chat.agent_id)
            return line.side == "agent" and self.owners.has("customer", chat.customer_id)
        return event in KINDS and self.owners.any_of("agent")

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        """One a browser of those whom it concerns; the lines of a moment are one."""
        if event.name not in KINDS or event.chat_id is None or not self._has_any():
            return []
        chat = await self.chats.find(event.chat_id)
        people = await self._whom(event, chat) if chat else []
        found = await self.subscriptions.of_people(people, self.clock.now()) if people else []
        return [self._delivery(event, chat, each) for each in found if chat]

    def _has_any(self) -> bool:
        """Whether anybody hears pushes at all: others want these events, too, and each of them is asked of."""
        return self.owners.any_of("agent") or self.owners.any_of("customer")

    async def _whom(self, event: DeskEvent, chat: Chat) -> list[str]:
        if event.name in {"chat_requested", "message_left"}:
            return await self._who_could_take(chat)
        agent = [chat.agent_id] if chat.agent_id and self.owners.has("agent", chat.agent_id) else []
        if event.name != "message_posted":
            return agent
        customer = [chat.customer_id] if self.owners.has("customer", chat.customer_id) else []
        if not agent and not customer:
            return []
        lines, _ = await self.history.lines(chat.id, after=(event.seq or 1) - 1, limit=1)
        return {"customer": agent, "agent": customer}.get(lines[0].side or "", []) if lines else []

    async def _who_could_take(self, chat: Chat) -> list[str]:
        """Agents who want chats of this department, connected or not: it may be a seat that is missing."""
        if chat.status != "queued":
            return []
        owners = self.owners.of("agent")
        return [
            seat.id
            for seat in await self.seats.all()
            if seat.id in owners and seat.chosen == "online" and seat.serves(chat.department)
        ]

    def _delivery(self, event: DeskEvent, chat: Chat, to: PushSubscription) -> NewDelivery:
        kind = KINDS[event.name]
        moment = int(event.at.timestamp() // TOGETHER + 1) * TOGETHER
        is_line = kind == "push_line"
        return NewDelivery(
            key=f"{kind}:{chat.id}:{moment if is_line else event.key}:{to.id}",
            kind=kind,
            channel="push",
            to=to.person_id,
            destination=destination(to),
            about={"chat_id": chat.id},
            data={"subscription": to.id},
            customer_id=chat.customer_id,
            at=(datetime.fromtimestamp(moment, UTC) if is_line else event.at) + READ_WITHIN,
        )


def destination(subscription: PushSubscription) -> str:
    """What answers or fails as one: a push service."""
    return f"push:{urlsplit(subscription.endpoint).netloc}"
