"""Agents at their seats, and where people are connected."""

from dataclasses import dataclass

from server.agents.guest_merge import GuestMerge
from server.agents.leases import DowntimeCredit, Leases
from server.agents.presence import ConnectionRegistry, Presence
from server.agents.quick_replies import Replies
from server.agents.seats import AgentPresence, SeatChanges, Seating
from server.chat.build import ChatRules
from server.chat.timers import GracePeriods
from server.core.build import Core
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class Agents:
    grace_periods: GracePeriods
    guest_merge: GuestMerge
    leases: Leases
    presence: Presence
    quick_replies: Replies
    registry: ConnectionRegistry
    seat_changes: SeatChanges
    seating: Seating


def build_agents(core: Core, stores: Stores, realtime: Realtime, chat: ChatRules, process_id: str) -> Agents:
    clock, announcer, rooms = core.clock, realtime.announcer, realtime.rooms
    graces = GracePeriods.of(core.settings)
    registry = ConnectionRegistry(process_id, stores.seat_connections, stores.customer_connections, graces, clock)
    credit = DowntimeCredit(stores.processes, stores.seat_connections, stores.deadlines, graces, chat.timers, clock)
    presence = AgentPresence(stores.chats, announcer, clock)
    seating = Seating(stores.seats, realtime.serializers, presence, core.signals, core.settings.agent_max_chats)
    return Agents(
        grace_periods=graces,
        guest_merge=GuestMerge(
            stores.chats, stores.history, stores.uploads, chat.endings, announcer, registry, rooms, core.signals
        ),
        leases=Leases(stores.processes, registry, credit, rooms, core.signals, core.settings.tick_seconds),
        presence=Presence(
            rooms, registry, stores.chats, announcer, seating, core.signals, chat.recent, core.outage, clock
        ),
        quick_replies=Replies(stores.quick_replies, stores.people),
        registry=registry,
        seat_changes=SeatChanges(stores.seat_settings, presence, announcer, core.signals),
        seating=seating,
    )
