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
    """Seals a batch for the channel and opens one. Only who has one of `keys` can make an envelope that opens."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys

    def seal(self, batch: Batch) -> bytes:
        """Raises TypeError for what is no JSON."""
        body = orjson.dumps([batch.process_id, batch.number, batch.sent_at, batch.hints])
        return _seal(self._keys[0], body) + body

    def open(self, data: bytes, now: float) -> Batch | None:
        """None for what this desk did not seal, or not lately: what somebody recorded is not heard again."""
        seal, body = data[:SEAL], data[SEAL:]
        if not any(hmac.compare_digest(seal, _seal(key, body)) for key in self._keys):
            return None
        batch = Batch(*orjson.loads(body))
        return batch if abs(now - batch.sent_at) < FRESH_SECONDS else None


def _seal(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256).hex().encode()
