"""Serves those who wait, in their order, whenever a seat or the queue changes."""

import asyncio

from server.coalesce import Coalesced
from server.queue import routing
from server.queue.granting import Granting
from server.queue.places import Places
from store.queue import Queue
from store.seats import Seats


class Assignment:
    def __init__(self, queue: Queue, seats: Seats, granting: Granting, places: Places) -> None:
        self._queue = queue
        self._seats = seats
        self.granting = granting
        self._places = places
        self._one_at_a_time = asyncio.Lock()  # not for correctness: racers would only take seats to give them back
        self._soon = Coalesced("assignment", 0, self._fill_and_tell)

    def wake(self) -> None:
        """Seats or queue changed: those who wait are served, or hear their place, without holding up the caller."""
        self._soon.poke()

    async def stop(self) -> None:
        await self._soon.stop()

    async def fill(self, within: float | None = None) -> None:
        """Gives chats to free seats until either is used up; after `within` seconds the rest is left to `wake`."""
        try:
            async with asyncio.timeout(within) as limit:
                await self._one_at_a_time.acquire()
        except TimeoutError:
            self.wake()
            return
        try:
            await self._give(limit.when())
        finally:
            self._one_at_a_time.release()

    async def _give(self, until: float | None) -> None:
        """`until`, by the loop's clock, is asked between two chats: cut off in its middle, a giving leaks a seat."""
        passed_over: set[str] = set()
        while await self._give_next(passed_over):
            self._places.changed()
            if until is not None and asyncio.get_running_loop().time() >= until:
                self.wake()
                return

    async def overlooked(self) -> str | None:
        """A chat that waits while a fitting seat is free; None, as it should be."""
        free = await self._seats.free()
        chat = await self._queue.next(routing.departments_of(free)) if free else None
        return chat.id if chat and routing.choose_agent(free, chat) else None

    async def could_serve(self, department: str | None) -> bool:
        """Whether a seat is free for a chat of this department."""
        return any(routing.serves(seat, department) for seat in await self._seats.free())

    async def _fill_and_tell(self) -> None:
        await self.fill()
        self._places.changed()

    async def _give_next(self, passed_over: set[str]) -> bool:
        """One try; whether another one may succeed.

        A chat that every fitting seat holds already (a crash or an outage between two writes) is passed over: it must not
        hold up those behind it until the reconciler comes.
        """
        free = await self._seats.free()
        chat = await self._queue.next(routing.departments_of(free), but=passed_over) if free else None
        if chat is None:
            return False
        choice = routing.choose_agent(free, chat)
        if choice:
            await self.granting.open(chat, choice.agent_id, choice.because)
        else:
            passed_over.add(chat.id)
        return True
