"""A push to the browser that asks for one, by the way that all of them go."""

import asyncio
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from server.core.errors import NotFound
from server.core.identity import Identity
from server.outbox.outbox import Outbox
from server.push.events import destination
from server.schemas.outbox import Delivery as Shown
from server.schemas.render import render
from store.outbox.deliveries import Deliveries, Delivery, NewDelivery
from store.outbox.push_subscriptions import PushSubscriptions

PATIENCE_SECONDS = 8.0  # then it is told as it stands
LOOK_SECONDS = 0.1
OVER = {"sent", "dead", "dropped"}


@dataclass(frozen=True)
class PushTest:
    subscriptions: PushSubscriptions
    deliveries: Deliveries
    outbox: Outbox

    async def run(self, who: Identity) -> dict[str, Any]:
        """The delivery once the push service has answered, or as it stands after a while. Raises NotFound without a browser."""
        to = await self.subscriptions.latest_of_session(who.session_id)
        if to is None:
            raise NotFound("no browser of this session hears pushes: save_push comes first")
        (delivery,) = await self.outbox.add(
            [
                NewDelivery(
                    key=f"push_test:{to.id}:{token_hex(8)}",
                    kind="push_test",
                    channel="push",
                    to=who.id,
                    destination=destination(to),
                    data={"subscription": to.id},
                    customer_id=who.id if who.role == "customer" else None,
                )
            ]
        )
        return {"delivery": render(Shown, await self._answered(delivery))}

    async def _answered(self, delivery: Delivery) -> Delivery:
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        while delivery.state not in OVER and not delivery.error and loop.time() < until:
            await asyncio.sleep(LOOK_SECONDS)
            delivery = await self.deliveries.find(delivery.id) or delivery
        return delivery
