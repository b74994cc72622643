"""Which chats are open and visible somewhere: their pages say so, and what is seen is not pushed."""

from dataclasses import dataclass, field
from typing import Any

from cachetools import TTLCache

from server.core.identity import Identity
from server.realtime import rooms
from server.realtime.broadcast import TellOthers
from server.realtime.rooms import Connection, Rooms
from server.schemas.rows import NAMESPACES

KEPT = 20_000  # people who look at a page of another process; one that is forgotten gets a push too much
SECONDS = 45.0  # after which another process is not believed any more: it says so again before, if it lives
RENEW_SECONDS = 20.0


@dataclass(frozen=True)
class VisiblePages:
    """Of this process by its connections, of the others by what they hinted last: lossy, and never stored."""

    rooms: Rooms
    tell_others: TellOthers
    elsewhere: TTLCache[str, list[str]] = field(default_factory=lambda: TTLCache(KEPT, SECONDS))

    def set(self, connection: Connection, chat_id: str | None, *, visible: bool) -> dict[str, Any]:
        """This page can be seen, or not, and this chat is open in it."""
        connection.visible = (chat_id or "") if visible else None
        self._tell(connection.who)
        return {}

    async def renew(self) -> None:
        """Says again to the other processes what can be seen here."""
        for who in {c.who.id: c.who for c in self.rooms if c.visible is not None}.values():
            self._tell(who)

    def heard(self, person_id: str, chats: list[str]) -> None:
        """Another process said which pages of this person can be seen there: each by its chat, or ''. The last word counts."""
        if chats:
            self.elsewhere[person_id] = chats
        else:
            self.elsewhere.pop(person_id, None)

    def sees(self, role: str, person_id: str, chat_id: str | None = None) -> bool:
        """Whether this person sees the chat; without one: any page of the desk."""
        shown = self._here(role, person_id) + self.elsewhere.get(person_id, [])
        return chat_id in shown if chat_id else bool(shown)

    def _here(self, role: str, person_id: str) -> list[str]:
        members = self.rooms.members(NAMESPACES[role], rooms.of_person(person_id))
        return [each.visible for each in members if each.visible is not None]

    def _tell(self, who: Identity) -> None:
        self.tell_others("visible", who.id, self._here(who.role, who.id))
