"""How a batch of hints looks on the channel: JSON behind a seal, because whoever reaches Redis must not speak for the desk."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import orjson

SEAL = hashlib.sha256().digest_size * 2  # as hexadecimal digits

Hint = list[Any]  # [kind, value, ...]: see hearing.py


@dataclass(frozen=True, slots=True)
class Batch:
    """What a process said at once. Its batches are numbered without a gap; an empty one says that it is there."""

    process_id: str
    number: int
    sent_at: float  # the sender's loop time: only its own echo can be measured by it
    hints: list[Hint]


class Envelopes:
    """`key`: only who has it can make an envelope that opens."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, batch: Batch) -> bytes:
        """Raises TypeError for what is no JSON."""
        body = orjson.dumps([batch.process_id, batch.number, batch.sent_at, batch.hints])
        return self._seal_of(body) + body

    def open(self, data: bytes) -> Batch | None:
        """None for what this desk did not seal."""
        seal, body = data[:SEAL], data[SEAL:]
        if not hmac.compare_digest(seal, self._seal_of(body)):
            return None
        return Batch(*orjson.loads(body))

    def _seal_of(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256).hex().encode()
