"""Invitations: an admin sends a colleague a link, and the colleague makes its own account with it, once, within a week."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.core.clock import Clock
from server.core.errors import Conflict, Invalid, NotFound
from server.core.identity import Identity, public
from server.people.accounts import Accounts
from server.people.audit import Audit
from server.people.passwords import credential_hash
from server.people.sessions import Device, Sessions
from server.schemas.invitations import Invitation as Shown
from server.schemas.invitations import InviteUser, TakeInvitation
from server.schemas.render import listing, render
from store.errors import Conflict as StoreConflict
from store.invitations import Invitation
from store.invitations import Invitations as Stored
from store.people import People
from store.records import Person

LIVES = timedelta(days=7)
USED_UP = "this link was used, or taken back, or is older than a week: ask for another one"


@dataclass(frozen=True)
class Invitations:
    stored: Stored
    people: People
    audit: Audit
    clock: Clock
    base_url: str

    async def invite(self, who: Identity, given: InviteUser) -> dict[str, Any]:
        """{invitation, url}: the link is shown this once. Raises Invalid for departments of an admin."""
        if given.role == "admin" and given.departments:
            raise Invalid(fields={"departments": ["Only agents have departments."]})
        now, token = self.clock.now(), secrets.token_urlsafe(32)
        invitation = Invitation(
            id=secrets.token_hex(12),
            token_hash=credential_hash(token),
            role=given.role,
            name=given.name,
            departments=given.departments,
            email=given.email,
            by=who.id,
            created_at=now,
            expires_at=now + LIVES,
        )
        await self.stored.add(invitation)
        await self.audit.note(who.id, "user_invited", None, role=given.role, invitation=invitation.id)
        return {"invitation": self._shown(invitation, who.person), "url": f"{self.base_url}/invite?token={token}"}

    async def listed(self, page: int, page_size: int) -> dict[str, Any]:
        """Those that nobody has used yet, the newest first."""
        count, found = await self.stored.page_open(self.clock.now(), page, page_size)
        people = await self.people.by_ids(each.by for each in found)
        return listing([self._shown(each, people[each.by]) for each in found], count)

    async def revoke(self, who: Identity, invitation_id: str) -> dict[str, Any]:
        """Again: nothing is left to do. Raises Conflict for one that was used."""
        taken = await self.people.by_invitation(invitation_id)
        removed = await self.stored.remove(invitation_id)
        if taken:
            raise Conflict(f"this invitation was used: {taken.name} is {taken.role} {taken.id} by now")
        if removed:
            await self.audit.note(who.id, "invitation_revoked", None, invitation=invitation_id)
        return {}

    @staticmethod
    def _shown(invitation: Invitation, by: Person) -> dict[str, Any]:
        return render(Shown, invitation, departments=invitation.departments or [], by=public(by))


@dataclass(frozen=True)
class Arrivals:
    stored: Stored
    people: People
    accounts: Accounts
    sessions: Sessions
    audit: Audit
    clock: Clock

    async def take(self, given: TakeInvitation, device: Device) -> dict[str, Any]:
        """Makes the account that its owner was invited to, and lets it in: {token, user}.

        The account names its invitation, and a unique index lets no second one do so: of two who hold one link one comes in,
        whatever crashes. Raises NotFound for a link that is used up, Invalid, Conflict for a taken user name.
        """
        invitation = await self.stored.find_open(credential_hash(given.token), self.clock.now())
        if invitation is None:
            raise NotFound(USED_UP)
        try:
            person = await self._make(invitation, given)
        except StoreConflict:
            if await self.people.by_invitation(invitation.id) is None:
                raise
            await self.stored.remove(invitation.id)  # a crash came before this
            raise NotFound(USED_UP) from None
        await self.stored.remove(invitation.id)
        await self.audit.note(person.id, "invitation_taken", person.id, invitation=invitation.id)
        return await self.sessions.let_in(person, device)

    async def _make(self, invitation: Invitation, given: TakeInvitation) -> Person:
        number = await self.people.next_id(invitation.role)
        more: dict[str, Any] = {"invitation": invitation.id, "email": invitation.email}
        if invitation.role == "admin":
            return await self.accounts.create_admin(number, given.username, given.password, given.name, **more)
        return await self.accounts.create_agent(
            number, given.username, given.password, name=given.name, departments=invitation.departments, **more
        )
