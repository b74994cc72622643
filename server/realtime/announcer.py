"""Tells what happened, after it was stored: to the sides, the watchers and the live desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from server.core.clock import iso
from server.realtime.delivery import Delivery
from server.realtime.rooms import of_its_customer, watching
from server.realtime.serializers import Serializers, shown_seat
from server.realtime.typing import TypingEvents
from server.schemas import chat as schemas
from server.schemas.agents import Presence
from server.schemas.chat import IdleCleared, IdleWarning, NoteAdded
from server.schemas.queue import Transferred
from server.schemas.render import render
from store.notes import Note
from store.records import Chat, Membership, Message, Person, Seat


class LiveDesk(Protocol):
    """What the live desk is told: desk_feed.py, here or (broadcast.py) in every process."""

    def message(self, message: dict[str, Any]) -> None: ...
    def chat(self, chat_id: str) -> None: ...
    def seat(self, agent_id: str) -> None: ...
    def came(self, chat_id: str, customer_id: str) -> None: ...
    def queue(self) -> None: ...


@dataclass(frozen=True)
class Announcer:
    serializers: Serializers
    delivery: Delivery
    feed: LiveDesk
    typing: TypingEvents

    def line(self, chat: Membership, line: Message) -> dict[str, Any]:
        """`message` to both sides and the watchers; returns it as told."""
        told = self.serializers.message(line)
        self.delivery.to_chat(chat, "message", lambda _: told)
        self.feed.message(told)
        return told

    async def chat(self, event: str, chat: Membership, *, but: str | None = None) -> None:
        """The chat as it is now, to both sides and the watchers; not to the role `but`."""
        shown = await self._shown(chat, but=but)
        self.delivery.to_chat(chat, event, shown.__getitem__, but=but)
        if event == "chat_ended":
            self.typing.moved(chat.id)
        if event == "chat_ended" or chat.offline:
            self.delivery.forget_place(chat.customer_id)
        self.feed.chat(chat.id)
        if chat.status == "ended" and chat.last_agent_id:
            self.feed.seat(chat.last_agent_id)

    async def opened(self, chat: Chat) -> None:
        """`chat_opened` to its customer and its agent; its watchers hear `chat_updated`."""
        shown = await self._shown(chat)
        self.delivery.to_chat(chat, "chat_opened", shown.__getitem__, watchers=False)
        self.delivery.forget_place(chat.customer_id)
        self.delivery.to_room("/admin", watching(chat.id), "chat_updated", shown["admin"])
        self.feed.chat(chat.id)
        self.feed.seat(str(chat.agent_id))

    async def returned(self, chat: Chat, agent_ids: Iterable[str]) -> None:
        """`chat_updated` to the customer and the watchers of a chat that waits again, and to the agents it was with."""
        shown = await self._shown(chat)
        self.typing.moved(chat.id)
        self.delivery.to_chat(chat, "chat_updated", shown.__getitem__)
        self.feed.chat(chat.id)
        for agent_id in agent_ids:
            had = await self.serializers.chat_as_had(chat.id, agent_id)
            self.delivery.to_person("agent", agent_id, "chat_updated", had)
            self.feed.seat(agent_id)

    async def transferred(self, chat: Chat, old: dict[str, Any], new: dict[str, Any]) -> None:
        """`chat_transferred` to both agents, the customer and the watchers."""
        shown = await self._shown(chat)
        had = await self.serializers.chat_as_had(chat.id, old["id"])

        def body(chat: dict[str, Any]) -> dict[str, Any]:
            given: dict[str, Any] = {"chat": chat, "from": old, "to": new}
            return render(Transferred, **given)

        self.typing.moved(chat.id)
        self.delivery.to_chat(chat, "chat_transferred", lambda role: body(shown[role]))
        self.delivery.to_person("agent", old["id"], "chat_transferred", body(had))
        self.feed.chat(chat.id)
        self.feed.seat(old["id"])
        self.feed.seat(new["id"])

    async def note(self, chat: Membership, note: Note) -> None:
        """`note_added` and `chat_updated` to agent and watchers: for the customer nothing changed."""
        body = render(NoteAdded, chat_id=chat.id, note=render(schemas.Note, note))
        self.delivery.to_chat(chat, "note_added", lambda _: body, but="customer")
        await self.chat("chat_updated", chat, but="customer")

    def idle_warning(self, chat: Membership, ends_at: datetime, now: datetime) -> None:
        """`idle_warning` to both sides and the watchers."""
        seconds_left = max(0.0, (ends_at - now).total_seconds())
        body = render(IdleWarning, chat_id=chat.id, ends_at=ends_at, seconds_left=seconds_left)
        self.delivery.to_chat(chat, "idle_warning", lambda _: body)
        self.feed.chat(chat.id)

    def idle_cleared(self, chat: Membership) -> None:
        """`idle_cleared` to both sides and the watchers."""
        body = render(IdleCleared, chat_id=chat.id)
        self.delivery.to_chat(chat, "idle_cleared", lambda _: body)
        self.feed.chat(chat.id)

    async def _shown(self, chat: Membership, *, but: str | None = None) -> dict[str, Any]:
        return {
            role: await self.serializers.chat(chat.id, role) for role in ("customer", "agent", "admin") if role != but
        }

    def receipt(self, chat: Membership, side: str, receipt: dict[str, int], at: datetime) -> None:
        body = {"chat_id": chat.id, "side": side, **receipt, "at": iso(at)}
        self.delivery.to_chat(chat, "receipt", lambda _: body)

    def introduce(self, chat: Chat, seat: Seat, now: datetime) -> None:
        """`presence` of each side of a chat to the other."""
        for room in of_its_customer(chat):
            self.delivery.to_room("/customer", room, "presence", presence_of_agent(seat, now))
        self.delivery.to_person("agent", seat.id, "presence", presence_of_customer(chat, now))

    def own_seat(self, seat: Seat, agent: Person) -> None:
        """`seat` to its agent at once: its connections end next."""
        self.delivery.to_person("agent", seat.id, "seat", shown_seat(seat, agent))

    def seat(self, agent_id: str) -> None:
        """A seat changed in a way that says nothing else: to its agent and the live desk."""
        self.feed.seat(agent_id)

    def agent_presence(self, seat: Seat, chats: Iterable[Membership], now: datetime) -> None:
        """To all agents and admins, and to the customers of its chats."""
        body = presence_of_agent(seat, now)
        self.delivery.to_role("agent", "presence", body)
        self.delivery.to_role("admin", "presence", body)
        for room in (room for chat in chats for room in of_its_customer(chat)):
            self.delivery.to_room("/customer", room, "presence", body)
        self.feed.seat(seat.id)

    def customer_presence(self, customer_id: str, status: str, agent_ids: list[str], now: datetime) -> None:
        """To the agent who serves it, and to all admins."""
        body = render(Presence, user_id=customer_id, role="customer", status=status, at=now)
        for agent_id in agent_ids:
            self.delivery.to_person("agent", agent_id, "presence", body)
        self.delivery.to_role("admin", "presence", body)

    def customer_moved(self, chat: Chat) -> None:
        """Rows say whether the customer is there. A waiting chat has no agent to hear it: the queue is read again."""
        self.feed.chat(chat.id)
        if chat.status == "queued":
            self.feed.queue()


def presence_of_agent(seat: Seat, now: datetime) -> dict[str, Any]:
    return render(Presence, user_id=seat.id, role="agent", status=seat.status, at=now)


def presence_of_customer(chat: Chat, now: datetime) -> dict[str, Any]:
    """The presence of the chat's customer."""
    status = "online" if chat.here else "offline"
    return render(Presence, user_id=chat.customer_id, role="customer", status=status, at=now)
