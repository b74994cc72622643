"""What goes over the channel: batches of hints, numbered by their process and sealed with the desk's key."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import orjson

SEAL = hashlib.sha256().digest_size * 2  # as hexadecimal digits

FRESH_SECONDS = 60.0  # by which clocks may differ, and Redis be late; beyond that hints are read from MongoDB

Hint = list[Any]  # [kind, value, ...]: see hint_receiver.py


@dataclass(frozen=True, slots=True)
class Batch:
    """What a process said at once. Its batches are numbered without a gap; an empty one says that it is there."""

    process_id: str
    number: int
    sent_at: float  # seconds since 1970, by the sender's clock
    hints: list[Hint]


class Envelopes:
    """Seals a batch for the channel and opens one. Only who has `key` can make an envelope that opens."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, batch: Batch) -> bytes:
        """Raises TypeError for what is no JSON."""
        body = orjson.dumps([batch.process_id, batch.number, batch.sent_at, batch.hints])
        return self._seal_of(body) + body

    def open(self, data: bytes, now: float) -> Batch | None:
        """None for what this desk did not seal, or not lately: what somebody recorded is not heard again."""
        seal, body = data[:SEAL], data[SEAL:]
        if not hmac.compare_digest(seal, self._seal_of(body)):
            return None
        batch = Batch(*orjson.loads(body))
        return batch if abs(now - batch.sent_at) < FRESH_SECONDS else None

    def _seal_of(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256).hex().encode()
