"""What a connection is told first, and what admins watch."""

from dataclasses import dataclass

from server.agents.build import Agents
from server.chat.build import ChatRules
from server.core.build import Core
from server.departments.departments import Departments
from server.monitor.monitor import Monitor
from server.monitor.welcome import Welcome
from server.people.build import People
from server.queue.build import QueueRules
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class LivePicture:
    monitor: Monitor
    welcome: Welcome


def build_monitor(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    people: People,
    departments: Departments,
    chat: ChatRules,
    agents: Agents,
    queue: QueueRules,
) -> LivePicture:
    return LivePicture(
        monitor=Monitor(
            realtime.rooms, chat.access, chat.reading, realtime.figures, stores.chats, stores.queue, people.audit
        ),
        welcome=Welcome(
            core.settings,
            core.vapid,
            stores.chats,
            queue.positions,
            agents.seating,
            stores.seats,
            departments,
            realtime.serializers,
            core.clock,
        ),
    )
