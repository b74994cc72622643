"""The outbox: what is to reach somebody who is not on a socket is written down here, once, and sent by server/sending."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.core.clock import Clock
from server.core.signals import Signals
from store.outbox.deliveries import Deliveries, Delivery, NewDelivery
from store.outbox.orders import DeliveryOrders


@dataclass(frozen=True)
class Outbox:
    deliveries: Deliveries
    orders: DeliveryOrders
    signals: Signals
    clock: Clock

    async def add(self, new: Iterable[NewDelivery]) -> list[Delivery]:
        """Stored when it returns, and sent as soon as may be; those whose key is known are left out.

        Raises what the driver raises: then a repeat is harmless.
        """
        new, now = list(new), self.clock.now()
        stored = await self.deliveries.insert_new(new, now)
        await self.orders.release_first({each.order for each in new if each.order}, now)
        if stored:
            self.signals.deliveries_due.emit()
        return stored

    async def look_again(self, chat_ids: set[str]) -> None:
        """The first that wait of these chats look whether they still must."""
        if await self.orders.release_first_of_chats(chat_ids, self.clock.now()):
            self.signals.deliveries_due.emit()
