"""Every job and how often it runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jobs.purge import Purge
from jobs.reconcile import Reconciler
from jobs.schedule import Job
from server.chat.build import ChatRules
from server.chat.timers import IdleClock
from server.connections.build import Connections
from server.connections.leases import Leases
from server.core.build import Core
from server.core.clock import Clock
from server.core.settings import Settings
from server.mail.build import MailRules
from server.mail.unread import UnreadLines
from server.people.build import People
from server.people.sessions import SessionRevoker
from server.people.site_identity import IdentifiedGuests, Site
from server.push.build import PushRules
from server.push.visible import RENEW_SECONDS, VisiblePages
from server.queue.build import QueueRules
from server.queue.disconnects import Absence, DisconnectGrace
from server.queue.greetings import Greetings
from server.queue.positions import QueuePositions
from server.queue.requeue import ReplyTimeout
from server.realtime.build import Realtime
from server.uploads.build import UploadRules
from server.uploads.unsent import UnsentFiles
from store.build import Stores
from store.job_runs import JobRecords

BEAT_SECONDS = 1.0
SHUT_OUT_SECONDS = 2.0
PURGE_LOOK_SECONDS = 30.0


@dataclass(frozen=True)
class Workers:
    """Whoever has work that the clock starts."""

    leases: Leases
    positions: QueuePositions
    disconnect_grace: DisconnectGrace
    idle_clock: IdleClock
    reply_timeout: ReplyTimeout
    absence: Absence
    greetings: Greetings
    unread_lines: UnreadLines
    session_revoker: SessionRevoker
    identified_guests: IdentifiedGuests
    reconciler: Reconciler
    purge: Purge
    unsent: UnsentFiles
    visible: VisiblePages
    records: JobRecords
    clock: Clock

    def look(self, at: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """A look at what is due, but never before the time in which this desk was away has been given back."""

        async def run() -> None:
            await self.leases.catch_up()
            await at()

        return run

    async def open_up(self) -> None:
        """Opening hours come."""
        self.positions.refresh(self.clock.now())

    async def reconcile(self) -> None:
        """A round that healed something is kept for the admins."""
        began_at = self.clock.now()
        healed = await self.reconciler.run()
        if healed:
            seconds = (self.clock.now() - began_at).total_seconds()
            await self.records.note("reconcile", began_at, seconds, "healed", healed)


def table(settings: Settings, workers: Workers) -> list[Job]:
    tick = settings.tick_seconds
    return [
        Job("beat", min(tick, BEAT_SECONDS), workers.leases.beat),
        Job("agents who vanished", tick, workers.look(workers.disconnect_grace.agents)),
        Job("customers who vanished", tick, workers.look(workers.disconnect_grace.customers)),
        Job("idle clocks", tick, workers.look(workers.idle_clock.look)),
        Job("customers who are away", tick, workers.look(workers.absence.look)),
        Job("reply clocks", tick, workers.look(workers.reply_timeout.look)),
        Job("greetings and first answers", tick, workers.greetings.look),
        Job("unread lines of those who are away", tick, workers.unread_lines.look),
        Job("opening hours", tick, workers.open_up),
        Job("sessions that are over", tick, workers.session_revoker.close_expired),
        Job("people who are shut out", max(tick, SHUT_OUT_SECONDS), workers.session_revoker.close_shut_out),
        Job("guests who were identified", settings.reconcile_seconds, workers.identified_guests.finish),
        Job("reconcile", settings.reconcile_seconds, workers.reconcile),
        Job("pages that can be seen", RENEW_SECONDS, workers.visible.renew),
        Job("files that nobody sent", min(settings.reconcile_seconds, PURGE_LOOK_SECONDS), workers.unsent.drop_old),
        Job("purge", min(settings.reconcile_seconds, PURGE_LOOK_SECONDS), workers.purge.run_if_due),
    ]


def build_workers(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    people: People,
    site: Site,
    uploads: UploadRules,
    chat: ChatRules,
    connections: Connections,
    queue: QueueRules,
    push: PushRules,
    mail: MailRules,
) -> Workers:
    return Workers(
        leases=connections.leases,
        positions=queue.positions,
        disconnect_grace=queue.disconnect_grace,
        idle_clock=chat.idle_clock,
        reply_timeout=queue.reply_timeout,
        absence=queue.absence,
        greetings=queue.greetings,
        unread_lines=mail.unread_lines,
        session_revoker=people.session_revoker,
        identified_guests=site.guests,
        reconciler=_reconciler(core, stores, realtime, chat, connections, queue),
        purge=Purge(core.settings, stores.retention, chat.endings, stores.job_runs, core.clock),
        unsent=uploads.unsent,
        visible=push.visible,
        records=stores.job_runs,
        clock=core.clock,
    )


def _reconciler(  # noqa: PLR0913, PLR0917  the layers below
    core: Core, stores: Stores, realtime: Realtime, chat: ChatRules, connections: Connections, queue: QueueRules
) -> Reconciler:
    return Reconciler(
        chats=stores.chats,
        seats=stores.seats,
        people=stores.people,
        left_messages=stores.left_messages,
        history=stores.history,
        finalizer=chat.finalizer,
        pending_events=queue.pending_events,
        announcer=realtime.announcer,
        requeue=queue.requeue,
        left=queue.left_messages,
        registry=connections.registry,
        rooms=realtime.rooms,
        assignment=queue.assignment,
        signals=core.signals,
        metrics=core.metrics,
        clock=core.clock,
    )
