"""The key by which push services know this desk (VAPID, RFC 8292): kept like the key that signs the tokens."""

import os
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.core.settings import Settings
from server.core.signing_keys import derived, listed

FILE = "vapid.key"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the group of P-256
LIFE = timedelta(hours=12)  # of what is signed; push services take a day at most


def encoded(raw: bytes) -> str:
    """Base64 for URLs without padding, as everything about pushes is written."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Raises ValueError for what is no such text; its padding may be there or not."""
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


@dataclass(frozen=True)
class VapidKey:
    """`public` is what a browser subscribes with, and for it alone. `subject`: whom push services write to about this desk."""

    private: ec.EllipticCurvePrivateKey
    public: str
    subject: str

    def authorization(self, origin: str, now: datetime) -> str:
        """The header's value by which the push service at this origin knows who sends."""
        claims = {"aud": origin, "exp": int((now + LIFE).timestamp()), "sub": self.subject}
        return f"vapid t={jwt.encode(claims, self.private, algorithm='ES256')}, k={self.public}"


def vapid_key(settings: Settings) -> VapidKey:
    """That of VAPID_PRIVATE_KEY; else one made of JWT_SECRET_KEY, so that the desk's processes have the same; else the one kept
    in DATA_DIR, made at the first start with mode 600.
    """
    private = _private(_secret(settings))
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return VapidKey(private, encoded(point), settings.vapid_subject or _subject(settings))


def _secret(settings: Settings) -> int:
    if settings.vapid_private_key:
        return int.from_bytes(decoded(settings.vapid_private_key))
    if settings.jwt_secret_key:
        return int.from_bytes(derived(listed(settings.jwt_secret_key)[0], b"vapid")) % (ORDER - 1) + 1
    return int.from_bytes(decoded(_kept(settings.data_dir / FILE).strip()))


def _private(secret: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(secret, ec.SECP256R1())


def _kept(path: Path) -> str:
    if not path.exists():
        secret = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # of mode 600; nobody may read half of a key
            file.write(encoded(secret))
            file.flush()
            with suppress(FileExistsError):  # another process of the same desk was faster
                os.link(file.name, path)
    return path.read_text()


def _subject(settings: Settings) -> str:
    """Some push services take nothing but an address of mail or https."""
    mail = parseaddr(settings.mail_from)[1]
    if mail:
        return f"mailto:{mail}"
    return settings.base_url if settings.base_url.startswith("https://") else "mailto:deskwire@localhost"
