"""A visitor whom the host site knows: the site's own token names it, and the guest it was until now becomes it."""

from dataclasses import dataclass
from typing import Any, Protocol

from marshmallow import EXCLUDE, Schema

from server.core.characters import is_email, is_visible, single_blanks, web_address
from server.core.clock import Clock
from server.core.errors import NotFound, Unauthorized
from server.core.identity import Identity
from server.core.tokens import decode
from server.people.names import ReservedNames
from server.people.sessions import Device, Sessions
from server.schemas.fields import VISITOR, text
from store.people import People


class IdentityClaims(Schema):
    """The claims of the site's token that we keep; it may have others."""

    class Meta:
        unknown = EXCLUDE

    sub = text(200, shortest=1, required=True)
    name = text(100, allow_none=True, load_default=None)
    email = text(254, allow_none=True, load_default=None)
    avatar = text(2048, allow_none=True, load_default=None)


class GuestMerge(Protocol):
    """Gives what a guest leaves to the customer it turned out to be (server/connections/guest_merge.py)."""

    async def move(self, guest_id: str, customer_id: str) -> None: ...


@dataclass(frozen=True)
class Site:
    secret: str
    people: People
    sessions: Sessions
    guest_merge: GuestMerge
    names: ReservedNames
    clock: Clock

    async def identify(
        self, identity_token: str, guest: Identity | None, device: Device
    ) -> tuple[dict[str, Any], bool]:
        """The customer named by the host site's JWT (HS256 with SITE_SECRET; sub, exp): {token, user}.

        And whether a guest became it: then the guest's chats have moved and its session has ended.
        Raises NotFound when SITE_SECRET is empty, Unauthorized for a token that is not the site's or has expired,
        ValidationError for claims that do not fit.
        """
        if not self.secret:
            raise NotFound("this desk knows no host site: SITE_SECRET is empty")
        claims = decode(identity_token, self.secret, ["sub", "exp"])
        if claims["exp"] <= self.clock.now().timestamp():
            raise Unauthorized("the identity token has expired")
        known = IdentityClaims().load(claims)
        person = await self.people.identify(known["sub"], self.clock.now(), **self._shown(known))
        # Whom the site named before is somebody else at the same computer, not a guest: nothing of theirs moves.
        moved = guest is not None and guest.role == "customer" and guest.person.site_sub is None
        if guest and moved:
            await self.sessions.end(guest)
            await self.guest_merge.move(guest.id, person.id)
        return await self.sessions.let_in(person, device), moved

    def _shown(self, known: dict[str, Any]) -> dict[str, Any]:
        """Of a known user nothing is refused, for it cannot mend what its site says: what nobody should see is left out."""
        name = single_blanks(known["name"] or "")
        if not is_visible(name) or not self.names.allows(name):
            name = single_blanks(known["sub"])[:VISITOR]
        email = known["email"] if known["email"] and is_email(known["email"]) else None
        return {"name": name, "email": email, "avatar": web_address(known["avatar"])}
