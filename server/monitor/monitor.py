"""What admins watch, live and read only."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.chat.reading import Reading
from server.people.audit import Audit
from server.realtime import rooms
from server.realtime.desk_figures import Figures
from server.realtime.rooms import Connection, Rooms
from store.chats import Chats
from store.queue import Queue

CHATS_MAX = 500  # chats a snapshot shows of either kind; figures count them all, list_chats pages through them
LINES = 200


@dataclass(frozen=True)
class Monitor:
    rooms: Rooms
    access: Access
    reading: Reading
    figures: Figures
    chats: Chats
    queue: Queue
    audit: Audit

    async def watch_desk(self, connection: Connection) -> dict[str, Any]:
        """The desk as it is. The room is entered first: nothing that happens after the snapshot is missed."""
        self.rooms.join(connection, rooms.DESK)
        serializers = self.reading.serializers
        queued = [chat.id for chat in await self.queue.all(CHATS_MAX)]
        opened = [chat.id for chat in await self.chats.open(CHATS_MAX)]
        return {
            "agents": await serializers.seats(),
            "queue": await serializers.chats_by_id(queued, "admin"),
            "chats": await serializers.chats_by_id(opened, "admin"),
            "figures": await self.figures.now(),
        }

    def unwatch_desk(self, connection: Connection) -> dict[str, Any]:
        self.rooms.leave(connection, rooms.DESK)
        return {}

    async def watch_chat(self, connection: Connection, chat_id: str) -> dict[str, Any]:
        """The chat, its last 200 lines, and from now on its events. Raises NotFound."""
        await self.access.any_chat(chat_id)
        await self.audit.note_once(connection.who.id, "chat_watched", chat_id)
        self.rooms.join(connection, rooms.watching(chat_id))
        shown = await self.reading.tail(chat_id, "admin", LINES)
        return {"chat": shown["chat"], "messages": shown["messages"]}

    def unwatch_chat(self, connection: Connection, chat_id: str) -> dict[str, Any]:
        self.rooms.leave(connection, rooms.watching(chat_id))
        return {}
