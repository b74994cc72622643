"""What admins do with all that is known of a customer: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.admin.customers import CustomerRights
from server.realtime.rooms import Connection
from server.schemas.customers import EraseCustomer, ExportCustomer


@dataclass(frozen=True)
class CustomerDataCommands:
    rights: CustomerRights

    async def export_customer(self, at: Connection, p: ExportCustomer) -> Answer:
        return await self.rights.export_url(at.who, p.customer_id)

    async def erase_customer(self, at: Connection, p: EraseCustomer) -> Answer:
        return await self.rights.erase(at.who, p.customer_id, p.password)
