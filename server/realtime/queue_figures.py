"""queue_changed: how many wait, told to admins, and to agents as far as their departments go."""

from collections import defaultdict
from dataclasses import dataclass

from server.realtime import rooms
from server.realtime.delivery import Delivery
from server.realtime.desk_figures import Figures
from server.realtime.rooms import Rooms
from store.seats import Seats


@dataclass(frozen=True)
class QueueFigures:
    """`walls`: each agent hears of the chats that it sees in list_queue, and of no others."""

    rooms: Rooms
    delivery: Delivery
    figures: Figures
    seats: Seats
    walls: bool

    async def tell(self) -> None:
        """To those who are connected here."""
        agents = {connection.who.id for connection in self.rooms.members("/agent", rooms.EVERYBODY)}
        if agents or self.rooms.has_members("/admin", rooms.EVERYBODY):
            whole = await self.figures.waiting()
            self.delivery.to_role("admin", "queue_changed", whole)
            if self.walls:
                await self._tell_each(agents)
            else:
                self.delivery.to_role("agent", "queue_changed", whole)

    async def _tell_each(self, agents: set[str]) -> None:
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for seat in await self.seats.all():
            if seat.id in agents:
                alike[tuple(sorted(seat.departments))].append(seat.id)
        for departments, ids in alike.items():
            body = await self.figures.waiting(departments or None)
            for agent_id in ids:
                self.delivery.to_person("agent", agent_id, "queue_changed", body)
