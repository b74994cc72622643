"""A forgotten password: the link of a mail chooses a new one, once, within half an hour; a second factor stays as it is."""

from dataclasses import dataclass
from datetime import timedelta

from server.core.clock import Clock
from server.core.errors import LinkExpired
from server.core.tokens import RESET, Tokens
from server.people import password_rules, passwords
from server.people.audit import Audit
from server.people.sessions import SessionRevoker
from store.credentials import Credentials
from store.people import STAFF, People
from store.records import Person
from store.sessions import SessionsOfPeople

LIVES = timedelta(minutes=30)
USED = "this link was used, or has run out, or the password was changed since: ask for another one"


@dataclass(frozen=True)
class PasswordReset:
    people: People
    credentials: Credentials
    sessions_of_people: SessionsOfPeople
    session_revoker: SessionRevoker
    tokens: Tokens
    audit: Audit
    clock: Clock

    def token(self, person: Person) -> str:
        """Good for the password of now only: whatever changes that, or ends its sessions, makes an end of the link."""
        now = self.clock.now()
        return self.tokens.sign(RESET, person.id, _version(person), now, now + LIVES)

    async def reset(self, token: str, password: str) -> None:
        """All its sessions end. Raises Unauthorized for no such link, LinkExpired for one that was used or is over, Invalid for
        a password that is not taken: then the link still counts.
        """
        claims = self.tokens.read(token, self.clock.now(), (RESET,))
        person = await self.people.find(claims.person_id)
        if person is None or not can_reset(person) or _version(person) != claims.session_id:
            raise LinkExpired(USED)
        await password_rules.check(password, str(person.username), person.name)
        hashed, now = await passwords.hash_password(password), self.clock.now()
        if await self.credentials.replace_password(person, hashed, now) is None:
            raise LinkExpired(USED)
        await self.sessions_of_people.end_all_of(person.id, now)
        await self.session_revoker.close_person(person.id)
        await self.audit.note(person.id, "password_reset", person.id)


def can_reset(person: Person) -> bool:
    """Whether this is somebody who logs in with a password, and may."""
    return person.role in STAFF and not person.disabled and not person.deleted_at


def _version(person: Person) -> str:
    return f"v{person.credentials_version or 0}"
