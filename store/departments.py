"""Departments: their names, zones and hours."""

from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING as UP
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.batches.group_read import GroupRead
from store.client import Database
from store.collections import Collection, Kept, Replay
from store.customer_data import NoCustomers
from store.errors import Conflict
from store.records import Record


@dataclass(frozen=True, slots=True)
class Department(Record):
    """A department and when it is open: hours by weekday (mon..sun), special days by date; ranges of local times.

    `texts`: its own words by kind and language; None for a kind that is left unsaid.
    """

    id: str
    name: str
    time_zone: str
    hours: dict[str, list[list[str]]]
    special_days: dict[str, list[list[str]]]
    texts: dict[str, dict[str, str] | None] | None


DEPARTMENTS = Collection(
    name="departments",
    record=Department,
    indexes=(IndexModel([("name", UP)], name="name", unique=True),),
    retention=Kept("the desk's own"),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("the desk's own opening hours"),
    remembered=False,
)


class StoredDepartments:
    def __init__(self, database: Database) -> None:
        self._departments = database.collection(DEPARTMENTS)
        self._all = GroupRead("departments", self._read_all)

    async def add(self, name: str, **more: Any) -> Department | None:
        """A new one; None when there is one of this name."""
        document = {"_id": str(ObjectId()), "name": name, **more}
        try:
            await self._departments.insert_one(document)
        except DuplicateKeyError:
            return None
        return Department.of(document)

    async def change(self, department_id: str, name: str, **more: Any) -> Department | None:
        """Its new name, zone, hours and texts; None when there is none. Raises Conflict when another one has this name."""
        try:
            document = await self._departments.find_one_and_update(
                {"_id": department_id}, {"$set": {"name": name, **more}}, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            raise Conflict(f"there is a department {name} already") from None
        return Department.of(document) if document else None

    async def find(self, department_id: str) -> Department | None:
        document = await self._departments.find_one({"_id": department_id})
        return Department.of(document) if document else None

    async def by_name(self, name: str) -> Department | None:
        document = await self._departments.find_one({"name": name})
        return Department.of(document) if document else None

    async def all(self) -> list[Department]:
        """All of them, by name."""
        return await self._all.find("all") or []

    async def _read_all(self, _: list[str]) -> dict[str, list[Department]]:
        return {"all": [Department.of(document) async for document in self._departments.find().sort("name", 1)]}
