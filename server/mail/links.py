"""Links of mails that do one thing at the desk: confirm an address, stop mails of a kind. Signed, and good for that only."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from server.core.clock import Clock

CONFIRM, STOP = "mail_confirm", "mail_stop"
LIVES = {CONFIRM: timedelta(hours=24), STOP: timedelta(days=365)}


@dataclass(frozen=True)
class MailLink:
    """What a link says: whose address it is for. `kind`: of the mails that it stops."""

    person_id: str
    email: str
    kind: str


@dataclass(frozen=True)
class MailLinks:
    """The first of `keys` signs, all are accepted."""

    keys: tuple[bytes, ...]
    base_url: str
    clock: Clock

    def url(self, purpose: str, link: MailLink) -> str:
        path = {CONFIRM: "confirm", STOP: "stop"}[purpose]
        return f"{self.base_url}/mail/{path}?token={self._token(purpose, link)}"

    def read(self, purpose: str, token: str) -> MailLink | None:
        """What a link of ours says whose time is not over; None for any other."""
        for key in self.keys:
            try:
                claims: dict[str, Any] = jwt.decode(token, key, ["HS256"], options={"verify_exp": False})
            except (jwt.PyJWTError, ValueError):
                continue
            if claims.get("typ") == purpose and self.clock.now().timestamp() < claims["exp"]:
                return MailLink(claims["sub"], claims["adr"], claims["knd"])
        return None

    def _token(self, purpose: str, link: MailLink) -> str:
        until = int((self.clock.now() + LIVES[purpose]).timestamp())
        claims = {"typ": purpose, "sub": link.person_id, "adr": link.email, "knd": link.kind, "exp": until}
        return jwt.encode(claims, self.keys[0], "HS256")
