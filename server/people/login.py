"""Log-in of agents and admins: the password, the second factor, and a password of their own instead of a first one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.core.addresses import block_of
from server.core.clock import Clock
from server.core.errors import Invalid, PasswordChangeRequired, Unauthorized
from server.core.rate_limits import Limits
from server.core.settings.kinds import Rate
from server.people import password_rules, passwords
from server.people.audit import Audit
from server.people.second_factor import CodeCheck
from server.people.sessions import Device, Sessions
from server.schemas.people import Login
from store.credentials import Credentials
from store.people import People, username_key
from store.records import Person

WRONG = "user name or password is wrong"
REPEATED_WITHIN = timedelta(minutes=1)  # a log-in whose answer was lost


@dataclass(frozen=True)
class LogIn:
    people: People
    credentials: Credentials
    sessions: Sessions
    codes: CodeCheck
    limits: Limits
    rate: Rate
    audit: Audit
    clock: Clock

    async def log_in(self, given: Login, device: Device) -> dict[str, Any]:
        """{token, user}. Raises Unauthorized, the same way and after the same time whatever is wrong.

        SecondFactorNeeded until a right code comes with it. With a first password: PasswordChangeRequired until `new_password`
        comes with it, too; Invalid for one that is not taken. The code counts only when all else is right.
        """
        self.limits.spend(f"login:{block_of(device.address)}:{username_key(given.username)}", self.rate)
        person = await self._who(given, device)
        proof = await self.codes.check(person.id, given.code, address=device.address)
        hashed = await self._own_password(person, given) if person.first_password else None
        if proof:
            await self.codes.use(proof)
        if hashed:
            person = await self._change_first(person, hashed)
        let_in = await self.sessions.let_in(person, device)
        present = await self.people.find(person.id)
        if present is None or present.disabled or not present.has_credentials(person.credentials_version):
            raise Unauthorized(WRONG)  # changed while this was going on: the session is over by that
        await self.audit.note(person.id, "logged_in", person.id, address=device.address)
        return let_in

    async def _who(self, given: Login, device: Device) -> Person:
        """Whose name and password these are. With the new password only: its answer was lost, and it is sent again."""
        person = await self.people.by_username(given.username)
        known = person.password_hash if person else None
        right = await passwords.is_right(given.password, known)
        is_repeat = not right and given.new_password is not None and await passwords.is_right(given.new_password, known)
        is_repeat = is_repeat and person is not None and self._has_just_chosen(person)
        if not (right or is_repeat) or person is None or person.disabled:
            # The name as it was typed is not kept: now and then it is somebody's password.
            whom, block = person.id if person else None, block_of(device.address)
            await self.audit.note_once(None, "login_failed", whom, address=block)
            raise Unauthorized(WRONG)
        if given.new_password is not None and not person.first_password and not is_repeat:
            raise Invalid.of_field(
                "new_password", "your password is your own already: change it in your account, once you are in"
            )
        return person

    def _has_just_chosen(self, person: Person) -> bool:
        """Whether it logged in with a new password a moment ago. Otherwise that would be a second guess in each try."""
        changed_at = person.tokens_from
        return changed_at is not None and self.clock.now() < changed_at + REPEATED_WITHIN and not person.session_kept

    async def _own_password(self, person: Person, given: Login) -> str:
        """The hash of what its owner chooses instead of a first one."""
        if given.new_password is None:
            raise PasswordChangeRequired
        if given.new_password == given.password:
            raise Invalid.of_field("new_password", "this is the one that was given to you: choose another")
        await password_rules.check(given.new_password, str(person.username), person.name, field="new_password")
        return await passwords.hash_password(given.new_password)

    async def _change_first(self, person: Person, hashed: str) -> Person:
        changed = await self.credentials.replace_password(person, hashed, self.clock.now())
        if changed is None:
            raise Unauthorized(WRONG)  # somebody was faster, and has changed it
        await self.audit.note(person.id, "password_changed", person.id)
        return changed
