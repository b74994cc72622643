"""Quick replies: an agent's own, and those it shares."""

from dataclasses import dataclass

from bson import ObjectId
from pymongo import ASCENDING as UP
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Kept, Replay
from store.customer_data import NoCustomers
from store.errors import Conflict
from store.records import Record


@dataclass(frozen=True, slots=True)
class QuickReply(Record):
    """A text kept under a shortcut. Of a deleted one only owner and client_id are left, so that repeats are known."""

    id: str
    owner_id: str
    client_id: str
    shortcut: str
    body: str
    shared: bool
    deleted: bool | None


STANDING = {"deleted": {"$ne": True}}


QUICK_REPLIES = Collection(
    name="quick_replies",
    record=QuickReply,
    indexes=(
        IndexModel([("owner_id", UP), ("client_id", UP)], name="client_id", unique=True),
        IndexModel(
            [("owner_id", UP), ("shortcut", UP)],
            name="shortcut",
            unique=True,
            partialFilterExpression={"shortcut": {"$type": "string"}},
        ),
        IndexModel([("shared", UP)], name="shared", partialFilterExpression={"shared": True}),
    ),
    retention=Kept("an agent's, until it deletes them"),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("what agents write for all their chats"),
    remembered=False,
)


class QuickReplies:
    def __init__(self, database: Database) -> None:
        self._replies = database.collection(QUICK_REPLIES)

    async def add(self, owner_id: str, client_id: str, shortcut: str, body: str, shared: bool) -> QuickReply | None:
        """A new one; None when the owner made one under this client_id. Raises Conflict when the shortcut is taken."""
        reply = QuickReply(str(ObjectId()), owner_id, client_id, shortcut, body, shared, None)
        try:
            await self._replies.insert_one(reply.document())
        except DuplicateKeyError as error:
            if await self.made_under(owner_id, client_id):
                return None
            raise _taken(shortcut) from error
        return reply

    async def made_under(self, owner_id: str, client_id: str) -> QuickReply | None:
        """The one that the owner made under this client_id, deleted or not."""
        document = await self._replies.find_one({"owner_id": owner_id, "client_id": client_id})
        return QuickReply.of(document) if document else None

    async def edit_if_owned(
        self, reply_id: str, owner_id: str, shortcut: str, body: str, shared: bool | None
    ) -> QuickReply | None:
        """New words; `shared` None leaves it as it is. None when it is not this owner's. Raises Conflict as `add`."""
        words = {"shortcut": shortcut, "body": body} | ({} if shared is None else {"shared": shared})
        try:
            document = await self._replies.find_one_and_update(
                {"_id": reply_id, "owner_id": owner_id, **STANDING},
                {"$set": words},
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError as error:
            raise _taken(shortcut) from error
        return QuickReply.of(document) if document else None

    async def delete_if_owned(self, reply_id: str, owner_id: str) -> bool:
        """Takes its words away; whether it is, or was, this owner's."""
        held = await self._replies.update_one(
            {"_id": reply_id, "owner_id": owner_id},
            {"$set": {"deleted": True, "shared": False}, "$unset": {"shortcut": "", "body": ""}},
        )
        return bool(held.matched_count)

    async def is_shared(self, reply_id: str) -> bool:
        return await self._replies.find_one({"_id": reply_id, "shared": True}, {"_id": 1}) is not None

    async def count(self, owner_id: str) -> int:
        return int(await self._replies.count_documents({"owner_id": owner_id, **STANDING}))

    async def for_agent(self, agent_id: str) -> list[QuickReply]:
        """The agent's own and the shared ones, by shortcut."""
        wanted = {"$or": [{"owner_id": agent_id}, {"shared": True}], **STANDING}
        found = self._replies.find(wanted).sort([("shortcut", 1), ("_id", 1)])
        return [QuickReply.of(document) async for document in found]


def _taken(shortcut: str) -> Conflict:
    return Conflict(f"you have a quick reply /{shortcut} already")
