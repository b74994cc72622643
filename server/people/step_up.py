"""Step-up: whoever does what a stolen session must not do enters its own password once more."""

from dataclasses import dataclass

from server.core.errors import Invalid
from server.core.identity import Identity
from server.core.rate_limits import Limits
from server.core.settings.kinds import Rate
from server.people import passwords
from server.people.audit import Audit
from store.people import People


@dataclass(frozen=True)
class StepUp:
    people: People
    limits: Limits
    rate: Rate
    audit: Audit

    async def require(self, who: Identity, password: str | None, field: str = "password") -> None:
        """Raises Invalid in `field` when it is missing or not the password of `who`, RateLimited after too many wrong ones."""
        if password is None:
            raise Invalid.of_field(field, "enter your own password as well")
        key = f"step_up:{who.id}"
        self.limits.spend(key, self.rate)
        person = await self.people.find(who.id)
        if not await passwords.is_right(password, person.password_hash if person else None):
            await self.audit.note_once(who.id, "step_up_failed", who.id)
            raise Invalid.of_field(field, "this is not your password")
        self.limits.refund(key, self.rate)
