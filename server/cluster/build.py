"""The other processes of this desk: met at the start, told and heard as long as it serves."""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from server.agents.seats import AgentPresence
from server.chat.build import ChatRules
from server.cluster.bus import Bus, BusMetrics
from server.cluster.envelopes import Envelopes
from server.cluster.gap_reader import GapReader
from server.cluster.hint_receiver import HintReceiver
from server.cluster.replay import ChangeReplay, ChatReplay, PeopleReplay
from server.cluster.sole_process import KeyCheck, SoleProcess
from server.connections.build import Connections
from server.core.build import Core
from server.core.rate_limits import Limits
from server.people.build import People
from server.push.build import PushRules
from server.queue.build import QueueRules
from server.queue.events import AssignmentEvents
from server.realtime.broadcast import TellOthers
from server.realtime.build import Realtime
from store.build import Stores
from store.memberships import Epoch
from store.redis.channel import Channel


@dataclass(frozen=True)
class Cluster:
    key_check: KeyCheck
    sole_process: SoleProcess
    bus: Bus
    receiver: HintReceiver
    gap_reader: GapReader

    async def begin(self) -> None:
        """From now on nothing of what they do is missed. Raises CannotJoin, and what the database's driver raises."""
        await self.key_check.check()
        await self.sole_process.announce()
        await self.gap_reader.start()
        self.bus.start(self.receiver.hear)
        await self.sole_process.join()

    async def end(self) -> None:
        """What waits for them goes out first."""
        await self.gap_reader.stop()
        await self.bus.stop()


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
    is_alone: bool


def build_hints(core: Core, stores: Stores, make_bus: Callable[..., Bus], *, is_alone: bool) -> Hints:
    """`is_alone` is for a desk without REDIS_URL: whether it may take itself for the only process."""
    settings, process_id, metrics = core.settings, token_hex(6), BusMetrics(core.metrics)
    sole_process = SoleProcess(stores.processes, process_id)
    if not settings.redis_url:
        epoch = (lambda: 0) if is_alone else (lambda: None)
        return Hints(process_id, metrics, None, sole_process, lambda *_: None, epoch, is_alone)
    channel = Channel(settings.redis_url, f"deskwire:{settings.mongodb_database}")
    bus = make_bus(channel, Envelopes(core.tokens.bus_keys()), process_id, metrics)
    return Hints(process_id, metrics, bus, sole_process, bus.tell, sole_process.epoch, is_alone=False)


def build_cluster(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    hints: Hints,
    limits: Limits,
    realtime: Realtime,
    people: People,
    chat: ChatRules,
    connections: Connections,
    queue: QueueRules,
    push: PushRules,
) -> Cluster | None:
    """None where there is no other process to hear."""
    if hints.bus is None:
        return None
    clock, here, tallies = core.clock, realtime.announcer_here, stores.marks.tallies
    receiver = HintReceiver(
        here=realtime.delivery,
        feed=realtime.feed,
        typing=realtime.typing,
        positions=queue.positions,
        messages=stores.log,
        tallies=tallies,
        seen=realtime.seen,
        changed=realtime.changed,
        session_revoker=people.session_revoker,
        limits=limits,
        registry=connections.registry,
        rooms=realtime.rooms,
        visible=push.visible,
    )
    chats = ChatReplay(
        announcer=here,
        assignment_events=AssignmentEvents(here, stores.seats, clock),
        history=stores.history,
        memberships=chat.memberships,
        tallies=tallies,
        log=stores.log,
        seen=realtime.seen,
        registry=connections.registry,
        rooms=realtime.rooms,
        clock=clock,
    )
    replay = ChangeReplay(
        chats,
        PeopleReplay(
            AgentPresence(stores.chats, here, clock),
            realtime.feed,
            stores.seats,
            realtime.rooms,
        ),
        queue.positions,
        realtime.changed,
    )
    replay.require(stores.database.rows.values())
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
