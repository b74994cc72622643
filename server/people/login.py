"""Log-in of agents and admins: the password, the second factor, and a password of their own instead of a first one."""

from dataclasses import dataclass
from typing import Any

from server.core.clock import Clock
from server.core.errors import Invalid, PasswordChangeRequired, Unauthorized
from server.core.rate_limits import Limits
from server.core.settings.kinds import Rate
from server.people import password_rules, passwords
from server.people.audit import Audit
from server.people.second_factor import CodeCheck
from server.people.sessions import Sessions
from server.schemas.people import Login
from store.people import People, username_key
from store.records import Person


@dataclass(frozen=True)
class LogIn:
    people: People
    sessions: Sessions
    codes: CodeCheck
    limits: Limits
    rate: Rate
    audit: Audit
    clock: Clock

    async def log_in(self, given: Login, address: str) -> dict[str, Any]:
        """{token, user}. Raises Unauthorized, the same way and after the same time whatever is wrong.

        SecondFactorNeeded until a right code comes with it. With a first password: PasswordChangeRequired until `new_password`
        comes with it, too; Invalid for one that is not taken. The code counts only when all else is right.
        """
        self.limits.spend(f"login:{address}:{username_key(given.username)}", self.rate)
        person = await self._who(given, address)
        proof = await self.codes.check(person.id, given.code, address=address)
        hashed = await self._own_password(person, given) if person.first_password else None
        if proof:
            await self.codes.use(proof)
        if hashed:
            await self._change_first(person, hashed)
        await self.audit.note(person.id, "logged_in", person.id, address=address)
        return self.sessions.let_in(person)

    async def _who(self, given: Login, address: str) -> Person:
        """Whose name and password these are. With the new password only: its answer was lost, and it is sent again."""
        person = await self.people.by_username(given.username)
        known = person.password_hash if person else None
        right = await passwords.is_right(given.password, known)
        is_repeat = not right and given.new_password is not None and await passwords.is_right(given.new_password, known)
        if not (right or is_repeat) or person is None or person.disabled:
            # The name as it was typed is not kept: now and then it is somebody's password.
            await self.audit.note(None, "login_failed", person.id if person else None, address=address)
            raise Unauthorized("user name or password is wrong")
        if given.new_password is not None and not person.first_password and not is_repeat:
            sentence = "your password is your own already: change it in your account, once you are in"
            raise Invalid(sentence, fields={"new_password": [sentence]})
        return person

    async def _own_password(self, person: Person, given: Login) -> str:
        """The hash of what its owner chooses instead of a first one."""
        if given.new_password is None:
            raise PasswordChangeRequired
        if given.new_password == given.password:
            sentence = "this is the one that was given to you: choose another"
            raise Invalid(sentence, fields={"new_password": [sentence]})
        await password_rules.check(given.new_password, str(person.username), person.name, field="new_password")
        return await passwords.hash_password(given.new_password)

    async def _change_first(self, person: Person, hashed: str) -> None:
        if not await self.people.replace_first_password(person, hashed, self.clock.now()):
            raise Unauthorized("user name or password is wrong")  # somebody was faster, and has changed it
        await self.audit.note(person.id, "password_changed", person.id)
