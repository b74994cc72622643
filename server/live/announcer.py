"""Tells what happened, after it was stored: to the sides, the watchers and the live desk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.chat.views import Views, shown_seat
from server.clock import iso
from server.delivery import Delivery
from server.live.feed import Feed
from store.records import Chat, Line, Person, Seat


@dataclass(frozen=True)
class Announcer:
    views: Views
    delivery: Delivery
    feed: Feed

    def line(self, chat: Chat, line: Line) -> dict[str, Any]:
        """`message` to both sides and the watchers; returns it as told."""
        told = self.views.message(line)
        self.delivery.to_chat(chat, "message", lambda _: told)
        self.feed.message(told)
        return told

    async def chat(self, fact: str, chat: Chat, *, watchers_hear: str | None = None) -> None:
        """The chat as it is now, to both sides under `fact` and to the watchers under `watchers_hear` or the same."""
        shown = {role: await self.views.chat(chat.id, role) for role in ("customer", "agent", "admin")}
        self.delivery.to_chat(chat, fact, shown.__getitem__, watchers=watchers_hear is None)
        if watchers_hear:
            self.delivery.to_watchers(chat.id, watchers_hear, shown["admin"])
        self.feed.chat(chat.id)

    def receipt(self, chat: Chat, side: str, receipt: dict[str, int], at: datetime) -> None:
        body = {"chat_id": chat.id, "side": side, **receipt, "at": iso(at)}
        self.delivery.to_chat(chat, "receipt", lambda _: body)

    def typing(self, chat: Chat, side: str, person_id: str, on: bool) -> None:
        body = {"chat_id": chat.id, "user_id": person_id, "on": on}
        self.delivery.to_chat(chat, "typing", lambda _: body, but=side)

    def agent_presence(self, seat: Seat, agent: Person, customer_ids: list[str], now: datetime) -> None:
        """To all agents and admins, and to the customers it serves."""
        body = {"user_id": agent.id, "role": "agent", "status": seat.status, "at": iso(now)}
        self.delivery.to_role("agent", "presence", body)
        self.delivery.to_role("admin", "presence", body)
        for customer_id in customer_ids:
            self.delivery.to_person("customer", customer_id, "presence", body)
        self.feed.seat(shown_seat(seat, agent))

    def customer_presence(self, customer_id: str, status: str, agent_ids: list[str], now: datetime) -> None:
        """To the agent who serves it, and to all admins."""
        body = {"user_id": customer_id, "role": "customer", "status": status, "at": iso(now)}
        for agent_id in agent_ids:
            self.delivery.to_person("agent", agent_id, "presence", body)
        self.delivery.to_role("admin", "presence", body)
