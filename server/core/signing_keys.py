"""The keys that sign tokens and addresses: the first one signs, both are accepted, so that nobody is out when they change."""

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

SHORTEST = 32  # bytes
FILE = "jwt.key"


def signing_keys(configured: str, data_dir: Path) -> tuple[str, ...]:
    """One or two: those of JWT_SECRET_KEY, or those kept in `data_dir`, made at the first start with mode 600."""
    if configured:
        return listed(configured)
    path = data_dir / FILE
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=data_dir) as file:  # of mode 600; nobody may read half of a key
            file.write(secrets.token_urlsafe(48))
            file.flush()
            with suppress(FileExistsError):  # another process of the same desk was faster
                os.link(file.name, path)
    return listed(path.read_text())


def listed(text: str) -> tuple[str, ...]:
    """Two keys with a comma between them; else one key, whatever signs are in it, as it was before there could be two."""
    parts = [part.strip() for part in text.strip().split(",")]
    if len(parts) == 2 and all(len(part.encode()) >= SHORTEST for part in parts):
        return tuple(parts)
    return (text.strip(),)


def rotate(data_dir: Path) -> None:
    """A new key that signs from the next start on; the present one is accepted still, the one before it no more."""
    present = signing_keys("", data_dir)[0]
    with tempfile.NamedTemporaryFile("w", dir=data_dir, delete=False) as file:  # of mode 600
        file.write(f"{secrets.token_urlsafe(48)},{present}")
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(data_dir / FILE)


def derived(key: str, purpose: bytes) -> bytes:
    """A key of its own for one purpose: nothing that another is for can be made with it."""
    return hmac.digest(key.encode(), b"deskwire " + purpose, hashlib.sha256)


def key_id(key: str) -> str:
    """What may be shown of a key."""
    return derived(key, b"fingerprint").hex()[:16]
