"""Push subscriptions: the browsers that hear of what happens while nobody looks at the page."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN
from pymongo import IndexModel

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import Deleted, OfCustomers, of_customer
from store.records import Record


@dataclass(frozen=True, slots=True)
class PushSubscription(Record):
    """One browser's, of one person. `vapid`: the desk's public key that it was made for; with another one it is over.

    `session_id`: the session in which it was saved last, and with which it ends. `expires_at`: that session's end at the
    latest. `id` is made of the endpoint.
    """

    id: str
    endpoint: str
    p256dh: str
    auth: str
    person_id: str
    role: str
    session_id: str
    vapid: str
    locale: str | None
    expires_at: datetime
    seen_at: datetime


def id_of(endpoint: str) -> str:
    return sha256(endpoint.encode()).hexdigest()[:32]


PUSH_SUBSCRIPTIONS = Collection(
    name="push_subscriptions",
    record=PushSubscription,
    indexes=(
        IndexModel([("person_id", UP), ("seen_at", DOWN)], name="of_person"),
        IndexModel([("session_id", UP)], name="of_session"),
        IndexModel([("role", UP), ("person_id", UP)], name="of_role"),
    ),
    retention=Expires("expires_at", 0),
    replay=Replay.STATE,
    personal=("endpoint", "p256dh", "auth"),
    customers=OfCustomers(
        of_customer("person_id"), Deleted(), not_exported=("auth", "vapid"), file=None, keeps_name=None
    ),
    remembered=False,
)


class PushSubscriptions:
    def __init__(self, database: Database) -> None:
        self._subscriptions = database.collection(PUSH_SUBSCRIPTIONS)

    async def put(self, subscription: PushSubscription, most: int) -> None:
        """It is this person's from now on, whosever it was; beyond `most` of a person the one not seen for longest goes."""
        await self._subscriptions.replace_one({"_id": subscription.id}, subscription.document(), upsert=True)
        theirs = self._subscriptions.find({"person_id": subscription.person_id}, {"_id": 1})
        beyond = await theirs.sort([("seen_at", -1), ("_id", -1)]).skip(most).to_list(None)
        if beyond:
            await self._subscriptions.delete_many({"_id": {"$in": [each["_id"] for each in beyond]}})

    async def find(self, subscription_id: str) -> PushSubscription | None:
        document = await self._subscriptions.find_one({"_id": subscription_id})
        return PushSubscription.of(document) if document else None

    async def of_people(self, person_ids: list[str], now: datetime) -> list[PushSubscription]:
        """Theirs, the latest seen first."""
        wanted = {"person_id": {"$in": person_ids}, "expires_at": {"$gt": now}}
        return [PushSubscription.of(each) async for each in self._subscriptions.find(wanted).sort("seen_at", -1)]

    async def latest_of_session(self, session_id: str) -> PushSubscription | None:
        document = await self._subscriptions.find_one({"session_id": session_id}, sort=[("seen_at", -1)])
        return PushSubscription.of(document) if document else None

    async def owners(self, subscription_ids: list[str]) -> set[tuple[str, str]]:
        """(role, person) of these."""
        found = self._subscriptions.find({"_id": {"$in": subscription_ids}}, {"_id": 0, "role": 1, "person_id": 1})
        return {(each["role"], each["person_id"]) async for each in found}

    async def owners_of_role(self, role: str) -> set[str]:
        """All of them. The index has what is asked: one step a person, however many browsers it has, and no document."""
        people = [{"$match": {"role": role}}, {"$sort": {"role": 1, "person_id": 1}}, {"$group": {"_id": "$person_id"}}]
        return {each["_id"] async for each in self._subscriptions.aggregate(people, hint="of_role")}

    async def drop(self, subscription_id: str, person_id: str | None = None) -> bool:
        """Whether there was one; with `person_id` only this person's."""
        wanted = {"_id": subscription_id} | ({"person_id": person_id} if person_id else {})
        return bool((await self._subscriptions.delete_one(wanted)).deleted_count)


class PushSubscriptionsOfOwners:
    """The same documents, those of one session or person together."""

    def __init__(self, database: Database) -> None:
        self._subscriptions = database.collection(PUSH_SUBSCRIPTIONS)

    async def has(self, person_id: str) -> bool:
        return await self._subscriptions.find_one({"person_id": person_id}, {"_id": 1}) is not None

    async def drop_of_session(self, session_id: str) -> list[str]:
        """Whose they were."""
        return await self._drop({"session_id": session_id})

    async def drop_of_person(self, person_id: str, *, but_session: str | None = None) -> list[str]:
        return await self._drop(
            {"person_id": person_id} | ({"session_id": {"$ne": but_session}} if but_session else {})
        )

    async def _drop(self, wanted: dict[str, Any]) -> list[str]:
        owners = await self._subscriptions.distinct("person_id", wanted)
        if owners:
            await self._subscriptions.delete_many(wanted)
        return list(owners)
