"""What admins see of the outbox, and what they do with a delivery that does not go."""

from dataclasses import dataclass
from typing import Any

from server.core.clock import Clock
from server.core.errors import Conflict, NotFound
from server.core.identity import Identity
from server.core.signals import Signals
from server.people.audit import Audit
from server.schemas.outbox import Delivery as Shown
from server.schemas.outbox import ListDeliveries
from server.schemas.render import listing, render
from store.outbox.deliveries import Deliveries, Delivery
from store.outbox.orders import DeliveryOrders


@dataclass(frozen=True)
class OutboxDesk:
    deliveries: Deliveries
    orders: DeliveryOrders
    signals: Signals
    audit: Audit
    clock: Clock

    async def listed(self, asked: ListDeliveries) -> dict[str, Any]:
        """One page of those that match, the newest first."""
        about = {f"about.{name}": value for name, value in (asked.about or {}).items()}
        wanted = {"state": asked.state, "channel": asked.channel, **about}
        given = {name: value for name, value in wanted.items() if value is not None}
        count, found = await self.deliveries.page(given, asked.page, asked.page_size)
        return listing([shown(delivery) for delivery in found], count)

    async def retry(self, who: Identity, delivery_id: str) -> dict[str, Any]:
        """It is due at once. Raises NotFound, Conflict for one that is being sent or was."""
        await self._find(delivery_id)
        if not await self.deliveries.start_again(delivery_id, self.clock.now()):
            raise Conflict("this delivery is being sent, or was")
        self.signals.deliveries_due.emit()
        await self.audit.note(who.id, "delivery_retried", delivery_id)
        return {"delivery": shown(await self._find(delivery_id))}

    async def drop(self, who: Identity, delivery_id: str) -> dict[str, Any]:
        """It never goes, and what waits for it does. Again: answers the same.

        Raises NotFound, Conflict for one that is being sent or was.
        """
        found = await self._find(delivery_id)
        if not await self.deliveries.drop(delivery_id, self.clock.now(), "an admin dropped it"):
            raise Conflict("this delivery is being sent, or was")
        if found.order and await self.orders.release_first([found.order], self.clock.now()):
            self.signals.deliveries_due.emit()
        if found.state != "dropped":
            await self.audit.note(who.id, "delivery_dropped", delivery_id)
        return {"delivery": shown(await self._find(delivery_id))}

    async def _find(self, delivery_id: str) -> Delivery:
        found = await self.deliveries.find(delivery_id)
        if found is None:
            raise NotFound("there is no such delivery")
        return found


def shown(delivery: Delivery) -> dict[str, Any]:
    return render(Shown, delivery)
