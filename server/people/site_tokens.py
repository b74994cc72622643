"""The host site's word of who a visitor is: a JWT (HS256 with SITE_SECRET). What it says of itself must be true."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from server.core.clock import Clock
from server.core.errors import NotFound, Unauthorized
from server.core.tokens import decode, is_time
from server.schemas.fields import is_text
from store.site_tokens import UsedSiteTokens

LONGEST = timedelta(days=1)  # a token that somebody copied out of a page should not be good for long
CLOCKS = timedelta(minutes=1)  # by which the site's clock may differ from ours


@dataclass(frozen=True)
class SiteTokens:
    """`audience` and `issuer` are SITE_AUDIENCE and SITE_ISSUER; without an audience the desk goes by its address."""

    secret: str
    audience: str
    issuer: str
    base_url: str
    used: UsedSiteTokens
    clock: Clock

    def claims(self, token: str) -> dict[str, Any]:
        """What a genuine token says. `sub` and `exp` it must have; nbf, iat, aud and iss count when they are there.

        Raises NotFound when SITE_SECRET is empty, else Unauthorized with what is wrong, for whoever builds the site.
        """
        if not self.secret:
            raise NotFound("this desk knows no host site: SITE_SECRET is empty")
        claims = decode(token, self.secret, ["sub", "exp"])
        self._check_times(claims, self.clock.now())
        if "aud" in claims and not self._is_for_us(claims["aud"]):
            raise Unauthorized(
                f"the identity token is for another audience: its aud must name {self.audience or 'this desk'}"
            )
        if self.issuer and claims.get("iss", self.issuer) != self.issuer:
            raise Unauthorized(f"the identity token is of another issuer: its iss must be {self.issuer}")
        if "jti" in claims and not is_text(claims["jti"], 256):
            raise Unauthorized("the identity token's jti is no text of 1 to 256 characters")
        return claims

    async def use(self, claims: dict[str, Any]) -> None:
        """Raises Unauthorized for a token with a jti that was used before."""
        if "jti" not in claims:
            return
        expires_at = datetime.fromtimestamp(claims["exp"], self.clock.now().tzinfo) + CLOCKS
        if not await self.used.use(claims["jti"], expires_at):
            raise Unauthorized("the identity token was used before: a token with a jti is good for once")

    def _check_times(self, claims: dict[str, Any], now: datetime) -> None:
        for name in ("nbf", "iat"):
            if name in claims and not is_time(claims[name]):
                raise Unauthorized(f"the identity token's {name} is no time")
            if name in claims and claims[name] > (now + CLOCKS).timestamp():
                raise Unauthorized(f"the identity token is not valid yet: its {name} is in the future")
        if claims["exp"] <= now.timestamp():
            raise Unauthorized("the identity token has expired")
        if claims["exp"] > (now + LONGEST + CLOCKS).timestamp():
            raise Unauthorized("the identity token is good for too long: its exp may be a day ahead at most")

    def _is_for_us(self, audience: object) -> bool:
        named = audience if isinstance(audience, list) else [audience]
        own = {self.audience} if self.audience else {self.base_url, urlsplit(self.base_url).hostname, "deskwire"}
        return any(isinstance(each, str) and each.rstrip("/") in own for each in named)
