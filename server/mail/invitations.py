"""The mail that invites a colleague, where an address was given with the invitation."""

from dataclasses import dataclass

from server.channels.base import Gone, Later
from server.channels.mail import Address, Mail
from server.core.clock import Clock
from server.core.words import language_of, say
from server.mail.letters import Letters
from server.people.invitations import InvitationTokens
from store.invitations import Invitations
from store.outbox.deliveries import Delivery
from store.people import People


@dataclass(frozen=True)
class InvitationMails:
    stored: Invitations
    people: People
    tokens: InvitationTokens
    letters: Letters
    clock: Clock

    async def compose(self, delivery: Delivery) -> Mail | Gone | Later:
        """In the inviter's language: of the invited nobody knows one."""
        invitation = await self.stored.find_open(delivery.data["invitation"], self.clock.now())
        maker = await self.people.find(invitation.by) if invitation else None
        if invitation is None or invitation.email is None or maker is None or maker.disabled:
            return Gone("the invitation was used, taken back, or is over", is_unwanted=True)
        token = self.tokens.of(invitation)
        if token is None:
            return Gone("the invitation was made with a key that counts no more: make another one")
        language = language_of(maker.locale)
        intro = say(
            "invitation.intro",
            language,
            by=maker.name,
            desk=self.letters.desk,
            role=say(f"role.{invitation.role}", language),
            until=self.letters.time(language, invitation.expires_at),
        )
        return self.letters.mail(
            delivery,
            Address(invitation.email),
            language,
            subject="invitation.subject",
            template="notice",
            intro=intro,
            rows=[],
            quoted="",
            url=self.letters.url(f"/invite?token={token}"),
            button_text=say("invitation.button", language),
        )
