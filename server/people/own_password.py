"""Changing one's own password: every other session ends, this one goes on."""

from dataclasses import dataclass

from server.core.clock import Clock
from server.core.errors import Invalid, NotFound
from server.core.identity import Identity
from server.people import passwords
from server.people.audit import Audit
from server.people.session_revoker import SessionRevoker
from store.people import People


@dataclass(frozen=True)
class OwnPassword:
    people: People
    session_revoker: SessionRevoker
    audit: Audit
    clock: Clock

    async def change(self, who: Identity, old: str, new: str) -> dict[str, str]:
        """Again: answers as the first time. Raises Invalid when `old` is wrong (and `new` is not the password already)."""
        person = await self.people.find(who.id)
        if person is None:
            raise NotFound("this account is gone")
        if not await passwords.is_right(old, person.password_hash):
            if await passwords.is_right(new, person.password_hash):
                return {}
            await self.audit.note(who.id, "password_change_failed", who.id)
            raise Invalid("the old password is wrong", fields={"old": ["This is not your password."]})
        hashed = await passwords.hash_password(new)
        await self.people.set_password(who.id, hashed, self.clock.now(), session_kept=who.session_id)
        await self.audit.note(who.id, "password_changed", who.id)
        await self.session_revoker.close_person(who.id, but_session=who.session_id)
        return {}
