"""Customers as other programs read and change them: name, addresses, attributes."""

from dataclasses import dataclass, replace
from typing import Any

from server.admin.customers import NamedCustomers
from server.chat.blocks import is_ahead
from server.core.clock import Clock
from server.core.errors import Invalid, NotFound
from server.people.audit import Audit
from server.people.names import KEPT, ReservedNames
from server.realtime.announcer import Announcer
from server.realtime.broadcast import ChangedDocuments
from server.realtime.rooms import Rooms, of_person
from server.schemas.customers import Customer, PutCustomer
from server.schemas.render import listing, render
from store.blocks import Blocks
from store.chats import Chats
from store.people import PEOPLE, People
from store.records import Person


@dataclass(frozen=True)
class CustomerRecords:
    named: NamedCustomers
    people: People
    names: ReservedNames
    blocks: Blocks
    chats: Chats
    announcer: Announcer
    rooms: Rooms
    changed: ChangedDocuments
    audit: Audit
    clock: Clock

    async def page(self, page: int, page_size: int) -> dict[str, Any]:
        count, found = await self.people.customers(page, page_size)
        return listing(await self._shown(found), count)

    async def one(self, named: str) -> dict[str, Any]:
        """Raises NotFound."""
        return (await self._shown([await self.named.known(named)]))[0]

    async def change(self, program: Person, named: str, wanted: PutCustomer) -> dict[str, Any]:
        """What is given, of a customer that is there; whoever has its chat before them sees it. Again: nothing changes.

        Raises NotFound, Invalid for a name that is kept for the people of the desk.
        """
        customer_id, given = (await self.named.known(named)).id, wanted.given()
        if "name" in given and not self.names.allows(given["name"]):
            raise Invalid("choose another name", fields={"name": [KEPT]})
        before = await self.people.change_customer_if_known(customer_id, given) if given else None
        if given and before is None:
            raise NotFound("this customer has been erased")
        if before:
            await self._tell(program, before, given)
        return await self.one(customer_id)

    async def renew(self, customer_ids: list[str]) -> None:
        """What they say from now on has the name of now. For connections here."""
        for person in (await self.people.by_ids(customer_ids)).values():
            for connection in self.rooms.members("/customer", of_person(person.id)):
                connection.who = replace(connection.who, person=person)

    async def _tell(self, program: Person, before: Person, given: dict[str, Any]) -> None:
        news = [name for name, value in given.items() if (getattr(before, name) or None) != (value or None)]
        if not news:
            return
        self.changed.tell(PEOPLE.name, [before.id])
        await self.renew([before.id])
        for chat in await self.chats.unended_of(before.id):
            await self.announcer.chat("chat_updated", chat)
        await self.audit.note_once(program.id, "customer_changed", before.id, fields=" ".join(news))

    async def _shown(self, people: list[Person]) -> list[dict[str, Any]]:
        blocks, now = await self.blocks.find_many([person.id for person in people]), self.clock.now()
        in_force = {block.id for block in blocks.values() if is_ahead(block.until, now)}
        return [
            render(Customer, person, attributes=person.attributes or {}, blocked=person.id in in_force)
            for person in people
        ]
