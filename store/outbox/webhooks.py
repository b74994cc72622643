"""Webhooks: addresses of other programs, which events each is told, with which secrets, and what it answered last."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING as UP
from pymongo import IndexModel, ReturnDocument

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import NoCustomers
from store.records import Record

FORGOTTEN_SECONDS = 86400  # after its deletion: other processes have heard of it by then
ANSWERS = 10  # that are kept of each


@dataclass(frozen=True, slots=True)
class Webhook(Record):
    """`secrets`: {value, until}, the newest first; `until`: when one ends whose place another has taken. `answers`: {at,
    status, took_ms, error}, the newest first. `failing_since`: no call went well since then. `disabled_because`: why the desk
    ended it, at `disabled_at`; `untold`: the admins have no mail of it yet. `deleted_at`: it is no more.
    """

    id: str
    url: str
    events: list[str]
    enabled: bool
    secrets: list[dict[str, Any]] = field(repr=False)
    client_id: str | None
    created_at: datetime
    answers: list[dict[str, Any]] | None
    failing_since: datetime | None
    disabled_because: str | None
    disabled_at: datetime | None
    untold: bool | None
    deleted_at: datetime | None

    def valid_secrets(self, now: datetime) -> list[str]:
        return [each["value"] for each in self.secrets if each.get("until") is None or each["until"] > now]


WEBHOOKS = Collection(
    name="webhooks",
    record=Webhook,
    indexes=(
        IndexModel(
            [("client_id", UP)],
            name="client_id",
            unique=True,
            partialFilterExpression={"client_id": {"$type": "string"}},
        ),
    ),
    retention=Expires("deleted_at", FORGOTTEN_SECONDS),
    replay=Replay.STATE,
    personal=(),
    customers=NoCustomers("addresses of the desk's own programs"),
    remembered=False,
)

THERE = {"deleted_at": None}
WORKING_AGAIN = {"failing_since": "", "disabled_because": "", "disabled_at": "", "untold": ""}


class Webhooks:
    def __init__(self, database: Database) -> None:
        self._webhooks = database.collection(WEBHOOKS)

    async def all(self) -> list[Webhook]:
        """The oldest first."""
        return [Webhook.of(document) async for document in self._webhooks.find(THERE).sort("_id", 1)]

    async def find(self, webhook_id: str) -> Webhook | None:
        document = await self._webhooks.find_one({"_id": webhook_id, **THERE})
        return Webhook.of(document) if document else None

    async def insert_once(
        self, client_id: str | None, now: datetime, secret: str, **given: Any
    ) -> tuple[Webhook, bool]:
        """A new one, or the one of that client_id; and whether it is new."""
        fresh = {"_id": str(ObjectId()), "created_at": now, "secrets": [{"value": secret, "until": None}], **given}
        if client_id is None:
            await self._webhooks.insert_one(fresh)
            return Webhook.of(fresh), True
        found = await self._webhooks.find_one_and_update(
            {"client_id": client_id}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return Webhook.of(found), found["_id"] == fresh["_id"]

    async def change_if_there(self, webhook_id: str, **changes: Any) -> Webhook | None:
        """With `enabled` true it begins anew: what went wrong before does not count."""
        change: dict[str, Any] = {"$set": changes}
        if changes.get("enabled"):
            change["$unset"] = WORKING_AGAIN
        return await self._change({"_id": webhook_id}, change)

    async def rotate_if_still(self, webhook: Webhook, secret: str, until: datetime) -> bool:
        """The present secret is good until then, others no more; whether it was still the present one."""
        present = webhook.secrets[0]["value"]
        secrets = [{"value": secret, "until": None}, {"value": present, "until": until}]
        return (
            await self._change({"_id": webhook.id, "secrets.0.value": present}, {"$set": {"secrets": secrets}})
            is not None
        )

    async def delete(self, webhook_id: str, now: datetime) -> bool:
        """Whether it was there."""
        gone: dict[str, Any] = {
            "$set": {"deleted_at": now, "enabled": False, "secrets": []},
            "$unset": {"client_id": ""},
        }
        return await self._change({"_id": webhook_id}, gone) is not None

    async def _change(self, wanted: dict[str, Any], change: dict[str, Any]) -> Webhook | None:
        found = await self._webhooks.find_one_and_update(
            {**wanted, **THERE}, change, return_document=ReturnDocument.AFTER
        )
        return Webhook.of(found) if found else None


class WebhookHealth:
    """How the programs behind webhooks answer, and which are disabled because of it."""

    def __init__(self, database: Database) -> None:
        self._webhooks = database.collection(WEBHOOKS)

    async def note_answers(self, webhook_id: str, answers: list[dict[str, Any]]) -> None:
        """In the order in which they came; those without an error went well."""
        kept = {"$each": answers[::-1], "$position": 0, "$slice": ANSWERS}
        change: dict[str, Any] = {"$push": {"answers": kept}}
        well = [place for place, each in enumerate(answers) if each["error"] is None]
        failed = answers[well[-1] + 1 :] if well else answers
        if well and failed:
            change["$set"] = {"failing_since": failed[0]["at"]}
        elif well:
            change["$unset"] = {"failing_since": ""}
        else:
            change["$min"] = {"failing_since": failed[0]["at"]}
        await self._webhooks.update_one({"_id": webhook_id, **THERE}, change)

    async def disable_if_enabled(self, webhook_id: str, why: str, now: datetime) -> bool:
        return await self._disable({"_id": webhook_id}, why, now)

    async def disable_if_failing(self, webhook_id: str, why: str, now: datetime, longest: timedelta) -> bool:
        """Whether it was enabled, and no call has gone well for so long."""
        return await self._disable({"_id": webhook_id, "failing_since": {"$lte": now - longest}}, why, now)

    async def untold(self) -> list[Webhook]:
        """Those that the desk disabled, of which no mail was written yet."""
        return [Webhook.of(document) async for document in self._webhooks.find({"untold": True, **THERE})]

    async def note_told(self, webhook_id: str) -> None:
        await self._webhooks.update_one({"_id": webhook_id}, {"$unset": {"untold": ""}})

    async def _disable(self, wanted: dict[str, Any], why: str, now: datetime) -> bool:
        change = {"enabled": False, "disabled_because": why, "disabled_at": now, "untold": True}
        held = await self._webhooks.update_one({**wanted, "enabled": True, **THERE}, {"$set": change})
        return bool(held.modified_count)
