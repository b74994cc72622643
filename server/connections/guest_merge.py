"""A guest turns out to be a customer whom the host site knows: what was the guest's is the customer's."""

from dataclasses import dataclass

from server.chat.ending import Endings
from server.connections.presence import ConnectionRegistry, renew_all
from server.core.signals import Signals
from server.realtime.announcer import Announcer
from server.realtime.rooms import Rooms
from store.chats import Chats
from store.log.history import History
from store.uploads import Uploads


@dataclass(frozen=True)
class GuestMerge:
    """What a guest leaves to the customer it turns out to be."""

    chats: Chats
    history: History
    uploads: Uploads
    endings: Endings
    announcer: Announcer
    registry: ConnectionRegistry
    rooms: Rooms
    signals: Signals

    async def move(self, guest_id: str, customer_id: str) -> None:
        """Chats, lines and files change hands. Of two unended chats the guest's ends: a customer has one at most.

        It may stop anywhere, and is done again: the lines go first, and those of chats that have moved before are looked for.
        """
        await self.signals.guest_identified.emit(guest_id, customer_id)
        if await self.chats.unended_of(customer_id):
            for chat in await self.chats.unended_of(guest_id):
                await self.endings.end(chat, by=None, kind="system", reason="other", comment="went on in another chat")
        ids = await self.chats.ids_of_customer(guest_id)
        await self.history.move([*ids, *await self.chats.ids_of_customer(customer_id)], guest_id, customer_id)
        await self.chats.move(ids, customer_id)
        await self.uploads.move(guest_id, customer_id)
        if not ids:
            return
        await renew_all(self.registry, customer_id, self.rooms)  # it may be here already, in another window
        for chat in await self.chats.unended_of(customer_id):
            await self.announcer.chat("chat_updated", chat)  # its agent sees who it is
