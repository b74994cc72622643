"""Pushes: the browsers that hear them, what they hear, and when."""

from dataclasses import dataclass

from server.agents.build import Agents
from server.channels.http import GuardedHttp
from server.channels.push import PushChannel
from server.connections.build import Connections
from server.core.build import Core
from server.outbox.build import OutboxRules
from server.push.composer import PushComposer
from server.push.endpoints import EndpointCheck
from server.push.events import PushEvents
from server.push.reach import PushReach
from server.push.self_test import PushTest
from server.push.subscriptions import OwnPushes, PushOwners
from server.push.visible import VisiblePages
from server.realtime.broadcast import TellOthers
from server.realtime.build import Realtime
from store.build import Stores
from store.outbox.push_subscriptions import PUSH_SUBSCRIPTIONS


@dataclass(frozen=True)
class PushRules:
    channel: PushChannel
    own: OwnPushes
    test: PushTest
    visible: VisiblePages
    endpoints: EndpointCheck


def build_push(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    outbox: OutboxRules,
    agents: Agents,
    connections: Connections,
    http: GuardedHttp,
    tell_others: TellOthers,
) -> PushRules:
    subscriptions, clock = stores.push_subscriptions, core.clock
    owners = PushOwners(subscriptions)
    visible, endpoints = VisiblePages(realtime.rooms, tell_others), EndpointCheck(http)
    reach = PushReach(
        owners,
        subscriptions,
        stores.push_subscriptions_of_owners,
        stores.sessions,
        stores.people,
        stores.reachable_seats,
        agents.seating,
        connections.grace_periods,
        core.vapid,
        clock,
    )
    core.signals.starting.connect(owners.read_all)
    core.signals.starting.connect(reach.look)
    core.signals.reconciling.connect(reach.look)
    core.signals.session_over.connect(reach.end_of_session)
    core.signals.person_out.connect(reach.end_of_person)
    realtime.changed.connect(PUSH_SUBSCRIPTIONS.name, owners.read)
    outbox.obligations.subscribe(PushEvents(owners, subscriptions, stores.chats, stores.seats, stores.history, clock))
    composer = PushComposer(stores.history, stores.people, stores.seats, visible)
    return PushRules(
        channel=PushChannel(http, reach, composer.compose, core.vapid, clock),
        own=OwnPushes(subscriptions, owners, reach, realtime.changed, core.vapid, endpoints, clock),
        test=PushTest(subscriptions, stores.deliveries, outbox.outbox),
        visible=visible,
        endpoints=endpoints,
    )
