"""What the desk's key signs: tokens (JWT, HS256, sub, jti, ses, typ, iat and exp all required) and the addresses of uploads."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from server.core.clock import Clock
from server.core.errors import LinkExpired, Unauthorized
from server.core.signing_keys import derived, key_id

SESSION = "session"
CHAT_LINK = "chat_link"  # lets its holder into one chat, and what continues it
TRANSCRIPT = "transcript"  # shows what was said in one chat
RESET = "reset"  # lets its holder choose a new password, once
LEADING_TO_A_CHAT = {CHAT_LINK, TRANSCRIPT}
REQUIRED = ["sub", "jti", "ses", "typ", "iat", "exp"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. `session_id` stays the same when a token is renewed. `chat_id`, `email_digest`: a link's."""

    person_id: str
    session_id: str
    issued_at: datetime
    expires_at: datetime
    kind: str = SESSION
    chat_id: str | None = None
    email_digest: str | None = None
    upto: int | None = None


@dataclass(frozen=True)
class Tokens:
    """The first of `keys` signs, all are accepted."""

    keys: tuple[str, ...]

    def issue(self, person_id: str, session_id: str, now: datetime, expires_at: datetime) -> str:
        """A token of this session."""
        return self.sign(SESSION, person_id, session_id, now, expires_at)

    def sign(
        self, kind: str, person_id: str, session_id: str, now: datetime, expires_at: datetime, **more: str | int
    ) -> str:
        """A token of any kind. `more`: what else it says; `chat`: the chat that a link leads to, `upto`: its last line
        that it shows.
        """
        claims = {
            "sub": person_id,
            "jti": secrets.token_urlsafe(12),
            "ses": session_id,
            "typ": kind,
            "iat": now.timestamp(),
            "exp": int(expires_at.timestamp()),
            **more,
        }
        key = self.keys[0]
        return jwt.encode(claims, key, algorithm="HS256", headers={"kid": key_id(key)})

    def read(
        self, token: object, now: datetime, kinds: tuple[str, ...] = (SESSION,), *, also_past: bool = False
    ) -> Claims:
        """The claims of a genuine token of one of these kinds, and unexpired if not `also_past`. Raises Unauthorized
        for anything else, LinkExpired for a genuine link whose time is over.
        """
        if not isinstance(token, str) or not token or len(token) > 4096:
            raise Unauthorized("a token is missing")
        claims = self._decode(token)
        kind = claims["typ"]
        ids = ("sub", "ses", "chat") if kind in LEADING_TO_A_CHAT else ("sub", "ses")
        if kind not in kinds or not all(_is_id(claims.get(name)) for name in ids):
            raise Unauthorized("this is not a session's token" if kinds == (SESSION,) else "this is not such a link")
        issued_at, expires_at = (datetime.fromtimestamp(claims[name], now.tzinfo) for name in ("iat", "exp"))
        if now >= expires_at and not also_past:
            raise Unauthorized("the token has expired") if kind == SESSION else LinkExpired
        return Claims(
            claims["sub"],
            claims["ses"],
            issued_at,
            expires_at,
            kind,
            claims.get("chat"),
            claims.get("adr"),
            claims.get("upto"),
        )

    def bus_keys(self) -> tuple[bytes, ...]:
        """For what processes say to each other."""
        return tuple(derived(key, b"bus") for key in self.keys)

    def fingerprint(self) -> str:
        """What may be shown of the keys: processes of one desk must accept each other's first."""
        return ",".join(key_id(key) for key in self.keys)

    def media_keys(self) -> tuple[bytes, ...]:
        """For the signatures of upload URLs."""
        return tuple(derived(key, b"media") for key in self.keys)

    def keys_for(self, purpose: bytes) -> tuple[bytes, ...]:
        """For what is signed for this purpose, and no other."""
        return tuple(derived(key, purpose) for key in self.keys)

    def _decode(self, token: str) -> dict[str, Any]:
        """By the key that the token names; one of before names none, and may be of either."""
        try:
            named = jwt.get_unverified_header(token).get("kid")
        except (jwt.PyJWTError, ValueError):
            raise Unauthorized("the token is not valid") from None
        for key in self.keys[:-1]:
            if named == key_id(key):
                return decode(token, key, REQUIRED)
            with suppress(Unauthorized):
                if named is None:
                    return decode(token, key, REQUIRED)
        return decode(token, self.keys[-1], REQUIRED)


def decode(token: str, key: str, required: list[str]) -> dict[str, Any]:
    """The claims of an HS256 token with all of `required`. Times are judged by the caller's clock. Raises Unauthorized."""
    options: Any = {
        "require": required,
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
        "enforce_minimum_key_length": True,
    }
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["HS256"], options=options)
    except (jwt.PyJWTError, ValueError):
        raise Unauthorized("the token is not valid") from None
    if not all(is_time(claims[name]) for name in ("iat", "exp") if name in required):
        raise Unauthorized("the token is not valid")
    return claims


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.isascii()


def is_time(value: object) -> bool:
    """Seconds since 1970, as JWTs have them."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 32503680000  # the year 3000


@dataclass(frozen=True)
class Links:
    """Addresses that are signed for whoever hears of them, and for one session of theirs: it is looked at when one is used."""

    keys: tuple[bytes, ...]
    clock: Clock

    def query(self, path: str, person_id: str, session_id: str, life: timedelta | None = None) -> str:
        """What follows the path. Without a `life` good for an hour, rounded up to the next full one: browsers keep a picture as
        long.
        """
        hour = self.clock.now().replace(minute=0, second=0, microsecond=0)
        end = self.clock.now() + life if life else hour + timedelta(hours=2)
        until, hearer = int(end.timestamp()), f"{person_id}.{session_id}"
        return f"for={hearer}&until={until}&sig={_signed(self.keys[0], path, hearer, until)}"

    def hearer(self, path: str, query: Mapping[str, str]) -> tuple[str, str] | None:
        """The person and the session for whom we signed this path until a time that is not past; None if we did not."""
        hearer, until, signature = (query.get(name, "") for name in ("for", "until", "sig"))
        if not hearer.isascii() or not until.isascii() or not until.isdigit() or len(until) > 11:
            return None
        given = signature.encode(errors="replace")
        signed = [_signed(key, path, hearer, int(until)).encode() for key in self.keys]
        genuine = any(hmac.compare_digest(each, given) for each in signed)
        if not genuine or self.clock.now().timestamp() >= int(until):
            return None
        person_id, _, session_id = hearer.partition(".")
        return person_id, session_id


def _signed(key: bytes, path: str, hearer: str, until: int) -> str:
    said = f"{path}\n{hearer}\n{until}".encode(errors="replace")
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:40]
