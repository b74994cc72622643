"""The queue as those who wait see it: their place, told live whenever it changes."""

from typing import Any

from server import rooms
from server.coalesce import Coalesced
from server.delivery import Delivery
from server.live.feed import Feed
from server.rooms import Rooms
from store.chats import Chats
from store.records import Chat
from store.seats import Seats

ROUND_SECONDS = 0.02  # changes within it share one ordered read and one round of pushes


class Places:
    def __init__(self, chats: Chats, seats: Seats, members: Rooms, delivery: Delivery, feed: Feed) -> None:
        self._chats = chats
        self._seats = seats
        self._rooms = members
        self._delivery = delivery
        self._feed = feed
        self._rounds = Coalesced("queue places", ROUND_SECONDS, self._tell)

    def changed(self) -> None:
        """Somebody came, left, was served, or the order changed: those who wait hear their new place."""
        self._rounds.poke()
        self._feed.queue()

    async def place_of(self, chat: Chat) -> dict[str, Any] | None:
        """The chat's Queue; None when it has no place."""
        if chat.status != "queued" or chat.offline:
            return None
        return (await self._places())[1].get(chat.id)

    async def stop(self) -> None:
        await self._rounds.stop()

    async def _places(self) -> tuple[list[Chat], dict[str, dict[str, Any]]]:
        waiting = [chat for chat in await self._chats.queued() if not chat.offline]
        somebody = any(seat.status == "online" for seat in await self._seats.all())
        reason = "all_busy" if somebody else "no_agent_online"
        lines: dict[str | None, list[Chat]] = {}
        for chat in waiting:
            lines.setdefault(chat.department, []).append(chat)
        places = {
            chat.id: {
                "chat_id": chat.id,
                "position": index + 1,
                "ahead": index,
                "waiting": len(line),
                "eta": None,
                "reason": reason,
                "opens_at": None,
            }
            for line in lines.values()
            for index, chat in enumerate(line)
        }
        return waiting, places

    async def _tell(self) -> None:
        waiting, places = await self._places()
        for chat in waiting:
            for connection in self._rooms.members("/customer", rooms.of_person(chat.customer_id)):
                if connection.told_place != places[chat.id]:
                    connection.told_place = places[chat.id]
                    self._delivery.to_connection(connection, "queue_position", places[chat.id])
