"""Invitations: an admin sends a colleague a link, and the colleague makes its own account with it, once, within a week."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.core.clock import Clock
from server.core.errors import Conflict, Invalid, NotFound
from server.core.identity import Identity, public
from server.outbox.outbox import Outbox
from server.people.accounts import Accounts
from server.people.audit import Audit
from server.people.passwords import credential_hash
from server.people.sessions import Device, Sessions
from server.people.step_up import StepUp
from server.schemas.invitations import Invitation as Shown
from server.schemas.invitations import InviteUser, TakeInvitation
from server.schemas.render import listing, render
from store.invitations import Invitation
from store.invitations import Invitations as Stored
from store.outbox.deliveries import NewDelivery
from store.people import People
from store.records import Person

LIVES = timedelta(days=7)
INVITED = "invitation"  # the kind of its mail
USED_UP = "this link was used, or taken back, or is older than a week, or its maker is gone: ask for another one"


@dataclass(frozen=True)
class InvitationTokens:
    """What stands in the links: made of the invitation's id by a key of the desk, so that a mail can name it later, and no
    token is kept. The first of `keys` makes it, all are accepted.
    """

    keys: tuple[bytes, ...]

    def new(self, invitation_id: str) -> str:
        return _token(self.keys[0], invitation_id)

    def of(self, invitation: Invitation) -> str | None:
        """None for one that was made with a key of before."""
        made = (_token(key, invitation.id) for key in self.keys)
        return next((token for token in made if credential_hash(token) == invitation.token_hash), None)


@dataclass(frozen=True)
class Invitations:
    stored: Stored
    people: People
    step_up: StepUp
    audit: Audit
    clock: Clock
    base_url: str
    tokens: InvitationTokens
    outbox: Outbox | None

    async def invite(self, who: Identity, given: InviteUser) -> dict[str, Any]:
        """{invitation, url}: the link is shown this once, and mailed if there is an address and mail is sent.

        Raises Invalid for departments of an admin, and for an admin without the password of `who` beside it: whoever has stolen
        a session would make itself an account with a password of its own.
        """
        if given.role == "admin" and given.departments:
            raise Invalid(fields={"departments": ["Only agents have departments."]})
        if given.role == "admin":
            await self.step_up.require(who, given.own_password, "own_password")
        now, number = self.clock.now(), secrets.token_hex(12)
        token = self.tokens.new(number)
        invitation = Invitation(
            id=number,
            token_hash=credential_hash(token),
            role=given.role,
            name=given.name,
            departments=given.departments,
            email=given.email,
            by=who.id,
            created_at=now,
            expires_at=now + LIVES,
            claimed_at=None,
        )
        await self.stored.add(invitation)
        if self.outbox and given.email:
            await self.outbox.add([_mail(invitation.id, given.email)])
        await self.audit.note(who.id, "user_invited", None, role=given.role, invitation=invitation.id)
        return {"invitation": self._shown(invitation, who.person), "url": f"{self.base_url}/invite?token={token}"}

    async def listed(self, page: int, page_size: int) -> dict[str, Any]:
        """Those that nobody has used yet, the newest first."""
        count, found = await self.stored.page_open(self.clock.now(), page, page_size)
        people = await self.people.by_ids(each.by for each in found)
        return listing([self._shown(each, people[each.by]) for each in found], count)

    async def revoke(self, who: Identity, invitation_id: str) -> dict[str, Any]:
        """Again: nothing is left to do. Raises Conflict for one that was used, or is being used."""
        removed = await self.stored.remove_if_unclaimed(invitation_id, self.clock.now())
        if not removed and await self.stored.is_there(invitation_id):
            raise Conflict("somebody is making an account with this invitation at this moment: look again in a minute")
        taken = await self.people.by_invitation(invitation_id)
        if taken:
            raise Conflict(f"this invitation was used: {taken.name} is {taken.role} {taken.id} by now")
        if removed:
            await self.audit.note(who.id, "invitation_revoked", None, invitation=invitation_id)
        return {}

    @staticmethod
    def _shown(invitation: Invitation, by: Person) -> dict[str, Any]:
        return render(Shown, invitation, departments=invitation.departments or [], by=public(by))


def _mail(invitation_id: str, email: str) -> NewDelivery:
    return NewDelivery(
        key=f"invitation:{invitation_id}",
        kind=INVITED,
        channel="email",
        to=email,
        destination=email.rpartition("@")[2].lower(),
        data={"invitation": invitation_id},
    )


def _token(key: bytes, invitation_id: str) -> str:
    digest = hmac.digest(key, b"invitation " + invitation_id.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


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

        It is claimed before: of two who hold one link one comes in, and nobody who has revoked it sees an account made later.
        The account names its invitation, and a unique index lets no second one do so, whatever crashes. Raises NotFound for a
        link that is used up or whose maker is out, Invalid, Conflict for a taken user name.
        """
        invitation = await self.stored.claim_if_open(credential_hash(given.token), self.clock.now())
        if invitation is None:
            raise NotFound(USED_UP)
        if not await self._is_in(invitation.by):
            await self.stored.remove(invitation.id)
            raise NotFound(USED_UP)
        try:
            person = await self._make(invitation, given)
        except Exception:
            if await self.people.by_invitation(invitation.id) is None:
                await self.stored.give_back(invitation)
                raise
            await self.stored.remove(invitation.id)  # a crash came before this
            raise NotFound(USED_UP) from None
        await self.stored.remove(invitation.id)
        await self.audit.note(person.id, "invitation_taken", person.id, invitation=invitation.id)
        return await self.sessions.let_in(person, device)

    async def _is_in(self, person_id: str) -> bool:
        person = await self.people.find(person_id)
        return person is not None and not person.disabled

    async def _make(self, invitation: Invitation, given: TakeInvitation) -> Person:
        number = await self.people.next_id(invitation.role)
        more: dict[str, Any] = {"invitation": invitation.id, "email": invitation.email}
        if invitation.role == "admin":
            return await self.accounts.create_admin(number, given.username, given.password, given.name, **more)
        return await self.accounts.create_agent(
            number, given.username, given.password, name=given.name, departments=invitation.departments, **more
        )
