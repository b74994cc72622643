"""Seals of what mails of the desk carry: by one it is known again, and also to which address its mail went."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

WHOM_BYTES = 4  # which address: guessing needs a mail a try
PROOF_BYTES = 6
SEAL_BYTES = WHOM_BYTES + PROOF_BYTES


@dataclass(frozen=True)
class Seals:
    """The first of `keys` seals, all are accepted. `what`: the thing that is sealed, and what it is, as in "reply 12ab"."""

    keys: tuple[bytes, ...]

    def seal(self, what: str, address: str) -> bytes:
        """Of a mail to this address."""
        return _seal(self.keys[0], what, _whom(self.keys[0], address))

    def is_ours(self, what: str, seal: bytes) -> bool:
        """Whether a mail of ours carried this, to whomever it went."""
        return any(hmac.compare_digest(_seal(key, what, seal[:WHOM_BYTES]), seal) for key in self.keys)

    def is_for(self, what: str, seal: bytes, address: str) -> bool:
        """Whether a mail of ours to this very address carried this."""
        return any(hmac.compare_digest(_seal(key, what, _whom(key, address)), seal) for key in self.keys)


def to_letters(raw: bytes) -> str:
    """In small letters and digits, which every mail server leaves as they are."""
    return base64.b32encode(raw).decode().rstrip("=").lower()


def from_letters(text: str) -> bytes | None:
    """None for what is none."""
    given = text.upper()
    try:
        return base64.b32decode(given + "=" * (-len(given) % 8))
    except (binascii.Error, ValueError):
        return None


def _whom(key: bytes, address: str) -> bytes:
    return hmac.digest(key, b"whom " + address.casefold().encode(), hashlib.sha256)[:WHOM_BYTES]


def _seal(key: bytes, what: str, whom: bytes) -> bytes:
    return whom + hmac.digest(key, b"sealed " + what.encode() + b" " + whom, hashlib.sha256)[:PROOF_BYTES]
