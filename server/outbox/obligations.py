"""What happens on the desk and concerns somebody outside it: noted with the deed, then asked of everybody who tells it there.

The deed's own document carries the event (`owes`) in the write that stores it, so that no crash comes between the two. Who
wants to hear of events is a Subscriber: it says beforehand whether it may, and afterwards what is to be delivered.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from store.chats import CHATS
from store.outbox.deliveries import NewDelivery
from store.outbox.owed import OwedEvent
from store.records import Membership, Message

OF_SYSTEM_LINES = {
    "opened": "chat_opened",
    "transferred": "chat_transferred",
    "ended": "chat_ended",
    "left_as_message": "message_left",
}


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """`key` tells it from all others; `at` is the deed's time. `seq`: its line, where it is one."""

    name: str
    key: str
    at: datetime
    chat_id: str | None
    seq: int | None
    person_id: str | None


class Subscriber(Protocol):
    """`wants` is on the way of messages: it answers from memory. Where it says no it is not asked for deliveries."""

    def wants(self, event: str, chat: Membership | None, line: Message | None) -> bool: ...

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        """What is to go out because of this event: none, or some; the same ones whenever it is asked."""


@dataclass(frozen=True)
class Obligations:
    subscribers: list[Subscriber] = field(default_factory=list)
    receivers: list[Callable[[OwedEvent], None]] = field(default_factory=list)

    def subscribe(self, subscriber: Subscriber) -> None:
        self.subscribers.append(subscriber)

    def wants(self, event: str, chat: Membership | None = None, line: Message | None = None) -> bool:
        return any(subscriber.wants(event, chat, line) for subscriber in self.subscribers)

    def line(self, draft: Message, chat: Membership) -> Message:
        """The draft, which owes what it is if somebody wants to hear of it."""
        event = event_of(draft)
        return replace(draft, owes=event) if event and self.wants(event, chat, draft) else draft

    def owed(self, event: str, at: datetime) -> list[dict[str, Any]]:
        """What the write that stores this deed of a chat or a person adds to its `owes`: the event, or nothing."""
        return [{"event": event, "at": at}] if self.wants(event) else []

    def of_chat(self, chat_id: str, owes: Iterable[dict[str, Any]]) -> None:
        """As `stored`, for what `owed` gave and a chat's document keeps now."""
        for each in owes:
            self.stored(OwedEvent(CHATS.name, chat_id, each["event"], each["at"]))

    def stored(self, owed: OwedEvent) -> None:
        """The deed is in the database: it is handed over soon. After a crash the reconciler does."""
        for receiver in self.receivers:
            receiver(owed)

    def line_stored(self, line: Message) -> None:
        if line.owes:
            self.stored(OwedEvent.of_line(line))


def event_of(line: Message) -> str | None:
    """What a line of a log is to the world outside; None for what concerns nobody there."""
    return OF_SYSTEM_LINES.get(line.system.get("event", "")) if line.system else "message_posted"
