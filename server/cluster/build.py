"""How a process speaks to its desk's others, and what it does with what they say."""

from dataclasses import dataclass
from secrets import token_hex

from server.agents.build import Agents
from server.chat.build import ChatRules
from server.cluster.bus import Bus, Envelopes
from server.cluster.chat_replay import ChatReplay
from server.cluster.cluster import Cluster
from server.cluster.gap_reader import GapReader
from server.cluster.hint_receiver import HintReceiver
from server.cluster.metrics import BusMetrics
from server.cluster.replay import ChangeReplay, PeopleReplay
from server.cluster.sole_process import KeyCheck, SoleProcess
from server.core.build import Core
from server.core.limits import Limits
from server.people.build import People
from server.queue.build import QueueRules
from server.queue.events import AssignmentEvents
from server.realtime.broadcast import TellOthers
from server.realtime.build import Realtime
from store.build import Stores
from store.memberships import Epoch
from store.redis.channel import Channel


@dataclass(frozen=True)
class Hints:
    """What this process says to the others; without REDIS_URL there are none, and `bus` is None.

    `epoch` says whether this process is the only one (SoleProcess).
    """

    process_id: str
    metrics: BusMetrics
    bus: Bus | None
    sole_process: SoleProcess
    tell: TellOthers
    epoch: Epoch


def build_hints(core: Core, stores: Stores) -> Hints:
    settings, process_id, metrics = core.settings, token_hex(6), BusMetrics(core.metrics)
    sole_process = SoleProcess(stores.processes, process_id)
    if not settings.redis_url:
        return Hints(process_id, metrics, None, sole_process, lambda *_: None, lambda: 0)
    channel = Channel(settings.redis_url, f"deskwire:{settings.mongodb_database}")
    bus = Bus(channel, Envelopes(core.tokens.bus_key()), process_id, metrics)
    return Hints(process_id, metrics, bus, sole_process, bus.tell, sole_process.epoch)


def build_cluster(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    hints: Hints,
    limits: Limits,
    realtime: Realtime,
    people: People,
    chat: ChatRules,
    agents: Agents,
    queue: QueueRules,
) -> Cluster | None:
    """None where there is no other process to hear."""
    if hints.bus is None:
        return None
    clock, here, tallies = core.clock, realtime.announcer_here, stores.marks.tallies
    receiver = HintReceiver(
        realtime.delivery,
        realtime.feed,
        realtime.typing,
        queue.positions,
        stores.log,
        tallies,
        realtime.seen,
        people.session_revoker,
        limits,
        agents.registry,
        realtime.rooms,
    )
    chats = ChatReplay(
        AssignmentEvents(here, stores.seats, clock),
        stores.history,
        chat.memberships,
        tallies,
        stores.log,
        realtime.seen,
        agents.registry,
        realtime.rooms,
        clock,
    )
    replay = ChangeReplay(
        chats, PeopleReplay(here, stores.seats, stores.chats, people.session_revoker, clock), queue.positions
    )
    reader = GapReader(
        hints.process_id,
        hints.bus.gaps,
        stores.changes,
        stores.processes,
        hints.sole_process,
        replay,
        hints.metrics,
    )
    core.metrics.gauge("bus_is_reading", "1 while MongoDB is read for hints", lambda: reader.is_reading)
    return Cluster(KeyCheck(stores.processes), hints.sole_process, hints.bus, receiver, reader)
