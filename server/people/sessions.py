"""Sessions: who may come in, with which token, and when it ends."""

import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from server.core.clock import Clock
from server.core.errors import Unauthorized
from server.core.identity import Identity, public
from server.core.tokens import Tokens
from server.people import passwords
from server.people.accounts import credential_hash
from server.people.audit import Audit
from store.people import People
from store.records import Person
from store.revocations import Revocations


@dataclass(frozen=True)
class Sessions:
    people: People
    revocations: Revocations
    tokens: Tokens
    audit: Audit
    clock: Clock

    async def guest(self, name: str | None, email: str | None, locale: str | None) -> dict[str, Any]:
        """A new visitor: {token, user}."""
        number = await self.people.next_id("customer")
        given = name or f"Visitor {number[1:]}"
        person = await self.people.insert(number, "customer", given, self.clock.now(), email=email, locale=locale)
        return self.let_in(person)

    async def login(self, username: str, password: str, address: str) -> dict[str, Any]:
        """An agent or admin: {token, user}. Raises Unauthorized, the same way and after the same time whatever is wrong."""
        person = await self.people.by_username(username)
        right = await passwords.is_right(password, person.password_hash if person else None)
        if not right or person is None or person.disabled:
            # The name as it was typed is not kept: now and then it is somebody's password.
            await self.audit.note(None, "login_failed", person.id if person else None, address=address)
            raise Unauthorized("user name or password is wrong")
        await self.audit.note(person.id, "logged_in", person.id, address=address)
        return self.let_in(person)

    def let_in(self, person: Person) -> dict[str, Any]:
        """Begins a session: {token, user}."""
        return {"token": self.tokens.issue(person.id, self.clock.now()), "user": public(person)}

    async def identify(self, token: object) -> Identity:
        """Who shows this token. Raises Unauthorized when it is bad, expired or revoked, or its person is disabled."""
        claims = self.tokens.read(token, self.clock.now())
        person = await self.people.find(claims.person_id)
        if person is None or person.disabled:
            raise Unauthorized("this account is closed")
        who = Identity(person, claims.session_id, claims.issued_at, claims.expires_at)
        if who.is_outdated:
            raise Unauthorized("the password was changed; log in again")
        if await self.revocations.is_revoked(claims.session_id):
            raise Unauthorized("you are logged out")
        return who

    async def platform(self, credential: str) -> Person:
        """The platform that shows this credential. Raises Unauthorized."""
        number, _, secret = credential.partition(".")
        person = await self.people.find(number) if number.startswith("p") else None
        known = person.password_hash if person and not person.disabled else None
        if person is None or not hmac.compare_digest(credential_hash(secret), known or ""):
            raise Unauthorized("this credential is not valid")
        return person

    def renewed(self, who: Identity) -> tuple[Identity, str | None]:
        """The session with a fresh token when less than half of this one's life is left, else as it is."""
        now = self.clock.now()
        if who.expires_at - now >= self.tokens.lifetime / 2:
            return who, None
        token = self.tokens.issue(who.id, now, who.session_id)
        return replace(who, expires_at=self.tokens.read(token, now).expires_at), token

    async def end(self, who: Identity) -> None:
        """The session's tokens, the renewed ones too, are dead from now on."""
        await self.revocations.revoke(who.session_id, self.clock.now() + self.tokens.lifetime + timedelta(minutes=1))
