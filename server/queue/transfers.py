"""Chats that change hands or places: to a colleague, to a department's queue, by an admin's word, up and down the queue."""

import hashlib
from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.chat.notes import ChatNotes
from server.core.clock import iso
from server.core.errors import Conflict, Invalid, NotFound
from server.core.identity import Identity, public
from server.departments.departments import Departments
from server.departments.walls import DepartmentWalls
from server.people.audit import Audit
from server.queue import routing
from server.queue.assignment import Assigner, Assignment
from server.queue.requeue import Requeue
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers
from store.queue import Queue
from store.records import Chat, Seat
from store.seats import Seats


@dataclass(frozen=True)
class Transfers:
    access: Access
    assigner: Assigner
    requeue: Requeue
    assignment: Assignment
    seats: Seats
    walls: DepartmentWalls
    serializers: Serializers
    notes_and_tags: ChatNotes
    departments: Departments
    audit: Audit

    async def transfer(
        self, who: Identity, chat_id: str, agent_id: str | None, department: str | None, note: str | None
    ) -> dict[str, Any]:
        """To a colleague with a free seat, or to the front of a department's queue. The note is for colleagues only.

        Raises NotFound, Conflict without a free seat, Invalid without (or with two) destinations or for an unknown one.
        """
        chat = await self.access.own_chat(who, chat_id)
        if (agent_id is None) == (department is None):
            raise Invalid(fields={"agent_id": ["Either agent_id or department."]})
        if chat.status != "open":
            raise Conflict("only an open chat can be transferred")
        await self.departments.require(department)
        if agent_id and self.walls.are_on and not (await self._seat(agent_id)).serves(chat.department):
            raise Conflict("this colleague does not serve the chat's department: give it to a department of theirs")
        if note:
            await self.notes_and_tags.add_note(who, chat_id, note_key(chat, agent_id, department, note), note)
        if agent_id:
            await self._to_agent(chat, agent_id, "transferred", by=who.id)
        else:
            await self._to_department(who, chat, str(department))
        await self.audit.note(who.id, "chat_transferred", chat_id, agent_id=agent_id, department=department)
        return {"chat": await self.serializers.chat(chat_id, who.role)}

    async def assign(self, who: Identity, chat_id: str, agent_id: str) -> dict[str, Any]:
        """An admin gives a waiting or an open chat to this agent. Raises NotFound, Conflict."""
        chat = await self.access.any_chat(chat_id)
        if chat.status == "ended":
            raise Conflict("this chat is over")
        if chat.agent_id != agent_id:
            await self._to_agent(chat, agent_id, "assigned_by_admin", by=who.id)
            await self.audit.note(who.id, "chat_assigned", chat_id, agent_id=agent_id)
        return {"chat": await self.serializers.chat(chat_id, who.role)}

    async def _to_agent(self, chat: Chat, agent_id: str, rule: str, by: str) -> None:
        if agent_id == chat.agent_id:
            raise Conflict("this agent has the chat already")
        seat = await self._seat(agent_id)
        because = routing.because(rule, [seat], by=by)
        move = self.assigner.open if chat.status == "queued" else self.assigner.hand_over
        moved = await move(chat, agent_id, because)
        self.assignment.wake()  # also when it failed: for a moment the seat looked taken to somebody who came
        if moved is None:
            raise Conflict("this agent is not online, or has no free seat")
        if not moved:
            raise Conflict("this chat has changed hands meanwhile")

    async def _to_department(self, who: Identity, chat: Chat, department: str) -> None:
        event = {"event": "transferred", "from": public(who.person), "to": None, "department": department}
        if await self.requeue.give_back(chat, event, department=department) is None:
            raise Conflict("this chat has changed hands meanwhile")

    async def _seat(self, agent_id: str) -> Seat:
        seat = await self.seats.find(agent_id)
        if seat is None:
            raise NotFound("there is no such agent")
        return seat


def note_key(chat: Chat, *words: str | None) -> str:
    """The note's client_id: the same transfer sent again keeps one note; another one, after a refusal, another note."""
    digest = hashlib.sha256(repr(words).encode(errors="surrogatepass")).hexdigest()[:16]
    return f"transfer-{iso(chat.assigned_at)}-{digest}"


@dataclass(frozen=True)
class Priorities:
    access: Access
    queue: Queue
    announcer: Announcer
    serializers: Serializers
    assignment: Assignment
    audit: Audit

    async def set(self, who: Identity, chat_id: str, priority: int) -> dict[str, Any]:
        """Moves a chat up or down its queue, now or when it returns to it; an agent its own. Raises NotFound, Conflict."""
        await self.access.visible_chat(who, chat_id)
        changed = await self.queue.prioritise_if_unended(chat_id, priority)
        if changed is None:
            raise Conflict("this chat is over")
        await self.announcer.chat("chat_updated", changed)
        await self.audit.note(who.id, "priority_set", chat_id, priority=priority)
        self.assignment.wake()
        return {"chat": await self.serializers.chat(chat_id, who.role)}
