"""Agents at their seats."""

from dataclasses import dataclass

from server.agents.quick_replies import Replies
from server.agents.seats import AgentPresence, SeatChanges, Seating
from server.core.build import Core
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class Agents:
    quick_replies: Replies
    seat_changes: SeatChanges
    seating: Seating


def build_agents(core: Core, stores: Stores, realtime: Realtime) -> Agents:
    presence = AgentPresence(stores.chats, realtime.announcer, core.clock)
    return Agents(
        quick_replies=Replies(stores.quick_replies, stores.people),
        seat_changes=SeatChanges(stores.seat_settings, presence, realtime.announcer, core.signals),
        seating=Seating(stores.seats, realtime.serializers, presence, core.signals, core.settings.agent_max_chats),
    )
