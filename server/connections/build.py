"""Who is connected where, and as long as whose lease; and the guest who turns out to be a customer."""

from dataclasses import dataclass

from server.agents.build import Agents
from server.chat.build import ChatRules
from server.chat.timers import GracePeriods
from server.connections.guest_merge import GuestMerge
from server.connections.leases import DowntimeCredit, Leases
from server.connections.presence import ConnectionRegistry, Presence
from server.core.build import Core
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class Connections:
    grace_periods: GracePeriods
    guest_merge: GuestMerge
    leases: Leases
    presence: Presence
    registry: ConnectionRegistry


def build_connections(  # noqa: PLR0913, PLR0917  the layers below
    core: Core, stores: Stores, realtime: Realtime, chat: ChatRules, agents: Agents, process_id: str
) -> Connections:
    clock, announcer, rooms = core.clock, realtime.announcer, realtime.rooms
    graces = GracePeriods.of(core.settings)
    registry = ConnectionRegistry(process_id, stores.seat_connections, stores.customer_connections, graces, clock)
    credit = DowntimeCredit(stores.processes, stores.seat_connections, stores.deadlines, graces, chat.timers, clock)
    return Connections(
        grace_periods=graces,
        guest_merge=GuestMerge(
            stores.chats, stores.history, stores.uploads, chat.endings, announcer, registry, rooms, core.signals
        ),
        leases=Leases(stores.processes, registry, credit, rooms, core.signals, core.settings.tick_seconds),
        presence=Presence(
            rooms,
            registry,
            graces,
            stores.chats,
            announcer,
            agents.seating,
            core.signals,
            chat.recent,
            core.outage,
            clock,
        ),
        registry=registry,
    )
