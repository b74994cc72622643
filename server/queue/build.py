"""The queue: places, assignment, transfers, and what returns to it."""

from dataclasses import dataclass
from datetime import timedelta

from server.agents.build import Agents
from server.chat.build import ChatRules
from server.connections.build import Connections
from server.core.build import Core
from server.departments.departments import Departments, Staffing
from server.departments.texts import DepartmentTexts
from server.outbox.obligations import Obligations
from server.people.build import People
from server.queue.assignment import Assigner, Assignment, Picking
from server.queue.availability import Availability
from server.queue.disconnects import Absence, DisconnectGrace
from server.queue.events import AssignmentEvents, PendingEvents
from server.queue.greetings import Greetings, GreetingTimes
from server.queue.left_messages import LeftMessages, Revival
from server.queue.positions import QueuePositions, WaitEstimates
from server.queue.requests import Requests
from server.queue.requeue import ReplyTimeout, Requeue
from server.queue.transfers import Priorities, Transfers
from server.realtime.broadcast import TellOthers
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class QueueRules:
    absence: Absence
    assigner: Assigner
    assignment: Assignment
    availability: Availability
    disconnect_grace: DisconnectGrace
    greetings: Greetings
    left_messages: LeftMessages
    pending_events: PendingEvents
    picking: Picking
    positions: QueuePositions
    priorities: Priorities
    reply_timeout: ReplyTimeout
    requests: Requests
    requeue: Requeue
    revival: Revival
    transfers: Transfers


def build_queue(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    obligations: Obligations,
    people: People,
    departments: Departments,
    chat: ChatRules,
    agents: Agents,
    connections: Connections,
    tell_others: TellOthers,
) -> QueueRules:
    """Whoever waits is served whenever capacity changes."""
    clock, announcer, serializers = core.clock, realtime.announcer, realtime.serializers
    estimates = WaitEstimates(stores.chats, stores.seats, departments.opening)
    positions = QueuePositions(stores.queue, estimates, realtime.rooms, realtime.delivery, realtime.feed, tell_others)
    events = AssignmentEvents(announcer, stores.seats, clock)
    pending = PendingEvents(stores.queue, stores.log, chat.finalizer, events, announcer, obligations, clock)
    assigner = Assigner(
        stores.queue, stores.seats, stores.people, pending, announcer, chat.timers, connections.grace_periods, clock
    )
    assignment = Assignment(stores.queue, stores.seats, assigner, positions)
    core.signals.capacity_changed.connect(assignment.wake)
    requeue = Requeue(
        stores.queue, stores.seats, pending, assignment, chat.walls, clock, connections.grace_periods.customer
    )
    left = LeftMessages(
        stores.left_messages,
        stores.chats,
        stores.seats,
        stores.people,
        stores.queue,
        Staffing(departments, stores.seats),
        pending,
        announcer,
        assignment,
        requeue,
        chat.timers,
        connections.grace_periods,
        obligations,
        clock,
        core.settings.queue_max,
    )
    revival = Revival(left, stores.chats)
    core.signals.customer_wrote.connect(revival.note)
    availability = Availability(departments, stores.queue, stores.seats, stores.answer_times, clock)
    greeting_times = GreetingTimes.of(core.settings)
    return QueueRules(
        absence=Absence(connections.grace_periods, stores.deadlines, stores.history, chat.idle_clock, left, clock),
        assigner=assigner,
        assignment=assignment,
        availability=availability,
        disconnect_grace=DisconnectGrace(
            stores.seat_connections,
            stores.chats,
            stores.people,
            stores.deadlines,
            requeue,
            chat.endings,
            agents.seating,
            left,
            clock,
        ),
        greetings=Greetings(
            greeting_times,
            stores.deadlines,
            stores.history,
            stores.log,
            stores.people,
            departments,
            DepartmentTexts(stores.departments, core.settings.desk_timezone),
            availability,
            announcer,
            obligations,
            clock,
        ),
        left_messages=left,
        pending_events=pending,
        picking=Picking(chat.access, assigner, assignment, stores.seats, chat.walls, serializers),
        positions=positions,
        priorities=Priorities(chat.access, stores.queue, announcer, serializers, assignment, people.audit),
        reply_timeout=ReplyTimeout(
            chat.timers, stores.deadlines, stores.history, stores.people, stores.processes, requeue, clock
        ),
        requests=Requests(
            stores.chats,
            stores.queue,
            connections.registry,
            realtime.rooms,
            chat.finalizer,
            assignment,
            positions,
            departments,
            serializers,
            announcer.feed,
            left,
            core.write_guard,
            people.names,
            greeting_times,
            obligations,
            clock,
            core.settings.queue_max,
            timedelta(minutes=core.settings.affinity_minutes),
        ),
        requeue=requeue,
        revival=revival,
        transfers=Transfers(
            chat.access,
            assigner,
            requeue,
            assignment,
            stores.seats,
            chat.walls,
            serializers,
            chat.notes,
            departments,
            people.audit,
        ),
    )
