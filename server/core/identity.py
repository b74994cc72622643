"""Who stands behind a connection or a request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.records import Membership, Person


@dataclass(frozen=True, slots=True)
class Identity:
    """A person with a valid token. `session_id` is shared by a token and the fresh ones that follow it.

    `credentials_version` is the person's as it was when the session began. `only_chat`: it came by a link that leads to this
    chat, and to what continues it.
    """

    person: Person
    session_id: str
    issued_at: datetime
    expires_at: datetime
    credentials_version: int | None
    only_chat: str | None = None

    def may_see(self, chat: Membership) -> bool:
        """Whether a chat of this person's is one that it came for."""
        return self.only_chat is None or chat.is_or_goes_on_from(self.only_chat)

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def role(self) -> str:
        return self.person.role

    @property
    def is_outdated(self) -> bool:
        """Whether the password was changed since, or the account disabled; not in the session in which that was done."""
        return not self.person.has_credentials(self.credentials_version) and self.session_id != self.person.session_kept


def public(person: Person) -> dict[str, Any]:
    """The User of the wire (docs/PROTOCOL.md): what everybody may see of a person."""
    return {"id": person.id, "role": person.role, "name": person.name, "avatar": person.avatar}


def for_staff(person: Person) -> dict[str, Any]:
    """The User as agents who serve a customer, and admins, see it."""
    shown = {**public(person), "email": person.email, "attributes": person.attributes or {}}
    return shown if person.email is None else {**shown, "email_state": email_state(person)}


def email_state(person: Person) -> dict[str, Any]:
    """What is known of its address."""
    return {
        "verified": person.has_verified_email,
        "bounced": person.has_bounced,
        "stopped": sorted(person.stopped_mails or ()),
    }
