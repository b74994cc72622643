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

    from handlers.front import Front
    from jobs.schedule import Ticker
    from server.clock import Clock
    from server.people.accounts import Accounts
    from store.client import Database
    from store.seats import Seats

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
    lock = DataDirLock(settings.data_dir)
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

    from handlers.admin import AdminCommands
    from handlers.agent import AgentCommands
    from handlers.arrivals import Arrivals
    from handlers.customer import CustomerCommands
    from handlers.dispatcher import Dispatcher
    from handlers.front import Front
    from handlers.http.app import make_app, static_routes
    from handlers.http.auth import AuthRoutes
    from handlers.http.documentation import DocumentationRoutes
    from handlers.http.health import HealthRoutes
    from handlers.http.pages import routes as page_routes
    from handlers.http.uploads import UploadRoutes
    from handlers.namespace import DeskNamespace
    from handlers.refused_writes import RefusedWrites
    from handlers.sockets import SocketServer
    from jobs.reconcile import Reconciler
    from jobs.schedule import Ticker
    from jobs.table import table as job_table
    from server.catalogue.entries import NAMESPACES
    from server.catalogue.facts import CATALOGUE
    from server.chat.access import Access
    from server.chat.conversation import Conversation
    from server.chat.ending import Endings
    from server.chat.leaving import Leaving
    from server.chat.rating import Ratings
    from server.chat.reading import Reading
    from server.chat.receipts import Receipts
    from server.chat.settlement import Settlement
    from server.chat.views import Views
    from server.clock import SystemClock
    from server.delivery import Delivery
    from server.desk.assignment import Assignment
    from server.desk.picking import Picking
    from server.desk.places import Places
    from server.desk.presence import Presence
    from server.desk.requests import Requests
    from server.desk.seating import Seating
    from server.health import Health
    from server.limits import Limits
    from server.live.announcer import Announcer
    from server.live.feed import Feed
    from server.live.figures import Figures
    from server.live.monitor import Monitor
    from server.live.welcome import Welcome
    from server.metrics import Metrics
    from server.office.acquaintances import Acquaintances
    from server.office.audit import Audit, AuditReading
    from server.office.department_changes import DepartmentChanges
    from server.office.departments import Departments
    from server.office.own_password import OwnPassword
    from server.office.remarks import Remarks
    from server.office.replies import Replies
    from server.office.reporting import Reporting
    from server.office.seat_changes import SeatChanges
    from server.office.staff import Staff
    from server.office.staff_changes import StaffChanges
    from server.people.accounts import Accounts
    from server.people.closing import Closing
    from server.people.sessions import Sessions
    from server.people.site import Belongings, Site
    from server.people.tokens import Tokens, signing_key
    from server.rooms import Rooms
    from server.uploads.files import Files
    from server.uploads.links import Links
    from store.chats import Chats
    from store.client import Database
    from store.log.history import History
    from store.log.marks import Marks
    from store.log.messages import Log
    from store.office.audit import AuditTrail
    from store.office.departments import StoredDepartments
    from store.office.notes import Notes
    from store.office.quick_replies import QuickReplies
    from store.office.report import Report
    from store.people import People
    from store.revocations import Revocations
    from store.seats import Seats
    from store.uploads import Uploads

    clock = clock or SystemClock()
    database = Database(mongo_url, settings.mongodb_database)
    people, seats, chats, uploads = People(database), Seats(database), Chats(database), Uploads(database)
    log, marks, history = Log(database), Marks(database), History(database)

    tokens = Tokens(signing_key(settings.jwt_secret_key, settings.data_dir), timedelta(days=settings.jwt_expire_days))
    trail = AuditTrail(database)
    audit, departments = Audit(trail, clock), Departments(StoredDepartments(database), clock)
    sessions = Sessions(people, Revocations(database), tokens, audit, clock)
    accounts = Accounts(people, seats, clock, settings.agent_max_chats)
    limits, metrics = Limits(enabled=settings.rate_limits), Metrics()

    rooms = Rooms()
    delivery = Delivery(rooms)
    links = Links(tokens.media_key(), clock)
    views = Views(people, history, links)
    figures = Figures(chats, seats, clock)
    feed = Feed(rooms, delivery, views, figures, clock)
    announcer = Announcer(views, delivery, feed)

    access = Access(chats)
    places = Places(chats, seats, rooms, delivery, feed)
    settlement = Settlement(chats, seats, history)
    assignment = Assignment(chats, seats, people, log, settlement, announcer, places, clock)
    endings = Endings(log, settlement, announcer, assignment, clock)
    seating = Seating(rooms, seats, people, chats, announcer, assignment, clock, settings.agent_max_chats)
    presence = Presence(rooms, chats, announcer, seating, clock)

    conversation = Conversation(access, log, history, uploads, announcer, clock)
    receipts = Receipts(access, history, marks, announcer, clock)
    reading = Reading(access, chats, history, views)
    leaving = Leaving(access, endings, views)
    requests = Requests(chats, settlement, assignment, places, views, clock, settings.queue_max)
    ratings = Ratings(access, chats, settlement, announcer, clock)
    monitor = Monitor(rooms, access, reading, seating, figures, chats)

    # The door is the sockets', and they are built on the commands: it is looked up when somebody is shown it.
    closing = Closing(rooms, delivery, lambda connection: sockets.close(connection), clock)  # noqa: PLW0108
    office = (Remarks(access, Notes(database), chats, announcer, clock), OwnPassword(people, closing, audit, clock))
    office_of_agents = (*office, Replies(QuickReplies(database), people), Acquaintances(chats, views))
    seat_changes = SeatChanges(seats, chats, announcer, assignment, clock)
    office_of_admins = (
        *office,
        Staff(people, seats, accounts, audit),
        StaffChanges(people, seat_changes, closing, audit, clock),
        DepartmentChanges(departments, seats, chats, assignment, audit),
        AuditReading(trail, people),
        Reporting(Report(database), people),
    )

    commands = {
        "/customer": CustomerCommands(conversation, receipts, reading, leaving, requests, ratings),
        "/agent": AgentCommands(
            conversation, receipts, reading, leaving, *office_of_agents, seating, Picking(access, assignment, views)
        ),
        "/admin": AdminCommands(*office_of_admins, monitor, reading),
    }
    dispatcher = Dispatcher(
        CATALOGUE, commands, limits, settings.rates(), conversation.is_resend, metrics, debug=settings.debug
    )
    welcome = Welcome(settings, sessions, chats, places, seating, views, clock)
    arrivals = Arrivals(sessions, rooms, presence, welcome, delivery)
    sockets = SocketServer(rooms, RefusedWrites(dispatcher, audit), arrivals, settings.cors_origins)
    for namespace in NAMESPACES.values():
        sockets.register_namespace(DeskNamespace(namespace, arrivals, debug=settings.debug))

    site = Site(settings.site_secret, people, sessions, Belongings(chats, history, uploads, endings), clock)
    files = Files(settings.media_folder, settings.max_file_size, uploads, links, clock)
    routes = [
        *AuthRoutes(settings, sessions, site, closing, limits).routes(),
        *UploadRoutes(settings, sessions, files, limits).routes(),
        *DocumentationRoutes(settings).routes(),
        *HealthRoutes(settings, Health(database, mongod), metrics, sessions).routes(),
        *page_routes(settings),
        *static_routes(),
    ]
    metrics.gauge("connections", "connections to all namespaces", lambda: len(rooms))
    front = Front(make_app(settings, routes), sockets, rooms, delivery)
    reconciler = Reconciler(chats, seats, settlement, seating, assignment, metrics)
    ticker = Ticker(job_table(settings, closing, reconciler))
    return Desk(database, seats, accounts, front, ticker, writers=[log, marks], tellers=[assignment, places, feed])


@dataclass
class Desk:
    """A whole desk. `start`, then `stop`; the database is left to whoever started it."""

    database: Database
    seats: Seats
    accounts: Accounts
    front: Front
    ticker: Ticker
    writers: list[Any]
    tellers: list[Any]

    async def start(self, listener: socket.socket) -> None:
        """Serves on this bound socket when it returns. Raises NoReplicaSet, SchemaTooNew, or what the driver raises."""
        from store.schema.migrations import migrate

        await self.database.require_replica_set()
        await migrate(self.database)
        await self.seats.forget_connections()
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
        self.database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
