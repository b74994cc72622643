"""What admins do with the outbox: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.admin.deliveries import OutboxDesk
from server.realtime.rooms import Connection
from server.schemas.outbox import ListDeliveries, OneDelivery


@dataclass(frozen=True)
class OutboxCommands:
    outbox: OutboxDesk

    async def list_deliveries(self, at: Connection, p: ListDeliveries) -> Answer:
        return await self.outbox.listed(p)

    async def retry_delivery(self, at: Connection, p: OneDelivery) -> Answer:
        return await self.outbox.retry(at.who, p.id)

    async def drop_delivery(self, at: Connection, p: OneDelivery) -> Answer:
        return await self.outbox.drop(at.who, p.id)
