"""Customers who are being erased: marked in their own document, so that whoever comes next can go on."""

from datetime import datetime

from store.client import Database
from store.people import PEOPLE, REDUCED_PERSON
from store.records import Person


class ErasedCustomers:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(PEOPLE)

    async def begin(self, customer_id: str, by: str, now: datetime) -> Person | None:
        """Marks the customer and takes name and addresses away, in one write. The customer as it was; None: there is no such.

        Its tokens are refused from now on. Again: who began it stays.
        """
        marked = {
            "disabled": True,
            "tokens_from": now,
            "erasing": {"$ifNull": ["$erasing", {"by": by, "at": now}]},
        }
        document = await self._people.find_one_and_update(
            {"_id": customer_id, "role": "customer"}, [*REDUCED_PERSON.change(), {"$set": marked}]
        )
        return Person.of(document) if document else None

    async def note_erased(self, customer_id: str, now: datetime) -> bool:
        """All of it has been erased; whether for the first time. What was on its way meanwhile is looked for until `finish`."""
        held = await self._people.update_one({"_id": customer_id, "erased_at": None}, {"$set": {"erased_at": now}})
        return bool(held.modified_count)

    async def finish(self, before: datetime) -> None:
        """Those whose erasure began before then, and is done, are not looked for any more."""
        await self._people.update_many(
            {"erasing.at": {"$lt": before}, "erased_at": {"$type": "date"}}, {"$unset": {"erasing": ""}}
        )

    async def being_erased(self) -> list[Person]:
        found = self._people.find({"erasing.at": {"$type": "date"}})
        return [Person.of(document) async for document in found]

    async def note_became(self, guest_id: str, customer_id: str) -> None:
        """The guest turned out to be this customer: what is kept under its id is the customer's, too."""
        await self._people.update_one({"_id": guest_id, "role": "customer"}, {"$set": {"became": customer_id}})
