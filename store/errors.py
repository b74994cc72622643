"""What the store tells the rules when a write or the database itself says no."""

from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
)

# The database is away, stopped or full: nothing is wrong with the request, and the same one may be sent again.
AWAY: tuple[type[Exception], ...] = (
    ConnectionFailure,
    NetworkTimeout,
    NotPrimaryError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
    ExecutionTimeout,
)


def is_away(error: BaseException) -> bool:
    """Whether `error` means that the database cannot be reached or cannot write just now."""
    return isinstance(error, AWAY) or (isinstance(error, PyMongoError) and error.timeout)


class Conflict(Exception):
    """A unique thing exists already; the message names it."""


class LogClosed(Exception):
    """The chat's log ends with its closing line: nothing may follow it."""


class LogMoved(Exception):
    """The log has more lines than the one to be added was meant to follow."""


class LogBusy(Exception):
    """More lines wait for a commit than the limit allows; send this one again later."""


class SchemaTooNew(Exception):
    """The database was written by a later version of Deskwire."""


class SchemaBehind(Exception):
    """Migrations wait, and are not to be made unasked; the message names them."""


class SchemaMoved(Exception):
    """Another process takes the schema the other way at the same time."""


class UserNamesClash(Exception):
    """Accounts whose user names are one and the same now; the message names them and says what to do."""


class SchemaInUse(Exception):
    """Processes serve that would not understand an older schema; the message says what to do."""


class NoSuchVersion(Exception):
    """There is no such schema version; the message says which there are."""


class NoWayBack(Exception):
    """A migration that cannot be undone; the message says why."""


class NoReplicaSet(Exception):
    """The MongoDB server is a standalone one; the message says what to do."""


class HistoryLost(Exception):
    """The database's log of changes does not go back as far as somebody was away."""
