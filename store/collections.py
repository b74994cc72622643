"""What a collection declares of itself, in one row beside its store: nothing here has a default, so nothing is forgotten.

Indexes, the purge, the replay of changes to other processes and what is remembered of documents are made from the rows. A
store gets its collection by its row only (`Database.collection`), so there is no way past it.
"""

from dataclasses import dataclass
from enum import Enum

from pymongo import IndexModel

from store.records import Record


@dataclass(frozen=True)
class Expires:
    """MongoDB removes a document so many seconds after the time in its `field`; the index is made from this."""

    field: str
    seconds: int

    def index(self) -> IndexModel:
        return IndexModel([(self.field, 1)], name="ttl", expireAfterSeconds=self.seconds)


@dataclass(frozen=True)
class WithChat:
    """Deleted by the purge with the chat whose id stands in `field`."""

    field: str


@dataclass(frozen=True)
class Stripped:
    """The purge takes the words and names out of a document, and leaves what figures are made of: these values instead."""

    values: dict[str, object]


@dataclass(frozen=True)
class Purged:
    """Removed by the purge when nothing refers to it any more; `what` says when that is."""

    what: str


@dataclass(frozen=True)
class Kept:
    """Not removed by time; `why` says until when, or what else removes it."""

    why: str


class Replay(Enum):
    """What a process does with a change that no hint told it of."""

    NO = "nobody hears of it"
    DOCUMENT = "told from the document that was written"
    STATE = "told as it is now"


@dataclass(frozen=True)
class Collection:
    """What a store declares of its collection.

    `personal`: the fields that hold data of people; export and erasure read this. `remembered`: this process remembers
    documents by their _id, and hears of every write that touches what it remembers.
    """

    name: str
    record: type[Record] | None
    indexes: tuple[IndexModel, ...]
    retention: Expires | WithChat | Stripped | Purged | Kept
    replay: Replay
    personal: tuple[str, ...]
    remembered: bool

    def all_indexes(self) -> list[IndexModel]:
        expiry = [self.retention.index()] if isinstance(self.retention, Expires) else []
        return [*self.indexes, *expiry]


META = Collection(
    name="meta",
    record=None,
    indexes=(),
    retention=Kept("the schema's version, and until when the desk was away last"),
    replay=Replay.NO,
    personal=(),
    remembered=False,
)
