"""Accounts of staff and platforms: made by the commands of run.py, the first start and admins; and one's own password."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from server.core.clock import Clock
from server.core.errors import Conflict, Invalid, NotFound
from server.core.identity import Identity
from server.people import password_rules, passwords
from server.people.audit import Audit
from server.people.session_renewal import SessionRenewal
from server.realtime.rooms import Connection
from server.schemas.people import USERNAME
from store.credentials import Credentials
from store.people import LETTERS, People
from store.records import Person
from store.seats import Seats


@dataclass(frozen=True)
class Accounts:
    people: People
    credentials: Credentials
    seats: Seats
    clock: Clock
    default_seats: int

    async def create_admin(
        self, person_id: str, username: str, password: str, name: str | None = None, **more: Any
    ) -> Person:
        """`more`: what else stands in its document. Raises Invalid for a bad id, name or password, Conflict for a taken one."""
        return await self._create("admin", person_id, username, password, name, **more)

    async def create_agent(  # noqa: PLR0913  the columns of an account, all named
        self,
        person_id: str,
        username: str,
        password: str,
        *,
        name: str | None = None,
        departments: list[str] | None = None,
        max_chats: int | None = None,
        **more: Any,
    ) -> Person:
        """An agent and its seat. `more` and what it raises are as with `create_admin`."""
        if max_chats is not None and not 0 <= max_chats <= 50:
            raise Invalid("an agent has 0 to 50 seats")
        agent = await self._create("agent", person_id, username, password, name, **more)
        await self.open_seat(agent.id, max_chats, departments)
        return agent

    async def open_seat(self, agent_id: str, max_chats: int | None, departments: list[str] | None) -> None:
        """The seat of a new agent; one that stands already is left as it is."""
        await self.seats.open(agent_id, self.default_seats if max_chats is None else max_chats, departments or [])

    async def create_platform(self, person_id: str, name: str, scopes: list[str] | None = None) -> tuple[Person, str]:
        """Another server, and the credential it shows as a Bearer token: only its hash is kept. Without scopes it has all."""
        number = checked_id("platform", person_id)
        secret = secrets.token_urlsafe(32)
        platform = await self.people.insert(
            number,
            "platform",
            name.strip(),
            self.clock.now(),
            password_hash=passwords.credential_hash(secret),
            scopes=scopes or None,
        )
        return platform, f"{number}.{secret}"

    async def change_password(self, username: str, password: str) -> Person:
        """A new password; every token issued until now is dead. Whose it is. Raises NotFound, Invalid."""
        person = await self.people.by_username(username)
        if person is None:
            raise NotFound(f"there is nobody with the user name {username}")
        await password_rules.check(password, str(person.username), person.name)
        await self.credentials.set_password(person.id, await passwords.hash_password(password), self.clock.now())
        return person

    async def change_username(self, username: str, now: str) -> Person | None:
        """Who is called so now. Raises NotFound when nobody is called exactly `username`, Invalid, Conflict for a taken one."""
        checked_username(now)
        if not await self.people.change_username_if_still(username, now):
            raise NotFound(f"there is nobody with the user name {username}, in exactly these letters")
        return await self.people.by_username(now)

    async def create_first(self) -> list[tuple[Person, str]]:
        """On an empty database one admin and one agent with random passwords; else nobody."""
        if await self.people.count("admin") or await self.people.count("agent"):
            return []
        made = []
        for create, person_id, username in ((self.create_admin, "a1", "admin"), (self.create_agent, "g1", "agent")):
            password = passwords.invent()
            try:
                made.append((await create(person_id, username, password, first_password=True), password))
            except Conflict:  # another process is making the first ones at this moment
                continue
        return made

    async def _create(
        self, role: str, person_id: str, username: str, password: str, name: str | None, **more: Any
    ) -> Person:
        checked_username(username)
        number = checked_id(role, person_id)
        await password_rules.check(password, username, name or "")
        return await self.people.insert(
            number,
            role,
            (name or username).strip(),
            self.clock.now(),
            username=username,
            password_hash=await passwords.hash_password(password),
            **more,
        )


def checked_id(role: str, given: str) -> str:
    """`7` or `g7` as g7. Raises Invalid for another role's letter or anything else."""
    match = re.fullmatch(rf"{LETTERS[role]}?([1-9]\d{{0,11}})", given)
    if not match:
        raise Invalid(f"the id of this {role} is a number, or {LETTERS[role]} and a number: 7 or {LETTERS[role]}7")
    return LETTERS[role] + match[1]


def checked_username(username: str) -> None:
    """Raises Invalid for one that has other characters, or too many."""
    if not USERNAME.fullmatch(username):
        raise Invalid("a user name has 1 to 64 letters, digits or . _ @ + -")


@dataclass(frozen=True)
class OwnPassword:
    people: People
    credentials: Credentials
    session_renewal: SessionRenewal
    audit: Audit
    clock: Clock

    async def change(self, at: Connection, old: str, new: str) -> dict[str, str]:
        """Every other session ends, this one begins anew. Again, within a minute: answers as the first time.

        Raises Invalid when `old` is wrong.
        """
        who = at.who
        person = await self.people.find(who.id)
        if person is None:
            raise NotFound("this account is gone")
        if not await passwords.is_right(old, person.password_hash):
            if await self._is_repeat(who, person, new):
                await self.session_renewal.keep_only(at, person)
                return {}
            await self.audit.note_once(who.id, "password_change_failed", who.id)
            raise _old_is_wrong()
        await password_rules.check(new, str(person.username), person.name, field="new")
        hashed = await passwords.hash_password(new)
        changed = await self.credentials.replace_password(person, hashed, self.clock.now(), session_kept=who.session_id)
        if changed is None:  # an admin was faster
            raise _old_is_wrong()
        await self.audit.note(who.id, "password_changed", who.id)
        await self.session_renewal.keep_only(at, changed)
        return {}

    async def _is_repeat(self, who: Identity, person: Person, new: str) -> bool:
        """Whether this session has just made it `new`. Otherwise it would be a second guess in each try."""
        if not await self.session_renewal.has_just_renewed(who):
            return False
        return await passwords.is_right(new, person.password_hash)


def _old_is_wrong() -> Invalid:
    return Invalid("the old password is wrong", fields={"old": ["This is not your password."]})
