"""Telling everywhere: those who are connected here at once, and the other processes by a hint."""

from collections.abc import Callable
from typing import Any

from server.bus.bus import Bus
from server.bus.told import Told
from server.catalogue.entries import NAMESPACES
from server.delivery import Body, Delivery, audience_of
from server.live.feed import Feed
from server.rooms import Rooms
from store.records import Membership


class DeliveryEverywhere(Delivery):
    """As Delivery, to the connections of all processes."""

    def __init__(self, members: Rooms, here: Delivery, bus: Bus, told: Told) -> None:
        super().__init__(members)
        self._here = here
        self._bus = bus
        self._told = told

    def to_room(self, namespace: str, room: str, fact: str, body: Body) -> None:
        super().to_room(namespace, room, fact, body)
        self._bus.tell("fact", [(namespace, room)], fact, body)

    def to_chat(
        self, chat: Membership, fact: str, body: Callable[[str], Body], *, but: str | None = None, watchers: bool = True
    ) -> None:
        """What is the same for all who hear it goes out once."""
        super().to_chat(chat, fact, body, but=but, watchers=watchers)
        if fact == "message":
            self._told.note(chat.id, body("customer")["seq"])
        targets: dict[int, list[tuple[str, str]]] = {}
        bodies: dict[int, Body] = {}
        for role, room in audience_of(chat, watchers=watchers):
            if role != but:
                shown = body(role)
                bodies[id(shown)] = shown
                targets.setdefault(id(shown), []).append((NAMESPACES[role], room))
        for key, shown in bodies.items():
            self._bus.tell("fact", targets[key], fact, shown)

    def forget_place(self, customer_id: str) -> None:
        self._here.forget_place(customer_id)
        self._bus.tell("place forgotten", customer_id)


class FeedEverywhere:
    """What the live desk of each process is told. Lines need no hint of their own: they are told as `message`."""

    def __init__(self, here: Feed, bus: Bus) -> None:
        self._here = here
        self._bus = bus

    def message(self, message: dict[str, Any]) -> None:
        self._here.message(message)

    def chat(self, chat_id: str) -> None:
        self._here.chat(chat_id)
        self._bus.tell("chat", chat_id)

    def came(self, chat_id: str, customer_id: str) -> None:
        """Where the customer is connected elsewhere has to be noted in its new chat."""
        self.chat(chat_id)
        self._bus.tell("came", customer_id)

    def seat(self, agent_id: str) -> None:
        self._here.seat(agent_id)
        self._bus.tell("seat", agent_id)
