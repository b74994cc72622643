"""Sessions: who is logged in where, from the log-in until its end. Every token names its session."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from store.batches.group_read import GroupRead
from store.client import Database
from store.collections import META, Collection, Expires, Replay
from store.customer_data import Deleted, KeepsName, OfCustomers, of_customer
from store.records import Person, Record

SHOWN = 100  # sessions of one person, the latest seen
# How long servers of before may go on beside newer ones, and let people in without a session.
OLD_SERVERS = timedelta(hours=1)
LIVE: dict[str, Any] = {"ended_at": None}


@dataclass(frozen=True, slots=True)
class Session(Record):
    """One log-in. `expires_at` is its last token's, so that one that was ended is known for as long as it could be shown.

    `authenticated_at`: when the password was last typed in it. `credentials_version` is the person's at that time: with
    another password, or disabled meanwhile, the person has another. `renewed_at`: tokens of before are over. `address` and
    `browser` are None where the log-in was not seen. `moves_to`: an identified guest's things are on the way to this customer.
    `only_chat`: it was begun by a link to this chat.
    """

    id: str
    person_id: str
    address: str | None
    browser: str | None
    credentials_version: int | None
    created_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    expires_at: datetime
    renewed_at: datetime | None
    ended_at: datetime | None
    moves_to: str | None
    only_chat: str | None

    @classmethod
    def begun(  # noqa: PLR0913  what a log-in knows, all named
        cls,
        session_id: str,
        person: Person,
        at: datetime,
        expires_at: datetime,
        *,
        seen_at: datetime,
        address: str = "",
        browser: str = "",
    ) -> Self:
        """Under the credentials that `person` was read with: others since end it at once."""
        return cls(
            id=session_id,
            person_id=person.id,
            address=address or None,
            browser=browser or None,
            credentials_version=person.credentials_version,
            created_at=at,
            authenticated_at=at,
            seen_at=seen_at,
            expires_at=expires_at,
            renewed_at=None,
            ended_at=None,
            moves_to=None,
            only_chat=None,
        )

    def is_over(self, now: datetime) -> bool:
        return self.ended_at is not None or self.expires_at <= now

    def has_replaced(self, issued_at: datetime) -> bool:
        """Whether a token that was issued then is one of before its renewal."""
        return self.renewed_at is not None and issued_at < self.renewed_at


def live_at(now: datetime) -> dict[str, Any]:
    """A condition: not over then."""
    return {"expires_at": {"$gt": now}, **LIVE}


SESSIONS = Collection(
    name="sessions",
    record=Session,
    indexes=(
        IndexModel([("person_id", UP), ("seen_at", DOWN)], name="of_person"),
        IndexModel([("moves_to", UP)], name="moving", partialFilterExpression={"moves_to": {"$type": "string"}}),
    ),
    # An ended one lives as long as what was ended: until its tokens have expired. The sweep comes once a minute, and nobody
    # waits for it: a session whose time is over is refused.
    retention=Expires("expires_at", 0),
    replay=Replay.STATE,
    personal=("address", "browser"),
    customers=OfCustomers(
        of_customer("person_id"),
        Deleted(),
        not_exported=("credentials_version",),
        file=None,
        keeps_name=KeepsName("person_id", live_at),
    ),
    remembered=False,
)


class SessionRecords:
    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)
        self._meta = database.collection(META)
        self._reads = GroupRead("sessions", self._read)

    async def begin(self, session: Session) -> bool:
        """Whether there was none with this id."""
        try:
            await self._sessions.insert_one(session.document())
        except DuplicateKeyError:
            return False
        return True

    async def find(self, session_id: str) -> Session | None:
        return await self._reads.find(session_id)

    async def find_many(self, session_ids: list[str]) -> dict[str, Session]:
        return await self._reads.find_many(session_ids)

    async def see_if_live(self, session_id: str, now: datetime) -> bool:
        held = await self._sessions.update_one({"_id": session_id, **LIVE}, {"$max": {"seen_at": now}})
        return bool(held.matched_count)

    async def prolong_if_live(self, session_id: str, now: datetime, expires_at: datetime) -> bool:
        """It was seen, and ends no sooner than then."""
        change = {"$max": {"seen_at": now, "expires_at": expires_at}}
        held = await self._sessions.update_one({"_id": session_id, **LIVE}, change)
        return bool(held.matched_count)

    async def renew_if_live(
        self, session_id: str, now: datetime, expires_at: datetime, credentials_version: int
    ) -> bool:
        """The password was typed in it: it begins anew, and its tokens of before are over."""
        change = {"authenticated_at": now, "renewed_at": now, "credentials_version": credentials_version}
        held = await self._sessions.update_one(
            {"_id": session_id, **LIVE}, {"$set": change, "$max": {"seen_at": now, "expires_at": expires_at}}
        )
        return bool(held.matched_count)

    async def adopted_until(self) -> datetime | None:
        """Tokens issued before then may have no session: this database had none. None: it always had."""
        found = await self._meta.find_one({"_id": "sessions"})
        return found["since"] + OLD_SERVERS if found else None

    async def _read(self, session_ids: list[str]) -> dict[str, Session]:
        found = self._sessions.find({"_id": {"$in": session_ids}}).limit(len(session_ids))
        return {document["_id"]: Session.of(document) for document in await found.to_list(None)}


class SessionsOfPeople:
    """The same documents, a person's all together."""

    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)

    async def live_of(self, person_id: str, now: datetime) -> list[Session]:
        """The person's, the latest seen first."""
        wanted = {"person_id": person_id, **live_at(now)}
        cursor = self._sessions.find(wanted).sort([("seen_at", -1), ("_id", -1)]).limit(SHOWN)
        return [Session.of(document) async for document in cursor]

    async def end(self, session_id: str, person_id: str, now: datetime) -> bool:
        """Whether this person has, or had, such a session. One that is ended stays as it is."""
        await self._sessions.update_one(
            {"_id": session_id, "person_id": person_id, **LIVE}, {"$set": {"ended_at": now}}
        )
        return await self._sessions.find_one({"_id": session_id, "person_id": person_id}, {"_id": 1}) is not None

    async def end_all_of(self, person_id: str, now: datetime, *, but: str | None = None) -> list[str]:
        """The ids of those that were live."""
        wanted = {"person_id": person_id, "_id": {"$ne": but}, **live_at(now)}
        ids = [document["_id"] async for document in self._sessions.find(wanted, {"_id": 1})]
        await self._sessions.update_many({"_id": {"$in": ids}, **LIVE}, {"$set": {"ended_at": now}})
        return ids

    async def moving(self, before: datetime) -> list[Session]:
        """Guests' sessions that were ended before then, and from which something is still to be moved."""
        wanted = {"moves_to": {"$type": "string"}, "ended_at": {"$lt": before}}
        return [Session.of(document) async for document in self._sessions.find(wanted)]

    async def end_moving(self, session_id: str, customer_id: str, now: datetime) -> None:
        """A guest's that turned out to be this customer: it is over, and what it left is on the way."""
        wanted = {"_id": session_id, **LIVE}
        await self._sessions.update_one(wanted, {"$set": {"ended_at": now, "moves_to": customer_id}})

    async def moved(self, session_id: str) -> None:
        await self._sessions.update_one({"_id": session_id}, {"$unset": {"moves_to": ""}})
