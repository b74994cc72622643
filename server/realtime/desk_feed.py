"""The live desk: what changed, gathered and told to the watching admins in batches, at most 10 a second, and figures."""

import asyncio
import math
from collections.abc import Iterator
from typing import Any

from server.core.clock import Clock, iso
from server.core.coalesce import Coalesced
from server.realtime import rooms
from server.realtime.delivery import Delivery
from server.realtime.desk_figures import Figures
from server.realtime.queue_figures import QueueFigures
from server.realtime.rooms import Rooms
from server.realtime.seat_events import SeatEvents
from server.realtime.serializers import Serializers

BATCH_SECONDS = 0.1
SHARE = 0.1  # of the time: when much goes on, batches are larger and fewer
MESSAGES_MAX = 50  # a batch shows no more; `more` says that there were
CHATS_MAX = 200
TOLD_MAX = 5000  # chats that are remembered as they were told
SLICE = 10  # chats that are read at once: the interpreter stands still while an answer of the database is unpacked
SPOKEN_SECONDS = 0.5  # how often a chat is told anew because something was said in it; the line itself is told at once


class DeskFeed:
    """Nothing is gathered while nobody watches: watch_desk tells the whole when somebody comes."""

    def __init__(  # noqa: PLR0913, PLR0917  what it shows, and to whom
        self,
        members: Rooms,
        delivery: Delivery,
        serializers: Serializers,
        figures: Figures,
        queue_figures: QueueFigures,
        seat_events: SeatEvents,
        clock: Clock,
    ) -> None:
        self._rooms = members
        self._delivery = delivery
        self._serializers = serializers
        self._figures = figures
        self._seat_events = seat_events
        self._clock = clock
        self._seats: dict[str, None] = {}
        self._chats: dict[str, None] = {}
        self._spoken: dict[str, None] = {}  # chats of which only the last line changed: those can wait a little
        self._spoken_at = -math.inf
        self._told: dict[str, dict[str, Any]] = {}  # chats as they were told last, with what was said since
        self._shown: dict[str, Any] | None = None  # the figures told last: lines do not change them
        self._messages: list[dict[str, Any]] = []
        self._more = False
        self._batches = Coalesced("desk feed", BATCH_SECONDS, self._tell, share=SHARE)
        self._queue = Coalesced("queue_changed", BATCH_SECONDS, queue_figures.tell)

    def message(self, message: dict[str, Any]) -> None:
        if self._is_watched():
            if len(self._messages) < MESSAGES_MAX:
                self._messages.append(message)
            else:
                self._more = True
            chat_id = message["chat_id"]
            if chat_id in self._told:
                self._told[chat_id] = spoken_in(self._told[chat_id], message)
            if len(self._spoken) < CHATS_MAX:
                self._spoken[chat_id] = None
            else:
                self._more = True
            self._batches.poke()

    def chat(self, chat_id: str) -> None:
        self._told.pop(chat_id, None)
        if self._is_watched():
            if len(self._chats) < CHATS_MAX:
                self._chats[chat_id] = None
            else:
                self._more = True
            self._batches.poke()

    def came(self, chat_id: str, customer_id: str) -> None:
        """Somebody has a new chat."""
        self.chat(chat_id)

    def seat(self, agent_id: str) -> None:
        """A seat changed: its agent hears it, too."""
        self._seat_events.changed(agent_id)
        if self._is_watched():
            self._seats[agent_id] = None
            self._batches.poke()

    def queue(self) -> None:
        """The queue changed: agents and admins hear how long it is."""
        self._queue.poke()

    async def stop(self) -> None:
        await self._batches.stop()
        await self._queue.stop()

    def _is_watched(self) -> bool:
        return self._rooms.has_members("/admin", rooms.DESK)

    async def _tell(self) -> None:
        known: dict[str, dict[str, Any]] = {}
        now = asyncio.get_running_loop().time()
        if now - self._spoken_at >= SPOKEN_SECONDS:
            known = {chat_id: self._told[chat_id] for chat_id in self._spoken if chat_id in self._told}
            self._chats |= {chat_id: None for chat_id in self._spoken if chat_id not in known}
            self._spoken, self._spoken_at = {}, now
        seats, chats, messages, more = self._seats, self._chats, self._messages, self._more
        self._seats, self._chats, self._messages, self._more = {}, {}, [], False
        if self._spoken:
            self._batches.poke()
        if seats or chats or self._shown is None:
            self._shown = await self._figures.now()
        if seats or chats or known or messages or more:
            body = {
                "at": iso(self._clock.now()),
                "figures": self._shown,
                "agents": await self._serializers.seats(seats) if seats else [],
                "chats": [*known.values(), *await self._read(list(chats))],
                "messages": messages,
                "more": more,
            }
            self._delivery.to_room("/admin", rooms.DESK, "desk", body)

    async def _read(self, chat_ids: list[str]) -> list[dict[str, Any]]:
        """The chats as they are now. One in which something was said meanwhile is read again the next time."""
        found = [chat for ids in slices(chat_ids) for chat in await self._serializers.chats_by_id(ids, "admin")]
        if len(self._told) > TOLD_MAX:
            self._told.clear()
        self._told |= {
            chat["id"]: chat for chat in found if chat["id"] not in self._spoken and chat["status"] == "open"
        }
        return found


def spoken_in(chat: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """The chat after this line."""
    said = {} if message["kind"] == "system" else {"last_message": message, "last_message_at": message["sent_at"]}
    return {**chat, "last_seq": message["seq"], "updated_at": message["sent_at"], **said}


def slices(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + SLICE] for start in range(0, len(ids), SLICE))
