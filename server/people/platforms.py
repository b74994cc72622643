"""Platforms: other servers, each with a credential of its own that is good for its scopes."""

import hmac
from dataclasses import dataclass
from typing import Any

from server.core.addresses import block_of
from server.core.clock import Clock
from server.core.errors import Forbidden, NotFound, Unauthorized
from server.core.identity import Identity
from server.core.rate_limits import Limits
from server.core.scopes import SCOPES
from server.core.settings.kinds import Rate
from server.people import passwords
from server.people.accounts import Accounts
from server.people.audit import Audit
from server.schemas.fields import is_identifier
from server.schemas.platforms import Platform as Shown
from server.schemas.render import listing, render
from store.credentials import AccountStates
from store.people import People
from store.records import Person

Holder = Person  # of a credential


@dataclass(frozen=True)
class PlatformCredentials:
    people: People
    limits: Limits
    rate: Rate
    audit: Audit

    async def platform(self, credential: str, address: str, scope: str) -> Holder:
        """The platform that shows this credential. Raises Unauthorized, or RateLimited where many wrong ones came from;
        Forbidden for one without this scope.
        """
        number, _, secret = credential.partition(".")
        is_one = number.startswith("p") and is_identifier(number) and secret.isascii()
        person = await self.people.find(number) if is_one else None
        known = person.password_hash if person and not person.disabled else None
        if person is None or not hmac.compare_digest(passwords.credential_hash(secret), known or ""):
            self.limits.spend(f"credential_failed:{block_of(address)}", self.rate)
            await self.audit.note_once(None, "credential_refused", person.id if person else None)
            raise Unauthorized("this credential is not valid")
        if scope not in scopes_of(person):
            await self.audit.note_once(person.id, "scope_refused", None, scope=scope)
            raise Forbidden(f"this credential has not the scope {scope}")
        return person


@dataclass(frozen=True)
class Platforms:
    people: People
    states: AccountStates
    accounts: Accounts
    audit: Audit
    clock: Clock

    async def create(self, who: Identity, name: str, scopes: list[str]) -> dict[str, Any]:
        """{platform, credential}: the credential is shown this once, only its hash is kept."""
        number = await self.people.next_id("platform")
        platform, credential = await self.accounts.create_platform(number, name, scopes)
        await self.audit.note(who.id, "platform_created", platform.id, scopes=" ".join(scopes))
        return {"platform": _shown(platform), "credential": credential}

    async def listed(self, page: int, page_size: int) -> dict[str, Any]:
        """Those that were not revoked, the newest first."""
        count, found = await self.people.page(["platform"], page, page_size)
        return listing([_shown(platform) for platform in found], count)

    async def revoke(self, who: Identity, platform_id: str) -> dict[str, Any]:
        """Again: nothing is left to do. Raises NotFound."""
        platform = await self.people.find(platform_id)
        if platform is None or platform.role != "platform":
            raise NotFound("there is no such platform")
        await self.states.leave(platform.id, self.clock.now())
        if await self.states.bury_if_leaving(platform.id, self.clock.now()):
            await self.audit.note(who.id, "platform_revoked", platform.id)
        return {}


def scopes_of(platform: Person) -> tuple[str, ...]:
    """One that was made without any, or when there were none, has them all."""
    return SCOPES if platform.scopes is None else tuple(platform.scopes)


def _shown(platform: Person) -> dict[str, Any]:
    return render(Shown, platform, scopes=list(scopes_of(platform)), disabled=bool(platform.disabled))
