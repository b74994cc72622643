"""Argon2id at OWASP's floor (19 MiB, t=2, p=1; 21 ms here), in threads of its own so that the loop goes on."""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.people.hash_threads import HashThreads, processors_to_spare

THREADS = HashThreads(processors_to_spare())  # of the process, however many desks it has
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_decoy = _hasher.hash(secrets.token_hex())  # a log-in for an unknown name takes as long as for a known one


async def hash_password(password: str) -> str:
    """Raises Unavailable when too many wait."""
    return await THREADS.run(lambda: _hasher.hash(password))


async def is_right(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash; False, after the same time, when there is none.

    Raises Unavailable when too many wait.
    """

    def verify() -> bool:
        try:
            return _hasher.verify(password_hash or _decoy, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    return await THREADS.run(verify)


def invent() -> str:
    """A random password that people can type: 16 characters, 80 bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789X"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def credential_hash(secret: str) -> str:
    """256 random bits need no slow hash."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()
