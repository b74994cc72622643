"""A customer says at which address it is reached while it is not here: unverified, until it shows that it reads it."""

from dataclasses import dataclass
from typing import Any

from server.core.errors import Forbidden
from server.core.identity import Identity
from server.core.write_guard import WriteGuard
from server.mail.unread import UnreadLines
from server.realtime.announcer import Announcer
from store.chats import Chats
from store.mail.addresses import MailAddresses


@dataclass(frozen=True)
class OwnAddress:
    stored: MailAddresses
    chats: Chats
    unread: UnreadLines
    write_guard: WriteGuard
    announcer: Announcer

    async def leave(self, who: Identity, email: str) -> dict[str, Any]:
        """The customer's address from now on; the agent of its chat sees it, and what it has not read is mailed there.
        Again: nothing changes. Raises Forbidden.
        """
        await self.write_guard.check_stored(who)
        if who.person.site_sub is not None and who.person.email is not None:
            raise Forbidden("the website that you came from has told us your address: change it there")
        if await self.stored.give(who.id, email):
            for chat in await self.chats.unended_of(who.id):
                await self.announcer.chat("chat_updated", chat)
            await self.unread.address_came(who.id)
        return {}
