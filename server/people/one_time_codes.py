"""Codes of a second factor: those that an app makes from a secret (TOTP, RFC 6238), and those for the day it is lost."""

import secrets
import unicodedata
from datetime import datetime

import pyotp
import segno

from server.people.passwords import credential_hash

SECONDS = 30
WINDOWS = (0, -1, 1)  # the clock of a phone is seldom wrong by more
RECOVERY_CODES = 10
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another one


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, account: str, desk: str) -> str:
    """What an app takes: otpauth://..."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=desk)


def picture(uri: str) -> str:
    """The address as a QR code: an SVG as a data: URL."""
    return str(segno.make(uri, error="m").svg_data_uri(scale=4, border=2, light="#fff"))


def plain(code: str) -> str:
    """As it is meant, however it was typed: blanks and dashes apart, in any script's digits."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", code).casefold() if sign.isalnum())


def step_of(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The window whose code this is, if it lies after the last one that was used; None for a wrong or a used one."""
    totp = pyotp.TOTP(secret, interval=SECONDS)
    present = int(now.timestamp()) // SECONDS
    for step in (present + window for window in WINDOWS):
        if step > after and secrets.compare_digest(totp.generate_otp(step).encode(), plain(code).encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """79 random bits each."""
    return ["-".join("".join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    return credential_hash(plain(code))
