"""The outbox: what is to reach somebody who is not on a socket is written down here, once, and sent by server/sending."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.core.clock import Clock
from server.core.signals import Signals
from store.outbox.claims import DeliveryClaims
from store.outbox.deliveries import Deliveries, Delivery, NewDelivery


@dataclass(frozen=True)
class Outbox:
    deliveries: Deliveries
    claims: DeliveryClaims
    signals: Signals
    clock: Clock

    async def add(self, new: Iterable[NewDelivery]) -> list[Delivery]:
        """Stored when it returns, and sent as soon as may be; those whose key is known are left out.

        Raises what the driver raises: then a repeat is harmless.
        """
        stored = await self.deliveries.insert_new(new, self.clock.now())
        if stored:
            self.signals.deliveries_due.emit()
        return stored

    async def look_again(self, chat_ids: set[str]) -> None:
        """What of these chats waits for an earlier event looks whether it still must."""
        if await self.claims.release_of_chats(chat_ids, self.clock.now()):
            self.signals.deliveries_due.emit()
