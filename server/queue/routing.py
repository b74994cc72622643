"""Who gets a chat: a pure proposal. The store's guarded updates decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from store.records import Chat, Seat

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Choice:
    """An agent, and why: the rule that decided and the loads it was decided by."""

    agent_id: str
    because: dict[str, Any]


def choose_agent(seats: Iterable[Seat], chat: Chat) -> Choice | None:
    """The agent who knows the customer, else the least busy one by share of its own seats, then the longest without a chat.

    An agent from whom the chat was taken is the last choice; a seat that holds the chat already (a leak) is none, because
    it cannot be taken. None: nobody fits.
    """
    candidates = [
        seat
        for seat in seats
        if seat.serves(chat.department) and len(seat.chats) < seat.max_chats and chat.id not in seat.chats
    ]
    if not candidates:
        return None

    def load(seat: Seat) -> tuple[bool, float]:
        return chat.returned and seat.id == chat.last_agent_id, len(seat.chats) / seat.max_chats

    known = [seat for seat in candidates if seat.id == chat.preferred_agent_id]
    chosen = min(known or candidates, key=lambda seat: (load(seat), seat.last_assigned_at or NEVER, seat.id))
    if known:
        rule = "knows_customer"
    elif len(candidates) == 1:
        rule = "only_free_agent"
    else:
        alike = sum(load(seat) == load(chosen) for seat in candidates)
        rule = "least_busy" if alike == 1 else "longest_without_a_chat"
    return Choice(chosen.id, because(rule, candidates))


def because(rule: str, candidates: Iterable[Seat], **more: Any) -> dict[str, Any]:
    """What is kept with the chat; pages put it into words."""
    shown = [{"agent_id": seat.id, "open": len(seat.chats), "max_chats": seat.max_chats} for seat in candidates]
    return {"rule": rule, "candidates": shown, **more}


def departments_of(seats: Iterable[Seat]) -> set[str] | None:
    """The departments these agents serve together; None: all of them."""
    found: set[str] = set()
    for seat in seats:
        if not seat.departments:
            return None
        found.update(seat.departments)
    return found
