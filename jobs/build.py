"""The desk's jobs."""

from jobs.purge import Purge
from jobs.reconcile import Reconciler
from jobs.table import Workers
from server.agents.build import Agents
from server.chat.build import ChatRules
from server.core.build import Core
from server.people.build import People
from server.queue.build import QueueRules
from server.realtime.build import Realtime
from store.build import Stores


def build_workers(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    people: People,
    chat: ChatRules,
    agents: Agents,
    queue: QueueRules,
) -> Workers:
    return Workers(
        leases=agents.leases,
        positions=queue.positions,
        disconnect_grace=queue.disconnect_grace,
        idle_clock=chat.idle_clock,
        reply_timeout=queue.reply_timeout,
        absence=queue.absence,
        session_revoker=people.session_revoker,
        reconciler=Reconciler(
            stores.chats,
            stores.seats,
            stores.history,
            chat.finalizer,
            queue.requeue,
            queue.left_messages,
            agents.registry,
            realtime.rooms,
            queue.assignment,
            core.metrics,
            core.clock,
        ),
        purge=Purge(core.settings, stores.retention, chat.endings, stores.job_runs, core.clock),
        records=stores.job_runs,
        clock=core.clock,
    )
