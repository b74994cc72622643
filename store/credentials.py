"""What lets people in: their passwords, and whether their accounts are open.

Every change outdates all sessions until now in the same write: a log-in that is just going on finds another version of the
credentials than it began with.
"""

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from store.client import Database
from store.people import PEOPLE
from store.records import Person


def outdating(tokens_from: datetime, *, but: str | None = None, **fresh: object) -> dict[str, dict[str, object]]:
    """An update: no session until now counts ever again, but for one; and these fields. An older Deskwire goes by
    `tokens_from`, and so do tokens without a session.
    """
    return {
        "$set": {**fresh, "tokens_from": tokens_from, "session_kept": but},
        "$inc": {"credentials_version": 1},
    }


class Credentials:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(PEOPLE)

    async def set_password(
        self, person_id: str, password_hash: str, tokens_from: datetime, *, is_first: bool = False
    ) -> None:
        """The new hash. `is_first`: somebody else chose it, and its owner has to change it when it logs in."""
        change = outdating(tokens_from, password_hash=password_hash, first_password=is_first)
        await self._people.update_one({"_id": person_id, "deleted_at": None}, change)

    async def replace_password(
        self, person: Person, password_hash: str, tokens_from: datetime, session_kept: str | None = None
    ) -> Person | None:
        """The owner's new one instead of the one that was read in `person`; None if that held no more."""
        found = await self._people.find_one_and_update(
            {"_id": person.id, "password_hash": person.password_hash},
            outdating(tokens_from, but=session_kept, password_hash=password_hash, first_password=False),
            return_document=ReturnDocument.AFTER,
        )
        return Person.of(found) if found else None

    async def end_sessions(self, person_id: str, tokens_from: datetime, *, but: str | None = None) -> None:
        await self._people.update_one({"_id": person_id}, outdating(tokens_from, but=but))


class AccountStates:
    """Whether an account is open: enabled, disabled, leaving, or gone for good."""

    def __init__(self, database: Database) -> None:
        self._people = database.collection(PEOPLE)

    async def disable_if_enabled(self, person_id: str, tokens_from: datetime) -> bool:
        """May not log in any more; whether it was enabled."""
        wanted: dict[str, Any] = {"_id": person_id, "disabled": {"$ne": True}}
        return bool((await self._people.update_one(wanted, outdating(tokens_from, disabled=True))).modified_count)

    async def enable_if_disabled(self, person_id: str) -> bool:
        """Not one who is leaving, or has left."""
        wanted = {"_id": person_id, "disabled": True, "leaving": {"$ne": True}, "deleted_at": None}
        return bool((await self._people.update_one(wanted, {"$set": {"disabled": False}})).modified_count)

    async def leave(self, person_id: str, tokens_from: datetime) -> bool:
        """As with `disable_if_enabled`, for good: nobody enables it meanwhile. Whether it was enabled."""
        found = await self._people.find_one_and_update(
            {"_id": person_id, "deleted_at": None}, outdating(tokens_from, disabled=True, leaving=True)
        )
        return found is not None and not found.get("disabled")

    async def stay(self, person_id: str) -> None:
        """It is not deleted after all: enabled, as it was."""
        wanted = {"_id": person_id, "leaving": True, "deleted_at": None}
        await self._people.update_one(wanted, {"$set": {"disabled": False}, "$unset": {"leaving": ""}})

    async def bury_if_leaving(self, person_id: str, now: datetime) -> bool:
        """Of one who has left, only role and name stay, for what it wrote. Whether that was not so before."""
        held = await self._people.update_one(
            {"_id": person_id, "disabled": True, "leaving": True, "deleted_at": None},
            {
                "$set": {"deleted_at": now, "email": None, "avatar": None},
                "$unset": dict.fromkeys(("username", "username_key", "password_hash", "made_with", "leaving"), ""),
            },
        )
        return bool(held.modified_count)

    async def has_enabled(self, role: str) -> bool:
        return await self._people.find_one({"role": role, "disabled": {"$ne": True}}, {"_id": 1}) is not None
