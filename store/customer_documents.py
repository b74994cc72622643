"""All that the desk holds of one customer, in whatever collection: found, read, erased, as each collection's row declares."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from store.chats import CHATS
from store.client import Database
from store.collections import Collection
from store.customer_data import Deleted, OfCustomers, Subject
from store.people import PEOPLE

BATCH = 500  # documents read at once
CHATS_AT_ONCE = 100  # whose documents are changed by one command: its deadline is short


class CustomerDocuments:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._people = database.collection(PEOPLE)
        self._chats = database.collection(CHATS)

    async def subject(self, customer_id: str, *, ended: bool = False) -> Subject:
        """Every id the customer had, and its chats; `ended`: only those that have ended."""
        guests = [guest["_id"] async for guest in self._people.find({"became": customer_id}, {"_id": 1})]
        ids = (customer_id, *guests)
        wanted = {"customer_id": {"$in": list(ids)}} | ({"status": "ended"} if ended else {})
        return Subject(ids, tuple([chat["_id"] async for chat in self._chats.find(wanted, {"_id": 1})]))

    def held(self) -> list[tuple[Collection, OfCustomers]]:
        """The collections that hold something of customers."""
        rows = self._database.rows.values()
        return [(row, row.customers) for row in rows if isinstance(row.customers, OfCustomers)]

    async def read(self, row: Collection, of: OfCustomers, who: Subject) -> AsyncIterator[list[dict[str, Any]]]:
        """What an export shows of this collection, some documents at a time."""
        hidden = dict.fromkeys(of.not_exported, 0)
        for part in parts(who):
            found = self._database.collection(row).find(of.found(part), hidden or None).batch_size(BATCH)
            while batch := await found.to_list(BATCH):
                yield batch

    async def files(self, who: Subject) -> list[str]:
        """The paths of the files that go with what `erase` deletes."""
        paths = set()
        for row, of in self.held():
            if of.file:
                for part in parts(who):
                    found = self._database.collection(row).find(_doomed(of, part, who), {of.file: 1})
                    paths |= {document[of.file] async for document in found}
        return sorted(paths)

    async def erase(self, who: Subject) -> dict[str, int]:
        """How many documents of each collection were deleted or changed. Again: none. It may stop anywhere."""
        counts = {}
        for row, of in self.held():
            counts[row.name] = sum([await self._erase(row, of, part, who) for part in parts(who)])
        return {name: count for name, count in counts.items() if count}

    async def _erase(self, row: Collection, of: OfCustomers, part: Subject, who: Subject) -> int:
        collection, wanted = self._database.collection(row), _doomed(of, part, who)
        if not isinstance(of.erased, Deleted):
            return int((await collection.update_many(wanted, of.erased.change())).modified_count)
        deleted = await collection.delete_many(wanted)
        if of.erased.lets_go:
            await collection.update_many(of.found(part), of.erased.lets_go(who))
        return int(deleted.deleted_count)


def parts(who: Subject) -> Iterator[Subject]:
    """The same customer with some of its chats at a time: at least one part."""
    for start in range(0, max(1, len(who.chat_ids)), CHATS_AT_ONCE):
        yield Subject(who.ids, who.chat_ids[start : start + CHATS_AT_ONCE])


def _doomed(of: OfCustomers, part: Subject, who: Subject) -> dict[str, Any]:
    """What is found in this part, and nobody else than the customer needs."""
    if isinstance(of.erased, Deleted) and of.erased.but:
        return {"$and": [of.found(part), {"$nor": [of.erased.but(who)]}]}
    return of.found(part)
