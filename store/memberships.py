"""Whose a chat is, for every command in it: remembered while this process is the only one, else read for many at once."""

from collections.abc import Callable
from typing import Any

from store.batches.group_read import GroupRead
from store.chats import CHATS
from store.client import Database
from store.records import Membership, columns

# None while other processes may write to the database (server/cluster/sole_process.py)
Epoch = Callable[[], int | None]

KEPT = 20_000  # remembered chats; beyond that all are forgotten at once, and read again when they are asked for


class Memberships:
    """`epoch`: None while other processes may write to the database, else the number of this time alone (SoleProcess)."""

    def __init__(self, database: Database, epoch: Epoch) -> None:
        self._epoch = epoch
        self._chats = database.collection(CHATS)
        self._reads = GroupRead("memberships", self._read)
        self._known: dict[str, Membership] = {}
        self._remembered_in: int | None = None
        self._writes = 0
        database.collection(CHATS).tells(self._forget, columns(Membership))

    async def of(self, chat_id: str) -> Membership | None:
        """None when there is no such chat. Raises what the driver raises."""
        epoch = self._epoch()
        if epoch != self._remembered_in:  # others were there meanwhile: nothing of what was remembered need be so
            self._known.clear()
            self._remembered_in = epoch
        if chat_id in self._known:
            return self._known[chat_id]
        writes = self._writes
        membership = await self._reads.find(chat_id)
        is_so = epoch is not None and epoch == self._remembered_in and writes == self._writes
        if membership and is_so:  # else it may have been written to meanwhile
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[chat_id] = membership
        return membership

    async def _read(self, chat_ids: list[str]) -> dict[str, Membership]:
        found = self._chats.find({"_id": {"$in": chat_ids}}, columns(Membership)).limit(len(chat_ids))
        return {document["_id"]: Membership.of(document) for document in await found.to_list(None)}

    def _forget(self, chat_id: str | None) -> None:
        self._writes += 1
        if chat_id is None:
            self._known.clear()
        else:
            self._known.pop(chat_id, None)


def of_link(only_chat: str | None) -> dict[str, Any]:
    """A condition: the chat that a link leads to, or one that continues it; any when there is no link."""
    return {"$or": [{"_id": only_chat}, {"earlier": only_chat}]} if only_chat else {}
