"""The one door to a guarded chat: a stranger's chat and a missing one read the same."""

from dataclasses import dataclass

from cachetools import LRUCache

from server.core.errors import NotFound, Unavailable
from server.core.identity import Identity
from server.core.outage import Outage
from store.chats import Chats
from store.errors import is_away
from store.memberships import Memberships
from store.records import Chat, Membership

KEPT = 10_000


class RecentMemberships:
    """The memberships that were read last: while the database is away they are what is known of a chat."""

    def __init__(self) -> None:
        self._chats: LRUCache[str, Membership] = LRUCache(KEPT)

    def note(self, chat: Membership) -> None:
        self._chats[chat.id] = chat

    def find(self, chat_id: str) -> Membership | None:
        return self._chats.get(chat_id)

    def agents_of(self, customer_id: str) -> list[str]:
        """Who served this customer when it was last looked at."""
        return [chat.agent_id for chat in self._chats.values() if chat.customer_id == customer_id and chat.agent_id]


WORDS_REMOVED = "what was said in this chat has been removed"
NOT_YOURS = "there is no such chat, or it is not yours"


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a chat, on this side."""

    who: Identity
    chat: Membership
    side: str


@dataclass(frozen=True)
class Access:
    chats: Chats
    memberships: Memberships
    recent: RecentMemberships
    outage: Outage

    async def member_chat(self, who: Identity, chat_id: str) -> Member:
        """The chat and this person's side in it. Raises NotFound."""
        chat = await self.memberships.of(chat_id)
        if chat:
            self.recent.note(chat)
        return _member(who, chat)

    async def recent_member_chat(self, who: Identity, chat_id: str) -> Member:
        """As `member_chat`; while the database is away, as the chat was when it was last read. For what is not stored."""
        try:
            self.outage.check()
            return await self.member_chat(who, chat_id)
        except Exception as error:
            if not (isinstance(error, Unavailable) or is_away(error)):
                raise
            return _member(who, self.recent.find(chat_id))

    async def own_chat(self, who: Identity, chat_id: str) -> Chat:
        """The whole chat, of one of its sides. Raises NotFound."""
        chat = await self.any_chat(chat_id)
        _member(who, chat)
        return chat

    async def visible_chat(self, who: Identity, chat_id: str) -> Membership:
        """An admin sees every chat, everybody else its own. Raises NotFound."""
        return await self.any_chat(chat_id) if who.role == "admin" else (await self.member_chat(who, chat_id)).chat

    async def any_chat(self, chat_id: str) -> Chat:
        """For admins, who watch every chat. Raises NotFound."""
        chat = await self.chats.find(chat_id)
        if chat is None:
            raise NotFound(NOT_YOURS)
        return chat


def _member(who: Identity, chat: Membership | None) -> Member:
    side = chat.side_of(who.id) if chat else None
    if chat is None or side is None or not who.may_see(chat):
        raise NotFound(NOT_YOURS)
    return Member(who, chat, side)
