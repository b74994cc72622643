"""Finds and heals what a crash between two writes leaves behind; counts it, so that nobody gets used to it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from server.chat.ending import ChatFinalizer
from server.connections.presence import ConnectionRegistry
from server.core.clock import Clock
from server.core.metrics import Metrics
from server.core.signals import Signals
from server.queue.assignment import Assignment
from server.queue.events import PendingEvents, requeued
from server.queue.left_messages import LeftMessages
from server.queue.requeue import Requeue
from server.realtime.announcer import Announcer
from server.realtime.rooms import Rooms
from store.chats import Chats
from store.left_messages import StoredLeftMessages
from store.log.history import History
from store.people import People
from store.records import Chat
from store.seats import Seats

CLOSED_WITHIN = timedelta(minutes=10)  # closing lines of this age at the last whole round are looked at in every one
FOUND_AGAIN_AFTER = timedelta(seconds=1)  # between two writes of one act lie milliseconds, under load some more
UNTOLD_AFTER = timedelta(seconds=5)  # telling takes milliseconds
ROUNDS_OVER_ALL = 2  # the first rounds of a process look at every unended chat: who knows how long it was away


class Finding(NamedTuple):
    """`what` is wrong with a chat, or with where a person is noted."""

    what: str
    chat_id: str = ""
    person_id: str = ""
    connection: str = ""


class Reconciler:
    """Heals what it finds in all rounds of a second, two at least: between two writes of one act everything looks broken
    for a moment.
    """

    def __init__(  # noqa: PLR0913  it looks at everything
        self,
        *,
        chats: Chats,
        seats: Seats,
        people: People,
        left_messages: StoredLeftMessages,
        history: History,
        finalizer: ChatFinalizer,
        pending_events: PendingEvents,
        announcer: Announcer,
        requeue: Requeue,
        left: LeftMessages,
        registry: ConnectionRegistry,
        rooms: Rooms,
        assignment: Assignment,
        signals: Signals,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._chats = chats
        self._seats = seats
        self._people = people
        self._left_messages = left_messages
        self._history = history
        self._finalizer = finalizer
        self._pending_events = pending_events
        self._announcer = announcer
        self._requeue = requeue
        self._left = left
        self._registry = registry
        self._rooms = rooms
        self._assignment = assignment
        self._signals = signals
        self._metrics = metrics
        self._clock = clock
        self._before: dict[Finding, datetime] = {}  # since when it is found in every round
        self._rounds = 0
        self._looked_at = clock.now()

    async def run(self) -> dict[str, int]:
        """One round: how much of what it healed."""
        began_at = self._clock.now()
        found = (
            await self._closed_logs()
            | await self._wrong_seats()
            | await self._messages_of_nobody()
            | await self._lost_connections()
            | await self._waiting()
        )
        healed: dict[str, int] = {}
        since = {finding: self._before.get(finding, began_at) for finding in found}
        for finding, found_at in since.items():
            if began_at - found_at >= FOUND_AGAIN_AFTER and await self._heal(finding):
                self._metrics.healed(finding.what)
                healed[finding.what] = healed.get(finding.what, 0) + 1
        healed |= await self._tell_untold()
        await self._signals.reconciling.emit()
        self._before = since
        self._rounds += 1
        if not found:
            self._looked_at = began_at
        self._assignment.wake()
        return healed

    async def _tell_untold(self) -> dict[str, int]:
        """What happened to a chat and was not told, because the database went away or the process died in between."""
        told = await self._pending_events.tell_overdue(self._clock.now() - UNTOLD_AFTER)
        for _ in range(told):
            self._metrics.healed("untold")
        return {"untold": told} if told else {}

    async def _heal(self, found: Finding) -> bool:
        """Whether it was still so."""
        methods = {
            "closed_log": self._finalize,
            "leaked_seat": self._give_back,
            "unserved_chat": self._requeue_unserved,
            "message_of_nobody": self._queue_message,
            "lost_connection": self._strike,
            "waiting_beside_a_free_seat": self._leave_to_assignment,
        }
        return await methods[found.what](found)

    async def _finalize(self, found: Finding) -> bool:
        return await self._finalizer.finalize(found.chat_id) is not None

    async def _give_back(self, found: Finding) -> bool:
        """Unless another process was faster, and the agent has the chat rightly by now."""
        chat = await self._chats.find(found.chat_id)
        if chat and _is_with(chat, found.person_id) and not chat.offline:
            return False
        given_back = await self._seats.give_back(found.person_id, found.chat_id)
        self._announcer.seat(found.person_id)
        return given_back

    async def _requeue_unserved(self, found: Finding) -> bool:
        chat = await self._chats.find(found.chat_id)
        if chat is None or not _is_with(chat, found.person_id) or chat.offline:
            return False
        return await self._requeue.give_back(chat, requeued(None, "agent_vanished")) is not None

    async def _queue_message(self, found: Finding) -> bool:
        chat = await self._chats.find(found.chat_id)
        if chat is None or not _is_with(chat, found.person_id) or not chat.offline:
            return False
        return await self._left.queue(chat)

    async def _strike(self, found: Finding) -> bool:
        await self._registry.strike(found.person_id, found.connection)
        return True

    async def _leave_to_assignment(self, _: Finding) -> bool:
        """It is woken at the end of every round."""
        return True

    async def _closed_logs(self) -> set[Finding]:
        """Chats that their documents call unended while their logs are closed."""
        if self._rounds < ROUNDS_OVER_ALL:
            unsettled = await self._history.closed_among(await self._chats.unended_ids())
        else:
            closed = await self._history.closed_since(self._looked_at - CLOSED_WITHIN)
            unsettled = await self._chats.unended_among(closed)
        return {Finding("closed_log", chat_id) for chat_id in unsettled}

    async def _wrong_seats(self) -> set[Finding]:
        """Seats held for chats that are not this agent's, or left messages; open chats whose agent is not there or does not
        hold them.
        """
        seats = await self._seats.all()
        held = {(chat_id, seat.id) for seat in seats for chat_id in seat.chats}
        there = {seat.id for seat in seats if seat.is_there}
        rightly = set(await self._chats.holders())
        leaked = {Finding("leaked_seat", chat_id, agent_id) for chat_id, agent_id in held - rightly}
        unserved = {
            (chat_id, agent_id)
            for chat_id, agent_id in rightly
            if (chat_id, agent_id) not in held or agent_id not in there
        }
        return leaked | {Finding("unserved_chat", chat_id, agent_id) for chat_id, agent_id in unserved}

    async def _messages_of_nobody(self) -> set[Finding]:
        """Left messages of agents who are disabled."""
        holders = await self._left_messages.holders()
        people = await self._people.by_ids({agent_id for _, agent_id in holders})
        disabled = {agent_id for agent_id, person in people.items() if person.disabled}
        return {
            Finding("message_of_nobody", chat_id, agent_id) for chat_id, agent_id in holders if agent_id in disabled
        }

    async def _lost_connections(self) -> set[Finding]:
        """Connections noted for this process that are not here any more: the database was away when they went."""
        lost = await self._registry.lost(self._rooms)
        return {Finding("lost_connection", "", person_id, name) for person_id, name in lost}

    async def _waiting(self) -> set[Finding]:
        """A chat that waits while a seat that fits is free."""
        chat_id = await self._assignment.overlooked()
        return {Finding("waiting_beside_a_free_seat", chat_id)} if chat_id else set()


def _is_with(chat: Chat, agent_id: str) -> bool:
    return chat.status == "open" and chat.agent_id == agent_id
