"""Deskwire: `python run.py` serves; `python run.py --help` lists the other commands. The composition root.

MongoDB takes longest to be ready: it is started first, and everything heavy is imported while it starts. That is why
imports stand inside functions here, and nowhere else.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.commands.parser import parser
from server.core.settings import Settings, SettingsError, load, table
from store.embedded.data_dir_lock import DataDirInUse, DataDirLock
from store.embedded.mongod import Mongod, MongodFailed

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from handlers.dispatcher import Dispatcher
    from handlers.web_server import WebServer
    from jobs.schedule import Ticker
    from jobs.table import Workers
    from server.agents.presence import Presence
    from server.cluster.cluster import Cluster
    from server.core.clock import Clock
    from server.people.accounts import Accounts
    from server.people.sessions import Sessions
    from server.queue.assignment import Assignment
    from server.queue.positions import QueuePositions
    from store.client import Database
    from store.memberships import Memberships

ENV_FILE = Path(".env")


def main(arguments: list[str]) -> int:
    """The exit code: 0, or 1 with one line on standard error that says what is wrong."""
    given = parser().parse_args(arguments)
    try:
        if given.command == "settings":
            from server.commands import settings as shown

            print(shown.text(table(os.environ, ENV_FILE)))
            return 0
        settings = load(os.environ, ENV_FILE)
        if given.command is None:
            return serve(settings)
        from server.commands.dispatch import run_command

        return run_command(settings, given)
    except (SettingsError, DataDirInUse, MongodFailed) as error:
        print(f"deskwire: {error}", file=sys.stderr)
        return 1


def serve(settings: Settings) -> int:
    """Serves until SIGTERM or Ctrl-C."""
    began = time.perf_counter()
    lock = DataDirLock(settings.data_dir, shared=bool(settings.redis_url))
    lock.acquire()  # the end of this process gives it back, however it comes
    mongod = None if settings.mongodb_url else Mongod(settings.data_dir, str(settings.mongod_binary or ""))
    if mongod:
        mongod.start()
    from server.serving.server import Serving

    return Serving(settings, mongod, compose, began).run()


def compose(
    settings: Settings, mongo_url: str, clock: Clock | None = None, mongod: Callable[[], str] | None = None
) -> Desk:
    """Every object of a desk, built and wired, nothing started. `mongod` says how the embedded one is."""
    from datetime import timedelta
    from secrets import token_hex

    from handlers.admin import AdminCommands
    from handlers.agent import AgentCommands
    from handlers.customer import CustomerCommands
    from handlers.dispatcher import Dispatcher
    from handlers.http.app import make_app, static_routes
    from handlers.http.auth import AuthRoutes
    from handlers.http.availability import AvailabilityRoutes
    from handlers.http.documentation import DocumentationRoutes
    from handlers.http.health import HealthRoutes
    from handlers.http.pages import routes as page_routes
    from handlers.http.uploads import UploadRoutes
    from handlers.in_flight import InFlight, RefusedWrites
    from handlers.lifecycle import ConnectionLifecycle, DeskNamespace
    from handlers.sockets import SocketServer
    from handlers.transport.limits import ConnectionLimits
    from handlers.web_server import WebServer
    from jobs.purge import Purge
    from jobs.reconcile import Reconciler
    from jobs.schedule import Ticker
    from jobs.table import Workers
    from jobs.table import table as job_table
    from server.admin.department_changes import DepartmentChanges
    from server.admin.job_runs import JobRuns
    from server.admin.report import Reporting
    from server.admin.staff import Staff, StaffChanges
    from server.agents.connections import ConnectionRegistry
    from server.agents.leases import DowntimeCredit, Leases
    from server.agents.presence import Presence
    from server.agents.quick_replies import Replies
    from server.agents.seats import SeatChanges, Seating
    from server.catalogue.entries import NAMESPACES
    from server.catalogue.facts import CATALOGUE
    from server.chat.access import Access, RecentMemberships
    from server.chat.conversation import Conversation
    from server.chat.ending import ChatFinalizer, Endings, Leaving
    from server.chat.idle_clock import IdleClock, Staying
    from server.chat.notes import ChatNotes
    from server.chat.rating import Ratings
    from server.chat.reading import CustomerHistory, Reading
    from server.chat.receipts import Receipts
    from server.chat.timers import ChatTimers, GracePeriods
    from server.cluster.bus import Bus, Envelopes
    from server.cluster.chat_replay import ChatReplay
    from server.cluster.cluster import Cluster
    from server.cluster.gap_reader import GapReader
    from server.cluster.hint_receiver import HintReceiver
    from server.cluster.metrics import BusMetrics
    from server.cluster.replay import ChangeReplay, PeopleReplay
    from server.cluster.sole_process import KeyCheck, SoleProcess
    from server.core.clock import SystemClock
    from server.core.limits import Limits
    from server.core.metrics import LagSampler, Metrics
    from server.core.outage import Health, Outage
    from server.core.signed_links import Links
    from server.core.tokens import Tokens, signing_key
    from server.departments.departments import Departments, Staffing
    from server.monitor.monitor import Monitor
    from server.monitor.welcome import Welcome
    from server.people.accounts import Accounts
    from server.people.audit import Audit, AuditLog
    from server.people.own_password import OwnPassword
    from server.people.session_revoker import SessionRevoker
    from server.people.sessions import Sessions
    from server.people.site_identity import GuestMerge, Site
    from server.queue.absence import Absence
    from server.queue.assignment import Assigner, Assignment, Picking
    from server.queue.availability import Availability
    from server.queue.disconnect_grace import DisconnectGrace
    from server.queue.estimates import WaitEstimates
    from server.queue.events import AssignmentEvents, PendingEvents
    from server.queue.left_messages import LeftMessages
    from server.queue.positions import QueuePositions
    from server.queue.reply_timeout import ReplyTimeout
    from server.queue.requests import Requests
    from server.queue.requeue import Requeue
    from server.queue.transfers import Priorities, Transfers
    from server.realtime.announcer import Announcer
    from server.realtime.broadcast import BroadcastDelivery, BroadcastFeed, SeenMessages
    from server.realtime.delivery import Delivery
    from server.realtime.desk_feed import DeskFeed, Figures
    from server.realtime.rooms import Rooms
    from server.realtime.seat_events import SeatEvents
    from server.realtime.serializers import Serializers
    from server.realtime.typing import TypingEvents
    from server.uploads.files import Files
    from store.answer_times import AnswerTimes
    from store.audit import AuditTrail
    from store.changes import Changes
    from store.chats import Chats
    from store.client import Database
    from store.customer_connections import CustomerConnections
    from store.deadlines import Deadlines
    from store.departments import StoredDepartments
    from store.job_runs import JobRecords
    from store.left_messages import StoredLeftMessages
    from store.log.history import History
    from store.log.marks import Marks
    from store.log.messages import MessageLog
    from store.memberships import Memberships
    from store.notes import Notes
    from store.people import People
    from store.processes import Processes
    from store.queue import Queue
    from store.quick_replies import QuickReplies
    from store.redis.channel import Channel
    from store.report import Report
    from store.retention import Retention
    from store.revocations import Revocations
    from store.seat_connections import SeatLeases
    from store.seats import Seats, SeatSettings
    from store.uploads import Uploads

    clock = clock or SystemClock()
    database = Database(
        mongo_url,
        settings.mongodb_database,
        call_seconds=settings.database_seconds,
        fast_inserts=settings.fast_inserts,
    )
    outage, recent = Outage(database), RecentMemberships()
    people, seats, chats, uploads = People(database), Seats(database), Chats(database), Uploads(database)
    seat_leases = SeatLeases(database)
    log, marks, history = MessageLog(database), Marks(database), History(database)
    tokens = Tokens(signing_key(settings.jwt_secret_key, settings.data_dir), timedelta(days=settings.jwt_expire_days))
    queue, deadlines, records = Queue(database), Deadlines(database), JobRecords(database)
    processes = Processes(database, tokens.fingerprint())

    trail = AuditTrail(database)
    audit, departments = Audit(trail, clock), Departments(StoredDepartments(database), clock)
    sessions = Sessions(people, Revocations(database), tokens, audit, clock)
    accounts = Accounts(people, seats, clock, settings.agent_max_chats)
    metrics = Metrics()
    graces, timers = GracePeriods.of(settings), ChatTimers.of(settings)

    rooms, told, process_id = Rooms(), SeenMessages(), token_hex(6)
    bus_metrics = BusMetrics(metrics)
    # Who hears the other processes is built on whoever tells them: it is looked up when the first hint comes.
    bus = settings.redis_url and Bus(
        Channel(settings.redis_url, f"deskwire:{settings.mongodb_database}"),
        Envelopes(tokens.bus_key()),
        process_id,
        lambda hint: hearing.hear(hint),  # noqa: PLW0108
        bus_metrics,
    )
    tell_others = bus.tell if bus else lambda *_: None
    limits = Limits(enabled=settings.rate_limits, tell_others=tell_others)
    delivery = Delivery(rooms)
    links = Links(tokens.media_key(), clock)
    serializers = Serializers(people, seats, history, links)
    figures = Figures(chats, queue, seats, people, clock)
    seat_events = SeatEvents(rooms, delivery, serializers)
    feed = DeskFeed(rooms, delivery, serializers, figures, seat_events, clock)
    typing = TypingEvents(delivery, clock, tell_others)
    here = Announcer(serializers, delivery, feed, typing)
    announcer = here
    if bus:
        announcer = Announcer(
            serializers, BroadcastDelivery(rooms, delivery, bus, told), BroadcastFeed(feed, bus), typing
        )
    registry = ConnectionRegistry(process_id, seat_leases, CustomerConnections(database), graces, clock)

    memberships = Memberships(database)
    access = Access(chats, memberships, recent, outage)
    # What gets free is given by the assignment, which is built on the telling of ends.
    finalizer = ChatFinalizer(chats, seats, history, announcer, lambda: assignment.wake())  # noqa: PLW0108
    estimates = WaitEstimates(chats, seats, departments.opening)
    positions = QueuePositions(queue, estimates, rooms, delivery, feed, tell_others)
    pending_events = PendingEvents(queue, log, finalizer, AssignmentEvents(announcer, seats, clock), clock)
    assigner = Assigner(queue, seats, people, pending_events, timers, graces, clock)
    assignment = Assignment(queue, seats, assigner, positions)
    requeue = Requeue(queue, seats, pending_events, assignment, clock, graces.customer)
    left = LeftMessages(
        StoredLeftMessages(database),
        chats,
        seats,
        people,
        Staffing(departments, seats),
        pending_events,
        assignment,
        requeue,
        timers,
        graces,
        clock,
        settings.queue_max,
    )
    endings = Endings(log, finalizer, clock)
    seating = Seating(seats, chats, announcer, assignment, clock, settings.agent_max_chats)
    presence = Presence(rooms, registry, chats, announcer, seating, assignment, recent, left, outage, clock)

    idle = IdleClock(timers, deadlines, history, processes, endings, announcer, clock)
    replies = ReplyTimeout(timers, deadlines, history, people, processes, requeue, clock)
    conversation = Conversation(access, log, history, uploads, announcer, idle, replies, left, clock)
    receipts = Receipts(access, log, marks, announcer, clock)
    reading = Reading(access, chats, queue, history, serializers)
    leaving = Leaving(access, endings, serializers)
    affinity = timedelta(minutes=settings.affinity_minutes)
    requests = Requests(
        chats,
        queue,
        registry,
        rooms,
        finalizer,
        assignment,
        positions,
        departments,
        announcer,
        left,
        clock,
        settings.queue_max,
        affinity,
    )
    ratings = Ratings(access, chats, finalizer, announcer, clock)
    notes_and_tags = ChatNotes(access, Notes(database), chats, announcer, clock)
    transfers = Transfers(access, assigner, requeue, seats, announcer, notes_and_tags, departments, audit)
    priorities = Priorities(access, queue, announcer, assignment, audit)
    monitor = Monitor(rooms, access, reading, figures, chats, queue)

    # The door is the sockets', and they are built on the commands: it is looked up when somebody is shown it.
    closing = SessionRevoker(rooms, delivery, people, lambda connection: sockets.close(connection), clock, tell_others)  # noqa: PLW0108
    office = (notes_and_tags, OwnPassword(people, closing, audit, clock))
    office_of_agents = (*office, Replies(QuickReplies(database), people), CustomerHistory(chats, serializers))
    seat_changes = SeatChanges(SeatSettings(database), chats, announcer, assignment, clock)
    office_of_admins = (
        *office,
        Staff(people, seats, accounts, audit),
        StaffChanges(people, seat_changes, closing, left, audit, clock),
        DepartmentChanges(departments, seat_changes, chats, assignment, audit),
        AuditLog(trail, people),
        Reporting(Report(database), people),
    )

    both_sides = (conversation, receipts, reading, leaving)
    picking = Picking(access, assignment, seats)
    commands = {
        "/customer": CustomerCommands(*both_sides, requests, ratings, Staying(access, idle)),
        "/agent": AgentCommands(*both_sides, *office_of_agents, seating, picking, transfers, priorities),
        "/admin": AdminCommands(*office_of_admins, monitor, reading, transfers, priorities, JobRuns(records)),
    }
    dispatcher = Dispatcher(
        CATALOGUE, commands, limits, settings.rates(), conversation.is_resend, metrics, outage, debug=settings.debug
    )
    welcome = Welcome(settings, chats, positions, seating, departments, serializers, clock)
    lifecycle = ConnectionLifecycle(outage, sessions, rooms, presence, welcome, delivery)
    in_flight = InFlight(RefusedWrites(dispatcher, audit))
    sockets = SocketServer(
        rooms,
        in_flight,
        lifecycle,
        settings.cors_origins,
        ConnectionLimits.of(settings),
        CATALOGUE.concurrent_commands(),
        metrics,
    )
    for namespace in NAMESPACES.values():
        sockets.register_namespace(DeskNamespace(namespace, lifecycle, debug=settings.debug))

    guest_merge = GuestMerge(chats, history, uploads, endings, announcer, registry, rooms)
    site = Site(settings.site_secret, people, sessions, guest_merge, clock)
    files = Files(settings.media_folder, settings.max_file_size, uploads, links, clock)
    routes = [
        *AuthRoutes(settings, sessions, site, closing, limits).routes(),
        *UploadRoutes(settings, sessions, files, limits).routes(),
        *AvailabilityRoutes(Availability(departments, queue, seats, AnswerTimes(database), clock)).routes(),
        *DocumentationRoutes(settings).routes(),
        *HealthRoutes(settings, Health(database, outage, mongod), metrics, sessions).routes(),
        *page_routes(settings),
        *static_routes(),
    ]
    metrics.gauge("connections", "connections to all namespaces", lambda: len(rooms))
    metrics.gauge("bytes_waiting", "bytes that wait for clients to take them", sockets.waiting)
    metrics.gauge("transports", "connections, whether they joined a namespace or not", lambda: len(sockets.eio.sockets))
    web_server = WebServer(make_app(settings, routes), sockets, in_flight, rooms, delivery, LagSampler(metrics.lag))
    downtime_credit = DowntimeCredit(processes, seat_leases, deadlines, graces, timers, clock)
    workers = Workers(
        Leases(processes, registry, downtime_credit, rooms, assignment.wake, settings.tick_seconds),
        positions,
        DisconnectGrace(seat_leases, chats, people, deadlines, requeue, endings, seating, left, clock),
        idle,
        replies,
        Absence(graces, deadlines, history, idle, left, clock),
        closing,
        Reconciler(chats, seats, history, finalizer, requeue, left, registry, rooms, assignment, metrics, clock),
        Purge(settings, Retention(database), endings, records, clock),
        records,
        clock,
    )
    ticker = Ticker(job_table(settings, workers))
    neighbours = None
    if bus:
        hearing = HintReceiver(
            delivery, feed, typing, positions, log, marks.tallies, told, closing, limits, registry, rooms
        )
        retelling = ChangeReplay(
            ChatReplay(
                AssignmentEvents(here, seats, clock),
                history,
                memberships,
                marks.tallies,
                log,
                told,
                registry,
                rooms,
                clock,
            ),
            PeopleReplay(here, seats, chats, closing, clock),
            positions,
        )
        sole_process = SoleProcess(processes, process_id)
        gap_reader = GapReader(
            process_id, bus.continuity, Changes(database), processes, sole_process, retelling, bus_metrics
        )
        neighbours = Cluster(KeyCheck(processes), sole_process, bus, gap_reader)
        metrics.gauge("bus_is_reading", "1 while MongoDB is read for hints", lambda: gap_reader.is_reading)
    return Desk(
        database,
        accounts,
        sessions,
        dispatcher,
        web_server,
        presence,
        assignment,
        positions,
        workers,
        ticker,
        memberships,
        neighbours,
        alone=not settings.redis_url,
        writers=[log, marks],
        tellers=[assignment, positions, feed, seat_events, outage],
    )


@dataclass
class Desk:
    """A whole desk. `start`, then `stop`; the database is left to whoever started it."""

    database: Database
    accounts: Accounts
    sessions: Sessions
    dispatcher: Dispatcher
    web_server: WebServer
    presence: Presence
    assignment: Assignment
    positions: QueuePositions
    workers: Workers
    ticker: Ticker
    memberships: Memberships
    neighbours: Cluster | None
    alone: bool
    writers: list[Any]
    tellers: list[Any]

    async def start(self, listener: socket.socket) -> None:
        """Serves on this bound socket when it returns. Raises NoReplicaSet, SchemaTooNew, or what the driver raises."""
        from store.migrations import migrate

        await self.database.require_replica_set()
        await migrate(self.database)
        if self.neighbours:
            await self.neighbours.begin()
            self.memberships.sole_process = self.neighbours.sole_process.epoch
        await self.workers.leases.begin(alone=self.alone)
        if self.alone:
            self.memberships.sole_process = lambda: 0
        for writer in self.writers:
            writer.start()
        self.ticker.start()
        await self.web_server.open(listener)

    async def stop(self) -> None:
        """Tells everybody, takes nothing new, stores what waits, closes every connection."""
        await self.web_server.say_goodbye()
        await self.ticker.stop()
        for writer in self.writers:
            await writer.stop()
        await self.web_server.close()
        for teller in self.tellers:
            await teller.stop()
        if self.neighbours:
            await self.neighbours.end()
        await self.workers.leases.end()
        await self.database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
