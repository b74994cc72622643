"""Tells those who are connected here what was read from MongoDB's log of changes, as if it had been hinted.

Lines and receipts are told as they were; chats, seats and sessions as they are now: who missed a step on the way there has
missed nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from server.bus.gaps.retold_chats import RetoldChats
from server.bus.gaps.retold_people import RetoldPeople
from server.queue.places import Places
from store.memory.changes import Change

Fields = frozenset[str] | None  # of a document that was written; None: it is new


@dataclass(frozen=True)
class Retelling:
    chats: RetoldChats
    people: RetoldPeople
    places: Places

    async def tell(self, changes: Iterable[Change]) -> int:
        """How many lines nobody had told here. Raises what the driver raises."""
        by: dict[str, list[Change]] = {}
        for change in changes:
            by.setdefault(change.collection, []).append(change)
        told = await self.chats.lines([change.record for change in by.get("messages", ())])
        await self.chats.marks([change.record for change in by.get("marks", ())])
        await self.chats.notes([change.record for change in by.get("notes", ())])
        await self.chats.states(written(by.get("chats", ())))
        await self.people.seats(written(by.get("seats", ())))
        await self.people.sessions([change.id for change in by.get("revocations", ())])
        if "chats" in by or "seats" in by:
            self.places.moved()
        return told

    async def give_up(self) -> None:
        """Nobody can say what was missed: everybody here comes again, and is whole by its welcome."""
        await self.people.send_away()


def written(changes: Iterable[Change]) -> dict[str, Fields]:
    """What was written of each document, all its changes together."""
    found: dict[str, Fields] = {}
    for change in changes:
        before = found.get(change.id, frozenset())
        found[change.id] = None if before is None or change.fields is None else before | change.fields
    return found
