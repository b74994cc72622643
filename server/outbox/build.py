"""What is to leave the desk: what is owed, and the outbox in which it stands until it is sent."""

from dataclasses import dataclass

from server.core.build import Core
from server.outbox.obligations import Obligations
from server.outbox.outbox import Outbox
from server.outbox.relay import Relay
from store.build import Stores


@dataclass(frozen=True)
class OutboxRules:
    outbox: Outbox
    obligations: Obligations
    relay: Relay


def build_outbox(core: Core, stores: Stores) -> OutboxRules:
    obligations = Obligations()
    outbox = Outbox(stores.deliveries, stores.delivery_orders, core.signals, core.clock)
    relay = Relay(obligations, stores.owed, outbox, core.clock)
    obligations.receivers.append(relay.note)
    core.signals.starting.connect(relay.relay_overdue)
    core.signals.reconciling.connect(relay.relay_overdue)
    return OutboxRules(outbox, obligations, relay)
