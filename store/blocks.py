"""Blocks: customers who may read what was said, and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DESCENDING as DOWN
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.batches.group_read import GroupRead
from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import Deleted, KeepsName, OfCustomers, of_customer
from store.errors import Conflict
from store.records import Record


@dataclass(frozen=True, slots=True)
class Block(Record):
    """`id` is the customer's. Without `until` it stays; in force is what has none, or one that is to come."""

    id: str
    until: datetime | None
    hours: int | None
    reason: str | None
    by: str
    at: datetime


def _in_force(now: datetime) -> dict[str, Any]:
    return {"$or": [{"until": None}, {"until": {"$gt": now}}]}


# A block is lifted by writing an `until` that is over: the gap reader hears of writes, not of deletions. The sweep comes once
# a minute, and nobody waits for it: a block whose time is over is not in force.
BLOCKS = Collection(
    name="blocks",
    record=Block,
    indexes=(IndexModel([("at", DOWN), ("_id", DOWN)], name="newest"),),
    retention=Expires("until", 0),
    replay=Replay.STATE,
    personal=("reason",),
    customers=OfCustomers(
        of_customer("_id"), Deleted(), not_exported=(), file=None, keeps_name=KeepsName("_id", _in_force)
    ),
    remembered=False,
)


class Blocks:
    def __init__(self, database: Database) -> None:
        self._blocks = database.collection(BLOCKS)
        self._reads = GroupRead("blocks", self._read)

    async def put_unless_equal(self, block: Block) -> tuple[Block, bool]:
        """The customer's block from now on, and whether it is a new one: not while one in force has these hours and this
        reason.
        """
        equal = {"hours": block.hours, "reason": block.reason, **_in_force(block.at)}
        try:
            written = await self._blocks.find_one_and_replace(
                {"_id": block.id, "$nor": [equal]}, block.document(), upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # the filter passed it by: it is equal, or somebody else has just written it
            found = await self.find(block.id)
            if found is None or (found.hours, found.reason) != (block.hours, block.reason):
                raise Conflict("somebody else has just blocked this customer; look again") from None
            return found, False
        return Block.of(written), True

    async def put(self, block: Block) -> None:
        """The customer's block from now on, whatever there was."""
        await self._blocks.replace_one({"_id": block.id}, block.document(), upsert=True)

    async def lift_if_in_force(self, customer_id: str, now: datetime) -> bool:
        """Whether there was one to lift."""
        held = await self._blocks.update_one({"_id": customer_id, **_in_force(now)}, {"$set": {"until": now}})
        return bool(held.modified_count)

    async def find(self, customer_id: str) -> Block | None:
        """The customer's block, in force or over."""
        return await self._reads.find(customer_id)

    async def find_many(self, customer_ids: list[str]) -> dict[str, Block]:
        return await self._reads.find_many(customer_ids)

    async def in_force(self, now: datetime) -> list[Block]:
        return [Block.of(document) for document in await self._blocks.find(_in_force(now)).to_list(None)]

    async def page_in_force(self, now: datetime, page: int, page_size: int) -> tuple[int, list[Block]]:
        """How many are in force, and one page of them, the newest first."""
        wanted = _in_force(now)
        cursor = self._blocks.find(wanted).sort([("at", -1), ("_id", -1)]).skip((page - 1) * page_size).limit(page_size)
        return int(await self._blocks.count_documents(wanted)), [Block.of(document) async for document in cursor]

    async def _read(self, customer_ids: list[str]) -> dict[str, Block]:
        found = self._blocks.find({"_id": {"$in": customer_ids}}).limit(len(customer_ids))
        return {document["_id"]: Block.of(document) for document in await found.to_list(None)}
