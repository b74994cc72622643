"""The processes that serve this desk: each beats, and one whose beat has stopped has taken its connections with it."""

from datetime import datetime

from store.client import Database
from store.collections import META, Collection, Kept, Replay
from store.customer_data import NoCustomers

PROCESSES = Collection(
    name="processes",
    record=None,
    indexes=(),
    retention=Kept("its lease: whoever finds a dead process forgets it"),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("the processes of the desk"),
    remembered=False,
)


class Processes:
    """`key` marks this process's beats: what may be shown of the key it signs with, behind a comma of another it accepts."""

    def __init__(self, database: Database, key: str = "") -> None:
        self._key = key
        self._processes = database.collection(PROCESSES)
        self._meta = database.collection(META)

    async def beat(self, process_id: str, now: datetime) -> bool:
        """Renews the lease; whether it stood. If not, this is the first one, or somebody took this process for dead."""
        beat = {"$set": {"beat_at": now, "key": self._key}}
        held = await self._processes.update_one({"_id": process_id}, beat, upsert=True)
        return bool(held.matched_count)

    async def others(self, process_id: str) -> list[str]:
        return [process["_id"] async for process in self._processes.find({"_id": {"$ne": process_id}})]

    async def beaten_since(self, moment: datetime) -> list[str]:
        """Those that live: their last beat is not older."""
        return [process["_id"] async for process in self._processes.find({"beat_at": {"$gte": moment}}, {"_id": 1})]

    async def note_known(self, process_id: str, others: list[str]) -> None:
        """This process knows that these live."""
        await self._processes.update_one({"_id": process_id}, {"$set": {"knows": others}})

    async def unaware_of(self, process_id: str, moment: datetime) -> bool:
        """Whether somebody who has beaten since then does not know of this process yet."""
        wanted = {"_id": {"$ne": process_id}, "beat_at": {"$gte": moment}, "knows": {"$ne": process_id}}
        return await self._processes.find_one(wanted, {"_id": 1}) is not None

    async def sign_otherwise(self, moment: datetime) -> bool:
        """Whether somebody who has beaten since then signs with what is not accepted here, or does not accept ours."""
        own = self._key.split(",")
        accepts_ours = {"key": {"$regex": f"(^|,){own[0]}(,|$)"}}
        signs_as_accepted = {"key": {"$regex": f"^({'|'.join(own)})(,|$)"}}
        wanted = {"beat_at": {"$gte": moment}, "$nor": [{"$and": [accepts_ours, signs_as_accepted]}]}
        return await self._processes.find_one(wanted, {"_id": 1}) is not None

    async def silent_since(self, moment: datetime) -> list[str]:
        """Those whose last beat is older."""
        return [process["_id"] async for process in self._processes.find({"beat_at": {"$lt": moment}})]

    async def forget(self, process_id: str) -> None:
        await self._processes.delete_one({"_id": process_id})

    async def note_credit(self, now: datetime) -> None:
        """Until `now` the desk was away: no clock that counts against somebody runs from before."""
        await self._meta.update_one({"_id": "credit"}, {"$max": {"at": now}}, upsert=True)

    async def credited_at(self) -> datetime | None:
        found = await self._meta.find_one({"_id": "credit"})
        return found["at"] if found else None
