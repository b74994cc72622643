"""Links that mails carry: each lets whoever holds it into one chat of one customer, and what continues it, for a week.

The link is a token of a kind of its own. Its first use begins a session that sees that chat only; asking for the page does
not, so that scanners of mails change nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from server.core.clock import Clock
from server.core.errors import Gone, LinkExpired
from server.core.identity import Identity
from server.core.tokens import CHAT_LINK, TRANSCRIPT, Claims, Tokens
from store.blocks import Blocks
from store.chats import Chats
from store.mail.addresses import MailAddresses
from store.people import People
from store.records import Chat, Person
from store.sessions import Session, SessionRecords

LIVES = timedelta(days=7)
KEPT_WITH_ITS_CHAT = timedelta(days=3650)  # of a transcript: the end of its chat comes first


@dataclass(frozen=True)
class ChatLinks:
    people: People
    chats: Chats
    blocks: Blocks
    records: SessionRecords
    addresses: MailAddresses
    tokens: Tokens
    clock: Clock
    address: str

    def url(self, customer_id: str, chat_id: str, email: str | None = None) -> str:
        """Where this customer goes on with this chat; whoever goes there reads what is mailed to `email`."""
        mailed = {"adr": _digest(email)} if email else {}
        return f"{self.address}/chat?token={self._token(CHAT_LINK, customer_id, chat_id, LIVES, **mailed)}"

    def transcript_token(self, customer_id: str, chat_id: str, upto: int) -> str:
        """Shows what was said in this chat up to that line, with its pictures and files, for as long as it is kept."""
        return self._token(TRANSCRIPT, customer_id, chat_id, KEPT_WITH_ITS_CHAT, upto=upto)

    async def transcribed(self, token: object) -> tuple[Chat, int | None]:
        """The chat whose transcript this token shows, and the last line that it does; None: all, for a token of before.

        Raises Unauthorized, LinkExpired, and what `led_to` does.
        """
        claims = self.tokens.read(token, self.clock.now(), (TRANSCRIPT,))
        _, chat = await self.led_to(claims)
        if chat.transcripts_from and claims.issued_at <= chat.transcripts_from:
            raise Gone
        return chat, claims.upto

    async def identify(self, claims: Claims) -> Identity:
        """Who comes by this link. Raises LinkExpired when its session was ended, and what `led_to` does."""
        person, chat = await self.led_to(claims)
        session = await self.records.find(claims.session_id) or await self._begin(claims, person)
        if session.is_over(self.clock.now()) or session.person_id != person.id or session.only_chat != chat.id:
            raise LinkExpired
        expires_at = min(claims.expires_at, session.expires_at)
        return Identity(person, session.id, claims.issued_at, expires_at, session.credentials_version, chat.id)

    async def led_to(self, claims: Claims) -> tuple[Person, Chat]:
        """The customer and the chat that a link names. Raises Gone when the customer was erased or blocked, the chat removed,
        or somebody else's by now: a guest's that is known by name has a page of its own to come back to.
        """
        person, chat = await self.people.find(claims.person_id), await self.chats.find(str(claims.chat_id))
        if person is None or person.role != "customer" or person.disabled or person.erasing or person.erased_at:
            raise Gone
        if chat is None or chat.purged or chat.customer_id != person.id:
            raise Gone
        block = await self.blocks.find(person.id)
        if block and (block.until is None or block.until > self.clock.now()):
            raise Gone
        return person, chat

    async def _begin(self, claims: Claims, person: Person) -> Session:
        """Its first use, by the page's script or another client: the address to which it was mailed is its holder's."""
        begun = Session.begun(claims.session_id, person, self.clock.now(), claims.expires_at, seen_at=self.clock.now())
        begun = replace(begun, only_chat=claims.chat_id)
        if claims.email_digest and person.email and _digest(person.email) == claims.email_digest:
            await self.addresses.verify_if_still(person.id, person.email)
        return begun if await self.records.begin(begun) else await self.records.find(begun.id) or begun

    def _token(self, kind: str, customer_id: str, chat_id: str, life: timedelta, **more: str | int) -> str:
        now = self.clock.now()
        return self.tokens.sign(kind, customer_id, secrets.token_urlsafe(12), now, now + life, chat=chat_id, **more)


def _digest(email: str) -> str:
    """A link tells nobody the address it was mailed to."""
    return hashlib.sha256(email.casefold().encode()).hexdigest()[:24]
