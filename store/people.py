"""Customers, agents, admins and platforms: who they are; the counters that number them."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.batches.group_read import GroupRead
from store.client import Database
from store.collections import Collection, Kept, Replay, Stripped
from store.customer_data import KeepsName, NoCustomers, OfCustomers, Reduced, of_customer
from store.errors import Conflict
from store.paging import read_page
from store.records import Person

LETTERS = {"customer": "c", "agent": "g", "admin": "a", "platform": "p"}
STAFF = ("agent", "admin")  # whoever works at the desk, and logs in

VISITOR_OF_ID = {"$concat": ["Visitor ", {"$substrCP": ["$_id", 1, {"$strLenCP": "$_id"}]}]}

NAMELESS: dict[str, object] = {"name": "", "email": None, "avatar": None, "attributes": None}
REDUCED_PERSON = Reduced(
    ("_id", "role", "created_at", "disabled", "tokens_from", "became", "erasing", "erased_at"),
    {**NAMELESS, "locale": None, "nameless": True},
)


PEOPLE = Collection(
    name="people",
    record=Person,
    indexes=(
        IndexModel(
            [("username", UP)], name="username", unique=True, partialFilterExpression={"username": {"$type": "string"}}
        ),
        IndexModel(
            [("site_sub", UP)], name="site_sub", unique=True, partialFilterExpression={"site_sub": {"$type": "string"}}
        ),
        IndexModel(
            [("username_key", UP)],
            name="username_key",
            unique=True,
            partialFilterExpression={"username_key": {"$type": "string"}},
        ),
        IndexModel(
            [("invitation", UP)],
            name="invitation",
            unique=True,
            partialFilterExpression={"invitation": {"$type": "string"}},
        ),
        IndexModel([("role", UP), ("_id", UP)], name="role"),
        IndexModel([("role", UP), ("created_at", DOWN), ("_id", DOWN)], name="newest_of_role"),
        IndexModel([("became", UP)], name="became", partialFilterExpression={"became": {"$type": "string"}}),
        IndexModel([("owes.at", UP)], name="owed", partialFilterExpression={"owes.at": {"$type": "date"}}),
        IndexModel([("erasing.at", UP)], name="erasing", partialFilterExpression={"erasing.at": {"$type": "date"}}),
    ),
    retention=Stripped({**NAMELESS, "site_sub": "$$REMOVE", "verified_email": "$$REMOVE", "bounced": "$$REMOVE"}),
    replay=Replay.NO,
    personal=(
        *("name", "email", "verified_email", "bounced", "avatar", "username", "username_key", "site_sub", "locale"),
        "attributes",
    ),
    customers=OfCustomers(
        of_customer("_id"),
        REDUCED_PERSON,
        not_exported=("password_hash", "tokens_from", "session_kept", "erasing", "owes"),
        file=None,
        keeps_name=KeepsName("_id", lambda _: {"written_by": {"$type": "string"}}),
    ),
    remembered=False,
)

COUNTERS = Collection(
    name="counters",
    record=None,
    indexes=(),
    retention=Kept("ids are given once, for ever"),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("the last number of each role"),
    remembered=False,
)


def visitor(person_id: str) -> str:
    """What a customer is called who has no name: as VISITOR_OF_ID says."""
    return f"Visitor {person_id[1:]}"


def username_key(username: str) -> str:
    """The form in which a user name is there once: whatever its case, and however its characters are put together."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def _owed_if_changed(change: dict[str, Any], owes: list[dict[str, Any]], *, is_news: bool) -> dict[str, Any]:
    """Expressions: the same events once more owed, where the update is news or changes something."""
    changed = [{"$ne": [f"${name}", value]} for name, value in change.items()]
    more = {"$concatArrays": [{"$ifNull": ["$owes", []]}, {"$literal": owes}]}
    return {"owes": {"$cond": [is_news or {"$or": changed}, more, {"$ifNull": ["$owes", "$$REMOVE"]}]}}


