"""What a collection declares of itself, in one row beside its store: nothing here has a default, so nothing is forgotten.

Indexes, the purge, the replay of changes to other processes and what is remembered of documents are made from the rows. A
store gets its collection by its row only (`Database.collection`), so there is no way past it.
"""

from dataclasses import dataclass
from enum import Enum

from pymongo import IndexModel

from store.customer_data import NoCustomers, OfCustomers
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
    """The purge takes the words and names out of a document, and leaves what figures are made of: these values (MongoDB's
    expressions) instead.
    """

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

    `customers`: how what it holds of a customer is found, exported and erased. `personal`: the fields with words of or about
    people (ids are none): an erasure must leave none of them. `remembered`: this process remembers documents by their _id,
    and hears of every write that touches what it remembers. Raises ValueError for a row that would leave something.
    """

    name: str
    record: type[Record] | None
    indexes: tuple[IndexModel, ...]
    retention: Expires | WithChat | Stripped | Purged | Kept
    replay: Replay
    personal: tuple[str, ...]
    customers: OfCustomers | NoCustomers
    remembered: bool

    def __post_init__(self) -> None:
        if isinstance(self.customers, NoCustomers):
            left = list(self.personal)
        else:
            left = [field for field in self.personal if self.customers.leaves(field)]
        if left:
            raise ValueError(f"erasing a customer would leave {', '.join(left)} in the collection {self.name}")

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
    customers=NoCustomers("the desk's own state"),
    remembered=False,
)
