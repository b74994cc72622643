"""A visitor whom the host site knows: the site's own token names it, and the guest it was until now becomes it."""

from dataclasses import dataclass
from typing import Any

from server.chat.ending import Endings
from server.clock import Clock
from server.people.identity import Identity
from server.people.sessions import Sessions
from server.people.tokens import decode
from server.refusals import Invalid, NotFound, Unauthorized
from store.chats import Chats
from store.log.history import History
from store.people import People
from store.uploads import Uploads

TEXTS = {"name": 100, "email": 254, "avatar": 2048}


@dataclass(frozen=True)
class Belongings:
    """What a guest leaves to the customer it turns out to be."""

    chats: Chats
    history: History
    uploads: Uploads
    endings: Endings

    async def move(self, guest_id: str, customer_id: str) -> None:
        """Chats, lines and files change hands. Of two unended chats the guest's ends: a customer has one at most."""
        if await self.chats.unended_of(customer_id):
            for chat in await self.chats.unended_of(guest_id):
                await self.endings.end(chat, by=None, kind="system", reason="other", comment="went on in another chat")
        ids = await self.chats.ids_of_customer(guest_id)
        await self.chats.move(ids, customer_id)
        await self.history.move(ids, guest_id, customer_id)
        await self.uploads.move(guest_id, customer_id)


@dataclass(frozen=True)
class Site:
    secret: str
    people: People
    sessions: Sessions
    belongings: Belongings
    clock: Clock

    async def identify(self, identity_token: str, guest: Identity | None) -> dict[str, Any]:
        """The customer named by the host site's JWT (HS256 with SITE_SECRET; sub, exp): {token, user}.

        The guest's chats move with it and its session ends. Raises NotFound when SITE_SECRET is empty, Unauthorized
        for a token that is not the site's or has expired, Invalid for claims that do not fit.
        """
        if not self.secret:
            raise NotFound("this desk knows no host site: SITE_SECRET is empty")
        claims = decode(identity_token, self.secret, ["sub", "exp"])
        if claims["exp"] <= self.clock.now().timestamp():
            raise Unauthorized("the identity token has expired")
        known = {name: _text(name, claims.get(name), longest) for name, longest in TEXTS.items()}
        sub = _text("sub", claims["sub"], 200)
        if not sub:
            raise Invalid("the identity token's sub is empty")
        person = await self.people.identify(
            sub, known["name"] or sub, self.clock.now(), email=known["email"], avatar=known["avatar"]
        )
        if guest and guest.role == "customer" and guest.id != person.id:
            await self.sessions.end(guest)
            await self.belongings.move(guest.id, person.id)
        return self.sessions.let_in(person)


def _text(name: str, value: object, longest: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise Invalid(f"the identity token's {name} is not a text of at most {longest} characters")
    return value
