"""Agents hear their own seat whenever it changes, in every window: who changed it may be anybody, in any process."""

from server.core.coalesce import Coalesced
from server.realtime import rooms
from server.realtime.delivery import Delivery
from server.realtime.rooms import Rooms
from server.realtime.serializers import Serializers
from store.errors import is_away

PAUSE_SECONDS = 0.05  # what changes meanwhile is told at once


class SeatEvents:
    """Tells those who are connected here. The seat is read after the change, and again after the next one: the last event is
    how it stands.
    """

    def __init__(self, members: Rooms, delivery: Delivery, serializers: Serializers) -> None:
        self._rooms = members
        self._delivery = delivery
        self._serializers = serializers
        self._changed: set[str] = set()
        self._soon = Coalesced("seat events", PAUSE_SECONDS, self._tell)

    def changed(self, agent_id: str) -> None:
        if self._rooms.has_members("/agent", rooms.of_person(agent_id)):
            self._changed.add(agent_id)
            self._soon.poke()

    async def stop(self) -> None:
        await self._soon.stop()

    async def _tell(self) -> None:
        changed, self._changed = self._changed, set()
        try:
            seats = await self._serializers.seats(changed)
        except Exception as error:
            if is_away(error):  # nobody else would tell it when the database is back
                self._changed |= changed
                self._soon.poke()
            raise
        for seat in seats:
            self._delivery.to_person("agent", seat["agent"]["id"], "seat", seat)
