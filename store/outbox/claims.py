"""Who delivers what, and what came of it: each change names the claim or the state that it demands, and says if it held."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from store.client import Database
from store.outbox.deliveries import DELIVERIES, OVER, UNSETTLED, Delivery, Due
from store.records import columns


class DeliveryClaims:
    def __init__(self, database: Database) -> None:
        self._deliveries = database.collection(DELIVERIES)

    async def due(self, now: datetime, limit: int, *, channels: Iterable[str], but: Iterable[str]) -> list[Due]:
        """What is due by these channels, the longest first; not at these destinations."""
        wanted = {
            **UNSETTLED,
            "next_at": {"$lte": now},
            "channel": {"$in": list(channels)},
            "destination": {"$nin": list(but)},
        }
        found = self._deliveries.find(wanted, columns(Due)).sort("next_at", 1).limit(limit)
        return [Due.of(document) async for document in found]

    async def claim(self, ids: list[str], now: datetime, lease: timedelta) -> list[Delivery]:
        """Those of them that are still due, for the caller alone until the lease is over.

        One whose last claim ran out is `uncertain`: nobody knows what became of that attempt.
        """
        return await self._claim({"_id": {"$in": ids}, **UNSETTLED, "next_at": {"$lte": now}}, now + lease)

    async def held_by(self, channel: str, wanted: dict[str, object]) -> list[Delivery]:
        """What this channel holds of those that match."""
        held = {**wanted, "channel": channel, "state": "held", **UNSETTLED}
        return [Delivery.of(document) async for document in self._deliveries.find(held).sort("_id", 1)]

    async def claim_held(self, ids: list[str], lease: timedelta, now: datetime) -> list[Delivery]:
        """Those of them that are still held, for the caller alone until the lease is over."""
        return await self._claim({"_id": {"$in": ids}, **UNSETTLED, "state": "held"}, now + lease) if ids else []

    async def _claim(self, wanted: dict[str, Any], until: datetime) -> list[Delivery]:
        claim = str(ObjectId())
        taken = {
            "uncertain": {"$or": ["$uncertain", {"$eq": ["$state", "sending"]}]},
            "state": "sending",
            "claim": claim,
            "next_at": until,
        }
        await self._deliveries.update_many(wanted, [{"$set": taken}])
        mine = self._deliveries.find({"_id": wanted["_id"], "claim": claim}).sort("_id", 1)
        return [Delivery.of(document) async for document in mine]

    async def settle_if_claimed(self, delivery: Delivery, state: str, now: datetime, **said: Any) -> bool:
        """It is sent, dead or dropped for good; whether the claim still stood."""
        change = {"state": state, "settled_at": now, **said}
        return await self._if_claimed(delivery, {"$set": change, "$unset": OVER})

    async def put_off_if_claimed(self, delivery: Delivery, state: str, next_at: datetime | None, **said: Any) -> bool:
        """It is looked at again then; without a time somebody else sets it going. Whether the claim still stood."""
        change = {"state": state, "next_at": next_at, **said}
        return await self._if_claimed(delivery, {"$set": change, "$unset": {"claim": ""}})

    async def postpone(self, destination: str, now: datetime, until: datetime) -> None:
        """What is due there is not looked at before then."""
        wanted = {
            **UNSETTLED,
            "destination": destination,
            "state": "waiting",
            "next_at": {"$type": "date", "$lt": until},
        }
        await self._deliveries.update_many(wanted, {"$set": {"next_at": until}})

    async def release(self, channel: str, destination: str, now: datetime) -> None:
        """What is held for this destination, and what waits there for another try, is due; the order of each stands."""
        to_go = [{"state": "held"}, {"state": "waiting", "next_at": {"$type": "date"}}]
        wanted = {**UNSETTLED, "channel": channel, "destination": destination, "$or": to_go}
        await self._deliveries.update_many(wanted, {"$set": {"next_at": now}})

    async def next_look(self, *, channels: Iterable[str], but: Iterable[str]) -> datetime | None:
        """When the next one of these channels is due, or the next claim over; not at these destinations."""
        wanted = {
            **UNSETTLED,
            "next_at": {"$type": "date"},
            "channel": {"$in": list(channels)},
            "destination": {"$nin": list(but)},
        }
        first = await self._deliveries.find_one(wanted, {"next_at": 1}, sort=[("next_at", 1)])
        return first["next_at"] if first else None

    async def _if_claimed(self, delivery: Delivery, change: dict[str, Any]) -> bool:
        held = await self._deliveries.update_one({"_id": delivery.id, "claim": delivery.claim}, change)
        return bool(held.modified_count)
