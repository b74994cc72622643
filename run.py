"""Deskwire: `python run.py` serves; `python run.py --help` lists the other commands. The composition root.

MongoDB takes longest to be ready: it is started first, and everything heavy is imported while it starts. That is why
imports stand inside functions here, and nowhere else.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands.parser import parser
from server.core.settings import Settings, SettingsError, load, table
from store.embedded.data_dir import DataDirInUse, DataDirLock
from store.embedded.mongod import Mongod, MongodFailed

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from handlers.build import Rules
    from handlers.dispatcher import Dispatcher
    from handlers.web_server import WebServer
    from jobs.schedule import Ticker
    from jobs.table import Workers
    from server.cluster.build import Cluster
    from server.cluster.bus import Bus
    from server.core.clock import Clock
    from server.outbox.build import OutboxRules
    from server.sending.build import Sending
    from store.build import Stores
    from store.client import Database

ENV_FILE = Path(".env")


@dataclass(frozen=True)
class Parts:
    """What somebody who builds a desk may bring instead of what serves; tests do, for what comes between two steps of ours.

    `stores` makes them from the database and the key of this desk's processes.
    """

    clock: Clock | None = None
    database: Callable[..., Database] | None = None
    stores: Callable[[Database, str], Stores] | None = None
    bus: Callable[..., Bus] | None = None


SERVING = Parts()


def main(arguments: list[str], parts: Parts = SERVING) -> int:
    """The exit code: 0, or 1 with one line on standard error that says what is wrong."""
    given = parser().parse_args(arguments)
    try:
        if given.command == "settings":
            from server.commands import parser as shown

            print(shown.text(table(os.environ, ENV_FILE)))
            return 0
        settings = load(os.environ, ENV_FILE)
        if given.command is None:
            return serve(settings, parts)
        from server.commands.dispatch import run_command

        return run_command(settings, given)
    except (SettingsError, DataDirInUse, MongodFailed) as error:
        print(f"deskwire: {error}", file=sys.stderr)
        return 1


def serve(settings: Settings, parts: Parts) -> int:
    """Serves until SIGTERM or Ctrl-C."""
    began = time.perf_counter()
    lock = DataDirLock(settings.data_dir, shared=bool(settings.redis_url))
    lock.acquire()  # the end of this process gives it back, however it comes
    mongod = None if settings.mongodb_url else Mongod(settings.data_dir, str(settings.mongod_binary or ""))
    if mongod:
        mongod.start()
    from server.serving.server import Serving

    return Serving(settings, mongod, partial(compose, parts=parts), began).run()


def compose(
    settings: Settings,
    mongo_url: str,
    mongod: Callable[[], str] | None = None,
    *,
    is_alone: bool = True,
    parts: Parts = SERVING,
) -> Desk:
    """Every object of a desk, built layer by layer, nothing started. `mongod` says how the embedded one is.

    `is_alone`: without REDIS_URL no other process serves this database; with it the leases tell.
    """
    from handlers.build import Rules, build_web_server
    from jobs.schedule import Ticker
    from jobs.table import build_workers
    from jobs.table import table as job_table
    from server.admin.build import build_admin
    from server.agents.build import build_agents
    from server.channels.build import build_guarded_http, build_socket_channel
    from server.chat.build import build_chat
    from server.cluster.build import build_cluster, build_hints
    from server.cluster.bus import Bus
    from server.connections.build import build_connections
    from server.core.build import build_core
    from server.core.outage import Health
    from server.core.rate_limits import Limits
    from server.departments.departments import Departments
    from server.mail.build import build_mail
    from server.mail.build_incoming import build_incoming_mail
    from server.mail.requested import build_requested
    from server.monitor.build import build_monitor
    from server.outbox.build import build_outbox
    from server.people.build import build_people, build_site
    from server.push.build import build_push
    from server.queue.build import build_queue
    from server.realtime.build import build_realtime
    from server.sending.build import build_sending
    from server.uploads.build import build_uploads
    from server.webhooks.build import build_webhooks
    from store.build import Stores
    from store.client import Database

    database = (parts.database or Database)(
        mongo_url,
        settings.mongodb_database,
        call_seconds=settings.database_seconds,
        fast_inserts=settings.fast_inserts,
        debug=settings.debug_database,
    )
    core = build_core(settings, database, parts.clock)
    stores = (parts.stores or Stores.of)(database, core.tokens.fingerprint())
    hints = build_hints(core, stores, parts.bus or Bus, is_alone=is_alone)
    limits = Limits(enabled=settings.rate_limits, tell_others=hints.tell)
    realtime = build_realtime(core, stores, hints.tell, is_alone=hints.bus is None)
    outbox = build_outbox(core, stores)
    people = build_people(core, stores, realtime, outbox.outbox, limits, hints.tell)
    departments = Departments(stores.departments, core.clock)
    chat = build_chat(core, stores, realtime, outbox.obligations, people, hints.epoch)
    agents = build_agents(core, stores, realtime)
    connections = build_connections(core, stores, realtime, chat, agents, hints.process_id)
    queue = build_queue(
        core, stores, realtime, outbox.obligations, people, departments, chat, agents, connections, hints.tell
    )
    live = build_monitor(core, stores, realtime, people, departments, chat, agents, queue)
    uploads = build_uploads(core, stores, realtime, people, is_alone=hints.bus is None)
    admin = build_admin(core, stores, realtime, people, departments, uploads, chat, agents, queue)
    push = build_push(core, stores, realtime, outbox, agents, connections, build_guarded_http(settings), hints.tell)
    mail = build_mail(core, stores, realtime, outbox, people, departments)
    incoming_mail = build_incoming_mail(
        core, stores, realtime, outbox, people, uploads, chat, queue, mail, hints.process_id
    )
    requested = build_requested(core, stores, realtime, outbox, people, chat, mail)
    webhooks = build_webhooks(
        core, stores, realtime, outbox, people, admin, build_guarded_http(settings), mail.team.receivers
    )
    rules = Rules(
        core, limits, realtime, people, departments, uploads, chat, agents, connections, queue, live, admin, push, mail,
        webhooks, requested, incoming_mail,
    )  # fmt: skip
    site = build_site(core, stores, people, limits, connections.guest_merge, outbox.obligations)
    dispatcher, web_server = build_web_server(rules, Health(database, core.outage, mongod), site)
    workers = build_workers(core, stores, realtime, people, site, uploads, chat, connections, queue, push, mail)
    cluster = build_cluster(core, stores, hints, limits, realtime, people, chat, connections, queue, push)
    socket_channel = build_socket_channel(core, stores, realtime)
    sending = build_sending(core, stores, [socket_channel, *mail.channels, push.channel, webhooks.channel])
    ticker = Ticker(job_table(settings, workers), core.metrics)
    return Desk(stores, rules, dispatcher, web_server, workers, ticker, cluster, outbox, sending, hints.is_alone)


@dataclass(frozen=True)
class Desk:
    """A whole desk. `start`, then `stop`; the database is left to whoever started it."""

    stores: Stores
    rules: Rules
    dispatcher: Dispatcher
    web_server: WebServer
    workers: Workers
    ticker: Ticker
    cluster: Cluster | None
    outbox: OutboxRules
    sending: Sending
    is_alone: bool

    async def start(self, listener: socket.socket) -> None:
        """Serves on this bound socket when it returns.

        Raises NoReplicaSet, SchemaTooNew, SchemaBehind, or what the driver raises.
        """
        from store.migrations import prepare

        await self.stores.database.require_replica_set()
        await prepare(self.stores.database, automatic=self.rules.core.settings.migrate == "auto")
        if self.cluster:
            await self.cluster.begin()
        await self.rules.core.signals.starting.emit()
        await self.workers.leases.begin(alone=self.is_alone)
        for writer in (self.stores.log, self.stores.marks):
            writer.start()
        self.sending.sender.start()
        if self.rules.incoming_mail.reader:
            self.rules.incoming_mail.reader.start()
        self.ticker.start()
        await self.web_server.open(listener)

    async def stop(self) -> None:
        """Tells everybody, takes nothing new, stores what waits, closes every connection."""
        await self.web_server.say_goodbye()
        await self.ticker.stop()
        if self.rules.incoming_mail.reader:
            await self.rules.incoming_mail.reader.stop()
        for writer in (self.stores.log, self.stores.marks):
            await writer.stop()
        await self.outbox.relay.stop()
        await self.sending.stop()
        await self.web_server.close()
        for teller in (
            self.rules.queue.revival,
            self.rules.queue.assignment,
            self.rules.queue.positions,
            self.rules.realtime.feed,
            self.rules.realtime.seat_events,
            self.rules.core.outage,
            self.rules.uploads.pictures,
            self.rules.webhooks.answers,
            self.rules.push.endpoints,
            self.rules.requested.asked_links,
        ):
            await teller.stop()
        if self.cluster:
            await self.cluster.end()
        await self.workers.leases.end()
        await self.stores.database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
