"""Second factors of staff: the secret that an app makes codes from, which codes were used, and hashes of recovery codes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Kept, Replay
from store.customer_data import NoCustomers
from store.records import Record


@dataclass(frozen=True, slots=True)
class SecondFactor(Record):
    """`id` is the person's. Without `confirmed_at` it is being set up, and no log-in asks for it.

    `last_step`: the window of the last code that was used. `confirmed_in`: the session in which it was set up. None of its
    secrets shows in a representation.
    """

    id: str
    secret: str = field(repr=False)
    begun_at: datetime
    confirmed_at: datetime | None
    confirmed_in: str | None
    last_step: int
    recovery: list[str] = field(repr=False)


SECOND_FACTORS = Collection(
    name="second_factors",
    record=SecondFactor,
    indexes=(),
    retention=Kept("a colleague's, until it is dropped or the account goes"),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("staff's only"),
    remembered=False,
)


class SecondFactors:
    def __init__(self, database: Database) -> None:
        self._factors = database.collection(SECOND_FACTORS)

    async def begin_unless_confirmed(self, person_id: str, secret: str, now: datetime) -> bool:
        """A secret to be confirmed, instead of one that was not; False when there is one in use."""
        fresh = {"secret": secret, "begun_at": now, "confirmed_at": None, "last_step": 0, "recovery": []}
        try:
            await self._factors.update_one({"_id": person_id, "confirmed_at": None}, {"$set": fresh}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def confirm_if_begun(
        self, factor: SecondFactor, step: int, recovery: list[str], now: datetime, session_id: str
    ) -> bool:
        """It is asked for from now on; False when it has been begun anew or confirmed since it was read."""
        wanted = {"_id": factor.id, "secret": factor.secret, "confirmed_at": None}
        change = {"confirmed_at": now, "confirmed_in": session_id, "last_step": step, "recovery": recovery}
        return bool((await self._factors.update_one(wanted, {"$set": change})).modified_count)

    async def renew_recovery_if_unused(self, factor: SecondFactor, recovery: list[str]) -> bool:
        """Others instead of those that were read in `factor`; False when a code has been used since."""
        unused = {"last_step": factor.last_step, "recovery": factor.recovery}
        return await self._use(unused, factor, {"$set": {"recovery": recovery}})

    async def find(self, person_id: str) -> SecondFactor | None:
        document = await self._factors.find_one({"_id": person_id})
        return SecondFactor.of(document) if document else None

    async def confirmed_among(self, person_ids: list[str]) -> set[str]:
        """Those of them who have one in use."""
        wanted = {"_id": {"$in": person_ids}, "confirmed_at": {"$ne": None}}
        return {document["_id"] async for document in self._factors.find(wanted, {"_id": 1})}

    async def use_step_if_later(self, factor: SecondFactor, step: int) -> bool:
        """A code counts once: False when this window's, or a later one, was used before, in any process."""
        return await self._use({"last_step": {"$lt": step}}, factor, {"$set": {"last_step": step}})

    async def use_recovery_if_left(self, factor: SecondFactor, code_hash: str) -> bool:
        """A recovery code counts once."""
        return await self._use({"recovery": code_hash}, factor, {"$pull": {"recovery": code_hash}})

    async def _use(self, state: dict[str, Any], factor: SecondFactor, change: dict[str, Any]) -> bool:
        held = await self._factors.update_one({"_id": factor.id, "secret": factor.secret, **state}, change)
        return bool(held.modified_count)

    async def drop(self, person_id: str) -> bool:
        """Whether there was one, in use or not."""
        return bool((await self._factors.delete_one({"_id": person_id})).deleted_count)
