"""Deliveries that go one after the other: only the first of an order is ever due, the others wait without a time."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from store.client import Database
from store.outbox.deliveries import DELIVERIES, UNSETTLED, Delivery

WAITING = {**UNSETTLED, "state": "waiting", "next_at": None}  # for an earlier one


class DeliveryOrders:
    def __init__(self, database: Database) -> None:
        self._deliveries = database.collection(DELIVERIES)

    async def has_earlier(self, delivery: Delivery) -> bool:
        """Whether one before it in its order is still to go."""
        wanted = {"order": delivery.order, **UNSETTLED, "rank": {"$lt": delivery.rank}}
        return await self._deliveries.find_one(wanted, {"_id": 1}) is not None

    async def release_first(self, orders: Iterable[str], now: datetime) -> bool:
        """The first of each of these orders is due, if it only waits; whether any was."""
        found = await asyncio.gather(*(self._first(order) for order in orders))
        return await self._release([each for each in found if each], now)

    async def release_first_of_chats(self, chat_ids: Iterable[str], now: datetime) -> bool:
        """As `release_first`, for the orders in which something about these chats waits."""
        wanted = {"about.chat_id": {"$in": list(chat_ids)}, **WAITING, "order": {"$type": "string"}}
        return await self.release_first(await self._deliveries.distinct("order", wanted), now)

    async def release_stuck(self, now: datetime) -> None:
        """As `release_first`, for all: what a crash between a settlement, or an insert, and its release left."""
        firsts = self._deliveries.aggregate([
            {"$match": {**UNSETTLED, "order": {"$type": "string"}}},
            {"$sort": {"order": 1, "rank": 1}},
            {"$group": {"_id": "$order", "first": {"$first": {"_id": "$_id", "state": "$state", "next_at": "$next_at"}}}},
            {"$match": {"first.state": "waiting", "first.next_at": None}},
        ])  # fmt: skip
        await self._release([each["first"] async for each in firsts], now)

    async def _first(self, order: str) -> dict[str, Any] | None:
        shown = {"state": 1, "next_at": 1}
        found = await self._deliveries.find_one({"order": order, **UNSETTLED}, shown, sort=[("rank", 1)])
        return dict(found) if found else None

    async def _release(self, firsts: list[dict[str, Any]], now: datetime) -> bool:
        ids = [each["_id"] for each in firsts if each["state"] == "waiting" and each.get("next_at") is None]
        if not ids:
            return False
        held = await self._deliveries.update_many({"_id": {"$in": ids}, **WAITING}, {"$set": {"next_at": now}})
        return bool(held.modified_count)
