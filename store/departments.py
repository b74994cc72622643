"""Departments: their names, zones and hours."""

from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.batches.group_read import GroupRead
from store.client import Database
from store.errors import Conflict
from store.office_records import Department


class StoredDepartments:
    def __init__(self, database: Database) -> None:
        self._departments = database.collections.departments
        self._all = GroupRead("departments", self._read_all)

    async def add(self, name: str, **times: Any) -> Department | None:
        """A new one; None when there is one of this name."""
        document = {"_id": str(ObjectId()), "name": name, **times}
        try:
            await self._departments.insert_one(document)
        except DuplicateKeyError:
            return None
        return Department.of(document)

    async def change(self, department_id: str, name: str, **times: Any) -> Department | None:
        """Its new name, zone and hours; None when there is none. Raises Conflict when another one has this name."""
        try:
            document = await self._departments.find_one_and_update(
                {"_id": department_id}, {"$set": {"name": name, **times}}, return_document=ReturnDocument.AFTER
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
