"""How far each side has come in a chat: its latest marks, found by index seeks and remembered in this process.

Marks only move on: a remembered tally is never ahead of the stored marks. In a process that is alone it is exact; beside
others it is as exact as what has been heard of their marks.
"""

from collections import OrderedDict
from typing import Any

from store.chats import CHATS
from store.client import Database
from store.log.records import Mark, Tally
from store.log.seeks import latest, seek

GROUPS = [(side, kind) for side in ("customer", "agent") for kind in ("delivered", "read")]
KEPT = 20_000  # chats whose tallies are remembered; another one costs a read


def tally_seeks(count: int) -> list[dict[str, Any]]:
    """The stages that find the last `count` marks of each side and kind, for `tally_of`."""
    return [seek("marks", f"{side}_{kind}", *latest(count, side=side, kind=kind)) for side, kind in GROUPS]


def tally_of(row: dict[str, Any]) -> Tally:
    return Tally(tuple(Mark.of(mark) for side, kind in GROUPS for mark in row[f"{side}_{kind}"]))


class Tallies:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)
        self._known: OrderedDict[str, Tally] = OrderedDict()
        self._being_read: dict[str, list[Mark]] = {}  # and the marks that are stored meanwhile

    async def of(self, chat_id: str) -> Tally:
        """How far both sides have come. Raises what the driver raises."""
        if chat_id not in self._known:
            meanwhile = self._being_read.setdefault(chat_id, [])
            try:
                tally = await self._read(chat_id)
            finally:
                self._being_read.pop(chat_id, None)
            for mark in meanwhile:
                tally = tally.moved_by(mark)
            self._known.setdefault(chat_id, tally)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(chat_id)
        return self._known[chat_id]

    def note(self, mark: Mark) -> None:
        """This mark is stored, here or elsewhere; one that says nothing new is passed over."""
        if mark.chat_id in self._known:
            if self._known[mark.chat_id].has(mark):
                return
            self._known[mark.chat_id] = self._known[mark.chat_id].moved_by(mark)
        elif mark.chat_id in self._being_read:
            self._being_read[mark.chat_id].append(mark)

    async def _read(self, chat_id: str) -> Tally:
        found = await self._chats.aggregate([{"$match": {"_id": chat_id}}, *tally_seeks(1)]).to_list(1)
        return tally_of(found[0]) if found else Tally(())