class People:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(PEOPLE)
        self._counters = database.collection(COUNTERS)
        self._reads = GroupRead("people", self._read)

    async def next_id(self, role: str) -> str:
        """A new id: the role's letter and a number that was never given before."""
        counter = await self._counters.find_one_and_update(
            {"_id": role}, {"$inc": {"last": 1}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return f"{LETTERS[role]}{counter['last']}"

    async def insert(self, person_id: str, role: str, name: str, created_at: datetime, **more: Any) -> Person:
        """A new person. Raises Conflict when the id or the user name is taken."""
        given = {name: value for name, value in more.items() if value is not None}  # absent, not null: unique indexes
        document = {"_id": person_id, "role": role, "name": name, "locale": None, "created_at": created_at, **given}
        if "username" in given:
            document["username_key"] = username_key(given["username"])
        await self._counters.update_one({"_id": role}, {"$max": {"last": int(person_id[1:])}}, upsert=True)
        try:
            await self._people.insert_one(document)
        except DuplicateKeyError as error:
            taken = next(iter((error.details or {}).get("keyPattern", {"_id": 1})))
            what = f"the user name {more['username']}" if taken.startswith("username") else f"the id {person_id}"
            raise Conflict(f"{taken if taken in {'site_sub', 'invitation'} else what} is taken") from None
        return Person.of(document)

    async def find(self, person_id: str) -> Person | None:
        return await self._reads.find(person_id)

    async def by_username(self, username: str) -> Person | None:
        """Whoever has this user name, in whatever case."""
        document = await self._people.find_one({"username_key": username_key(username)})
        return Person.of(document) if document else None

    async def by_invitation(self, invitation_id: str) -> Person | None:
        """Whoever has made its account with it."""
        document = await self._people.find_one({"invitation": invitation_id})
        return Person.of(document) if document else None

    async def change_username_if_still(self, username: str, now: str) -> bool:
        """Another user name for whoever is called exactly this; whether somebody is. Raises Conflict for a taken one.

        It needs no migrated schema: it is how an operator parts two names that differ by their case only.
        """
        fresh = {"username": now, "username_key": username_key(now)}
        try:
            held = await self._people.update_one({"username": username}, {"$set": fresh})
        except DuplicateKeyError:
            raise Conflict(f"the user name {now} is taken") from None
        return bool(held.matched_count)

    async def by_site_sub(self, site_sub: str) -> Person | None:
        """The customer whom the host site calls so."""
        document = await self._people.find_one({"site_sub": site_sub})
        return Person.of(document) if document else None

    async def by_ids(self, ids: Iterable[str]) -> dict[str, Person]:
        """Those of `ids` that exist."""
        return await self._reads.find_many(set(ids))

    async def names_of_staff(self) -> list[str]:
        """What agents and admins are called, those who are disabled too."""
        return list(await self._people.distinct("name", {"role": {"$in": list(STAFF)}}))

    async def count(self, role: str) -> int:
        return int(await self._people.count_documents({"role": role}))

    async def identify(
        self,
        site_sub: str,
        created_at: datetime,
        owes: list[dict[str, Any]],
        *,
        is_news: bool,
        name: str | None,
        **more: str | None,
    ) -> tuple[Person, bool]:
        """The customer whom the host site calls `site_sub`, made at the first call; name and the rest are kept fresh.

        Without a name it is called as a visitor is. `owes` is written with it where it is news, or something about it is;
        whether it was.
        """
        fresh = {key: value for key, value in more.items() if value is not None}
        if "email" in fresh:  # the site vouches for it
            fresh["verified_email"] = fresh["email"]
        literal = {key: {"$literal": value} for key, value in {**fresh, "name": name}.items() if value is not None}
        change: dict[str, Any] = {"name": VISITOR_OF_ID, **literal}
        found = await self._people.find_one_and_update(
            {"site_sub": site_sub},
            [{"$set": change | (_owed_if_changed(change, owes, is_news=is_news) if owes else {})}],
            return_document=ReturnDocument.AFTER,
        )
        if found:
            return Person.of(found), any(each in found.get("owes", ()) for each in owes)
        number, also = await self.next_id("customer"), {"owes": owes} if owes else {}
        try:
            made = await self.insert(
                number, "customer", name or visitor(number), created_at=created_at, site_sub=site_sub, **fresh, **also
            )
        except Conflict:  # two first calls raced: the other one made it
            return await self.identify(site_sub, created_at, owes, is_news=is_news, name=name, **more)
        return made, bool(owes)

    async def page(self, roles: list[str], page: int, page_size: int) -> tuple[int, list[Person]]:
        """How many have one of these roles and have not left, and one page of them, the newest first."""
        wanted = {"role": {"$in": roles}, "deleted_at": None}
        count, found = await read_page(self._people, wanted, [("created_at", -1), ("_id", -1)], page, page_size)
        return count, [Person.of(document) for document in found]

    async def customers(self, page: int, page_size: int) -> tuple[int, list[Person]]:
        """How many customers are known, and one page of them, the newest first: without those who are erased, and guests who
        turned out to be somebody.
        """
        wanted = {"role": "customer", "erasing": None, "erased_at": None, "became": None}
        count, found = await read_page(self._people, wanted, [("created_at", -1), ("_id", -1)], page, page_size)
        return count, [Person.of(document) for document in found]

    async def change_customer_if_known(self, customer_id: str, changes: dict[str, Any]) -> Person | None:
        """The customer as it was; None: there is none, or it is erased. A name that is new is there for the purge again.

        The site, which says it here, vouches for an address that is new; one that was there is as it was.
        """
        change: dict[str, Any] = {name: {"$literal": value} for name, value in changes.items()}
        if "email" in changes:
            change["verified_email"] = {
                "$cond": [{"$eq": ["$email", change["email"]]}, "$verified_email", change["email"]]
            }
        wanted = {"_id": customer_id, "role": "customer", "erasing": None, "erased_at": None}
        document = await self._people.find_one_and_update(wanted, [{"$set": change}, {"$unset": "nameless"}])
        return Person.of(document) if document else None

    async def take_over_attributes(self, guest_id: str, customer_id: str) -> None:
        """What was said of a guest holds for the customer it turned out to be, if nothing is said of that."""
        guest = await self._people.find_one({"_id": guest_id, "attributes": {"$type": "object"}}, {"attributes": 1})
        if guest:
            wanted = {"_id": customer_id, "attributes": None, "erasing": None, "erased_at": None}
            await self._people.update_one(wanted, {"$set": {"attributes": guest["attributes"]}})

    async def rename(self, person_id: str, name: str) -> None:
        await self._people.update_one({"_id": person_id}, {"$set": {"name": name}})

    async def _read(self, ids: list[str]) -> dict[str, Person]:
        found = self._people.find({"_id": {"$in": ids}}).limit(len(ids))
        return {document["_id"]: Person.of(document) for document in await found.to_list(None)}
