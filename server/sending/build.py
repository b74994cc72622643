"""The loop that sends what the outbox holds, and the channels by which it goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from server.channels.base import Channel
from server.core.build import Core
from server.sending.breaker import Breakers
from server.sending.places import Places
from server.sending.sender import Sender, Times
from server.sending.settlement import DeliveryMetrics, Settlement
from server.sending.waits import Waits
from store.build import Stores


@dataclass(frozen=True)
class Sending:
    sender: Sender
    channels: tuple[Channel, ...]

    async def stop(self) -> None:
        """Sends no more; what is under way may end."""
        await self.sender.stop()
        for channel in self.channels:
            await channel.stop()


def build_sending(core: Core, stores: Stores, channels: Iterable[Channel]) -> Sending:
    """What has no channel stays where it is."""
    settings = core.settings
    by_name = {channel.name: channel for channel in channels}
    lease = timedelta(seconds=settings.outbox_lease_seconds)
    times = Times(settings.outbox_timeout_seconds, lease)
    breakers = Breakers(timedelta(seconds=settings.outbox_retry_seconds))
    settlement = Settlement(
        stores.delivery_claims,
        stores.delivery_orders,
        by_name,
        breakers,
        Waits(settings.outbox_retry_seconds),
        DeliveryMetrics(core.metrics),
        core.signals,
        settings.outbox_lease_seconds - settings.outbox_timeout_seconds,
        core.clock,
    )
    places = Places(by_name, breakers)
    sender = Sender(
        stores.delivery_claims, stores.delivery_orders, stores.owed, places, breakers, settlement, times, core.clock
    )
    core.signals.deliveries_due.connect(sender.wake)
    core.signals.destination_changed.connect(breakers.note_success)
    core.signals.reconciling.connect(sender.reconcile)
    return Sending(sender, tuple(by_name.values()))
