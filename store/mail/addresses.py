"""The addresses of people: which are verified, at which nobody is, and which mails their owners do not want."""

from datetime import datetime
from typing import Any

from store.client import Database
from store.people import PEOPLE
from store.records import Person


class MailAddresses:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(PEOPLE)

    async def admins(self) -> list[Person]:
        """The enabled admins who have an address."""
        wanted = {"role": "admin", "email": {"$type": "string"}, "disabled": {"$ne": True}, "deleted_at": None}
        return [Person.of(document) async for document in self._people.find(wanted).sort("_id", 1)]

    async def give(self, person_id: str, email: str | None, *, is_verified: bool = False) -> bool:
        """The person has this address from now on, or none; what was known of another one says nothing of it. Whether it is
        news.
        """
        known = {"verified_email": "", "bounced": ""}
        verified = {"verified_email": email} if is_verified and email else {}
        change: dict[str, Any] = {"$set": {"email": email, **verified}}
        if gone := {name: "" for name in known if name not in verified}:
            change["$unset"] = gone
        held = await self._people.update_one({"_id": person_id, "email": {"$ne": email}, "erased_at": None}, change)
        return bool(held.modified_count)

    async def verify_if_still(self, person_id: str, email: str) -> bool:
        """Its owner has shown that it reads this address; whether it is the person's still."""
        held = await self._people.update_one({"_id": person_id, "email": email}, {"$set": {"verified_email": email}})
        return bool(held.matched_count)

    async def note_bounce_if_still(self, person_id: str, email: str, said: str, now: datetime) -> bool:
        """Nobody is at this address; whether it is the person's still."""
        bounced = {"email": email, "said": said, "at": now}
        held = await self._people.update_one({"_id": person_id, "email": email}, {"$set": {"bounced": bounced}})
        return bool(held.matched_count)

    async def stop(self, person_id: str, kind: str) -> None:
        await self._people.update_one({"_id": person_id, "erased_at": None}, {"$addToSet": {"stopped_mails": kind}})

    async def resume(self, person_id: str, kind: str) -> None:
        await self._people.update_one({"_id": person_id}, {"$pull": {"stopped_mails": kind}})
