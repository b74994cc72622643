"""What admins do with invitations: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.people.invitations import Invitations
from server.realtime.rooms import Connection
from server.schemas.invitations import InviteUser, RevokeInvitation
from server.schemas.payload import Page


@dataclass(frozen=True)
class InvitationCommands:
    invitations: Invitations

    async def invite_user(self, at: Connection, p: InviteUser) -> Answer:
        return await self.invitations.invite(at.who, p)

    async def list_invitations(self, at: Connection, p: Page) -> Answer:
        return await self.invitations.listed(p.page, p.page_size)

    async def revoke_invitation(self, at: Connection, p: RevokeInvitation) -> Answer:
        return await self.invitations.revoke(at.who, p.id)
