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
from server.settings import Settings, SettingsError, load, table
from store.embedded.data_dir_lock import DataDirInUse, DataDirLock
from store.embedded.mongod import Mongod, MongodFailed

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from handlers.dispatcher import Dispatcher
    from handlers.front import Front
    from jobs.schedule import Ticker
    from jobs.table import Workers
    from server.bus.neighbours import Neighbours
    from server.clock import Clock
    from server.people.accounts import Accounts
    from server.people.sessions import Sessions
    from server.queue.assignment import Assignment
    from server.queue.places import Places
    from server.seats.presence import Presence
    from store.client import Database
    from store.memory.memberships import Memberships

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
    from server.serving import Serving

    return Serving(settings, mongod, compose, began).run()


def compose(
    settings: Settings, mongo_url: str, clock: Clock | None = None, mongod: Callable[[], str] | None = None
) -> Desk:
    """Every object of a desk, built and wired, nothing started. `mongod` says how the embedded one is."""
    from datetime import timedelta
    from secrets import token_hex

    from handlers.admin import AdminCommands
    from handlers.agent import AgentCommands
    from handlers.arrivals import Arrivals
    from handlers.customer import CustomerCommands
    from handlers.dispatcher import Dispatcher
    from handlers.front import Front
    from handlers.http.app import make_app, static_routes
    from handlers.http.auth import AuthRoutes
    from handlers.http.availability import AvailabilityRoutes
    from handlers.http.documentation import DocumentationRoutes
    from handlers.http.health import HealthRoutes
    from handlers.http.pages import routes as page_routes
    from handlers.http.uploads import UploadRoutes
    from handlers.namespace import DeskNamespace
    from handlers.refused_writes import RefusedWrites
    from handlers.sockets import SocketServer
    from handlers.transport.terms import Terms
    from handlers.underway import Underway
    from jobs.purge import Purge
    from jobs.reconcile import Reconciler
    from jobs.schedule import Ticker
    from jobs.table import Workers
    from jobs.table import table as job_table
    from server.bus.bus import Bus
    from server.bus.envelope import Envelopes
    from server.bus.everywhere import DeliveryEverywhere, FeedEverywhere
    from server.bus.gaps.reader import GapReader
    from server.bus.gaps.retelling import Retelling
    from server.bus.gaps.retold_chats import RetoldChats
    from server.bus.gaps.retold_people import RetoldPeople
    from server.bus.hearing import Hearing
    from server.bus.joining import Joining
    from server.bus.metrics import BusMetrics
    from server.bus.neighbours import Neighbours
    from server.bus.solitude import Solitude
    from server.bus.told import Told
    from server.catalogue.entries import NAMESPACES
    from server.catalogue.facts import CATALOGUE
    from server.chat.access import Access
    from server.chat.conversation import Conversation
    from server.chat.ending import Endings
    from server.chat.lately import Lately
    from server.chat.leaving import Leaving
    from server.chat.rating import Ratings
    from server.chat.reading import Reading
    from server.chat.receipts import Receipts
    from server.chat.settlement import Settlement
    from server.chat.views import Views
    from server.clock import SystemClock
    from server.delivery import Delivery
    from server.health import Health
    from server.left.absence import Absence
    from server.left.messages import LeftMessages
    from server.limits import Limits
    from server.live.announcer import Announcer
    from server.live.deeds import Deeds
    from server.live.feed import Feed
    from server.live.figures import Figures
    from server.live.job_runs import JobRuns
    from server.live.monitor import Monitor
    from server.live.seat_facts import SeatFacts
    from server.live.typing_facts import TypingFacts
    from server.live.welcome import Welcome
    from server.metrics import LagSampler, Metrics
    from server.office.acquaintances import Acquaintances
    from server.office.audit import Audit, AuditReading
    from server.office.department_changes import DepartmentChanges
    from server.office.departments import Departments, Staffing
    from server.office.own_password import OwnPassword
    from server.office.remarks import Remarks
    from server.office.replies import Replies
    from server.office.reporting import Reporting
    from server.office.seat_changes import SeatChanges
    from server.office.staff import Staff
    from server.office.staff_changes import StaffChanges
    from server.outage import Outage
    from server.patience.durations import Graces, Patience
    from server.patience.idle import IdleClock
    from server.patience.owing import ReplyClock
    from server.patience.staying import Staying
    from server.people.accounts import Accounts
    from server.people.closing import Closing
    from server.people.sessions import Sessions
    from server.people.site import Belongings, Site
    from server.people.tokens import Tokens, signing_key
    from server.queue.assignment import Assignment
    from server.queue.availability import Availability
    from server.queue.estimates import Estimates
    from server.queue.granting import Granting
    from server.queue.picking import Picking
    from server.queue.places import Places
    from server.queue.priorities import Priorities
    from server.queue.requests import Requests
    from server.queue.returns import Returns
    from server.queue.telling import Telling
    from server.queue.transfers import Transfers
    from server.rooms import Rooms
    from server.seats.credit import Credit
    from server.seats.leases import Leases
    from server.seats.presence import Presence
    from server.seats.register import Register
    from server.seats.seating import Seating
    from server.seats.vanishing import Vanishing
    from server.uploads.files import Files
    from server.uploads.links import Links
    from store.chats import Chats
    from store.client import Database
    from store.deadlines import Deadlines
    from store.job_runs import JobRecords
    from store.leases.processes import Processes
    from store.leases.seats import SeatLeases
    from store.leases.whereabouts import Whereabouts
    from store.left.messages import StoredLeftMessages
    from store.log.history import History
    from store.log.marks import Marks
    from store.log.messages import Log
    from store.memory.changes import Changes
    from store.memory.memberships import Memberships
    from store.office.answers import Answers
    from store.office.audit import AuditTrail
    from store.office.departments import StoredDepartments
    from store.office.notes import Notes
    from store.office.quick_replies import QuickReplies
    from store.office.report import Report
    from store.office.seats import SeatArrangements
    from store.people import People
    from store.queue import Queue
    from store.redis.channel import Channel
    from store.retention import Retention
    from store.revocations import Revocations
    from store.seats import Seats
    from store.uploads import Uploads

    clock = clock or SystemClock()
    database = Database(
        mongo_url,
        settings.mongodb_database,
        call_seconds=settings.database_seconds,
        fast_inserts=settings.fast_inserts,
    )
    outage, lately = Outage(database), Lately()
    people, seats, chats, uploads = People(database), Seats(database), Chats(database), Uploads(database)
    seat_leases = SeatLeases(database)
    log, marks, history = Log(database), Marks(database), History(database)
    tokens = Tokens(signing_key(settings.jwt_secret_key, settings.data_dir), timedelta(days=settings.jwt_expire_days))
    queue, deadlines, records = Queue(database), Deadlines(database), JobRecords(database)
    processes = Processes(database, tokens.fingerprint())

    trail = AuditTrail(database)
    audit, departments = Audit(trail, clock), Departments(StoredDepartments(database), clock)
    sessions = Sessions(people, Revocations(database), tokens, audit, clock)
    accounts = Accounts(people, seats, clock, settings.agent_max_chats)
    metrics = Metrics()
    graces, patience = Graces.of(settings), Patience.of(settings)

    rooms, told, process_id = Rooms(), Told(), token_hex(6)
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
    views = Views(people, seats, history, links)
    figures = Figures(chats, queue, seats, people, clock)
    seat_facts = SeatFacts(rooms, delivery, views)
    feed = Feed(rooms, delivery, views, figures, seat_facts, clock)
    typing = TypingFacts(delivery, clock, tell_others)
    here = Announcer(views, delivery, feed, typing)
    announcer = here
    if bus:
        announcer = Announcer(views, DeliveryEverywhere(rooms, delivery, bus, told), FeedEverywhere(feed, bus), typing)
    register = Register(process_id, seat_leases, Whereabouts(database), graces, clock)

    memberships = Memberships(database)
    access = Access(chats, memberships, lately, outage)
    # What gets free is given by the assignment, which is built on the telling of ends.
    settlement = Settlement(chats, seats, history, announcer, lambda: assignment.wake())  # noqa: PLW0108
    estimates = Estimates(chats, seats, departments.opening)
    places = Places(queue, estimates, rooms, delivery, feed, tell_others)
    telling = Telling(queue, log, settlement, Deeds(announcer, seats, clock), clock)
    granting = Granting(queue, seats, people, telling, patience, graces, clock)
    assignment = Assignment(queue, seats, granting, places)
    returns = Returns(queue, seats, telling, assignment, clock, graces.customer)
    left = LeftMessages(
        StoredLeftMessages(database),
        chats,
        seats,
        people,
        Staffing(departments, seats),
        telling,
        assignment,
        returns,
        patience,
        graces,
        clock,
        settings.queue_max,
    )
    endings = Endings(log, settlement, clock)
    seating = Seating(seats, chats, announcer, assignment, clock, settings.agent_max_chats)
    presence = Presence(rooms, register, chats, announcer, seating, assignment, lately, left, outage, clock)

    idle = IdleClock(patience, deadlines, history, processes, endings, announcer, clock)
    replies = ReplyClock(patience, deadlines, history, people, processes, returns, clock)
    conversation = Conversation(access, log, history, uploads, announcer, idle, replies, left, clock)
    receipts = Receipts(access, log, marks, announcer, clock)
    reading = Reading(access, chats, queue, history, views)
    leaving = Leaving(access, endings, views)
    affinity = timedelta(minutes=settings.affinity_minutes)
    requests = Requests(
        chats,
        queue,
        register,
        rooms,
        settlement,
        assignment,
        places,
        departments,
        announcer,
        left,
        clock,
        settings.queue_max,
        affinity,
    )
    ratings = Ratings(access, chats, settlement, announcer, clock)
    remarks = Remarks(access, Notes(database), chats, announcer, clock)
    transfers = Transfers(access, granting, returns, seats, announcer, remarks, departments, audit)
    priorities = Priorities(access, queue, announcer, assignment, audit)
    monitor = Monitor(rooms, access, reading, figures, chats, queue)

    # The door is the sockets', and they are built on the commands: it is looked up when somebody is shown it.
    closing = Closing(rooms, delivery, people, lambda connection: sockets.close(connection), clock, tell_others)  # noqa: PLW0108
    office = (remarks, OwnPassword(people, closing, audit, clock))
    office_of_agents = (*office, Replies(QuickReplies(database), people), Acquaintances(chats, views))
    seat_changes = SeatChanges(SeatArrangements(database), chats, announcer, assignment, clock)
    office_of_admins = (
        *office,
        Staff(people, seats, accounts, audit),
        StaffChanges(people, seat_changes, closing, left, audit, clock),
        DepartmentChanges(departments, seat_changes, chats, assignment, audit),
        AuditReading(trail, people),
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
    welcome = Welcome(settings, chats, places, seating, departments, views, clock)
    arrivals = Arrivals(outage, sessions, rooms, presence, welcome, delivery)
    underway = Underway(RefusedWrites(dispatcher, audit))
    sockets = SocketServer(
        rooms,
        underway,
        arrivals,
        settings.cors_origins,
        Terms.of(settings),
        CATALOGUE.overtaken(),
        metrics,
    )
    for namespace in NAMESPACES.values():
        sockets.register_namespace(DeskNamespace(namespace, arrivals, debug=settings.debug))

    belongings = Belongings(chats, history, uploads, endings, announcer, register, rooms)
    site = Site(settings.site_secret, people, sessions, belongings, clock)
    files = Files(settings.media_folder, settings.max_file_size, uploads, links, clock)
    routes = [
        *AuthRoutes(settings, sessions, site, closing, limits).routes(),
        *UploadRoutes(settings, sessions, files, limits).routes(),
        *AvailabilityRoutes(Availability(departments, queue, seats, Answers(database), clock)).routes(),
        *DocumentationRoutes(settings).routes(),
        *HealthRoutes(settings, Health(database, outage, mongod), metrics, sessions).routes(),
        *page_routes(settings),
        *static_routes(),
    ]
    metrics.gauge("connections", "connections to all namespaces", lambda: len(rooms))
    metrics.gauge("bytes_waiting", "bytes that wait for clients to take them", sockets.waiting)
    metrics.gauge("transports", "connections, whether they joined a namespace or not", lambda: len(sockets.eio.sockets))
    front = Front(make_app(settings, routes), sockets, underway, rooms, delivery, LagSampler(metrics.lag))
    credit = Credit(processes, seat_leases, deadlines, graces, patience, clock)
    workers = Workers(
        Leases(processes, register, credit, rooms, assignment.wake, settings.tick_seconds),
        places,
        Vanishing(seat_leases, chats, people, deadlines, returns, endings, seating, left, clock),
        idle,
        replies,
        Absence(graces, deadlines, history, idle, left, clock),
        closing,
        Reconciler(chats, seats, history, settlement, returns, left, register, rooms, assignment, metrics, clock),
        Purge(settings, Retention(database), endings, records, clock),
        records,
        clock,
    )
    ticker = Ticker(job_table(settings, workers))
    neighbours = None
    if bus:
        hearing = Hearing(delivery, feed, typing, places, log, marks.tallies, told, closing, limits, register, rooms)
        retelling = Retelling(
            RetoldChats(
                Deeds(here, seats, clock), history, memberships, marks.tallies, log, told, register, rooms, clock
            ),
            RetoldPeople(here, seats, chats, closing, clock),
            places,
        )
        solitude = Solitude(processes, process_id)
        gap_reader = GapReader(
            process_id, bus.continuity, Changes(database), processes, solitude, retelling, bus_metrics
        )
        neighbours = Neighbours(Joining(processes), solitude, bus, gap_reader)
        metrics.gauge("bus_is_reading", "1 while MongoDB is read for hints", lambda: gap_reader.is_reading)
    return Desk(
        database,
        accounts,
        sessions,
        dispatcher,
        front,
        presence,
        assignment,
        places,
        workers,
        ticker,
        memberships,
        neighbours,
        alone=not settings.redis_url,
        writers=[log, marks],
        tellers=[assignment, places, feed, seat_facts, outage],
    )


@dataclass
class Desk:
    """A whole desk. `start`, then `stop`; the database is left to whoever started it."""

    database: Database
    accounts: Accounts
    sessions: Sessions
    dispatcher: Dispatcher
    front: Front
    presence: Presence
    assignment: Assignment
    places: Places
    workers: Workers
    ticker: Ticker
    memberships: Memberships
    neighbours: Neighbours | None
    alone: bool
    writers: list[Any]
    tellers: list[Any]

    async def start(self, listener: socket.socket) -> None:
        """Serves on this bound socket when it returns. Raises NoReplicaSet, SchemaTooNew, or what the driver raises."""
        from store.schema.migrations import migrate

        await self.database.require_replica_set()
        await migrate(self.database)
        if self.neighbours:
            await self.neighbours.begin()
            self.memberships.solitude = self.neighbours.solitude.epoch
        await self.workers.leases.begin(alone=self.alone)
        if self.alone:
            self.memberships.solitude = lambda: 0
        for writer in self.writers:
            writer.start()
        self.ticker.start()
        await self.front.open(listener)

    async def stop(self) -> None:
        """Tells everybody, takes nothing new, stores what waits, closes every connection."""
        await self.front.say_goodbye()
        await self.ticker.stop()
        for writer in self.writers:
            await writer.stop()
        await self.front.close()
        for teller in self.tellers:
            await teller.stop()
        if self.neighbours:
            await self.neighbours.end()
        await self.workers.leases.end()
        await self.database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
