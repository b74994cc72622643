"""The site's tokens that may be used once, and have been: by their hashes, until they have expired."""

import hashlib
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import NoCustomers

SITE_TOKENS = Collection(
    name="site_tokens",
    record=None,
    indexes=(),
    retention=Expires("expires_at", 0),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("hashes of tokens that nobody can read back"),
    remembered=False,
)


class UsedSiteTokens:
    def __init__(self, database: Database) -> None:
        self._tokens = database.collection(SITE_TOKENS)

    async def use(self, jti: str, expires_at: datetime) -> bool:
        """Whether this is the first time, in all processes."""
        try:
            await self._tokens.insert_one({"_id": hashlib.sha256(jti.encode()).hexdigest(), "expires_at": expires_at})
        except DuplicateKeyError:
            return False
        return True
