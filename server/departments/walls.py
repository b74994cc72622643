"""DEPARTMENT_WALLS: agents see the chats of their departments and those without one, and of the others only their own."""

from dataclasses import dataclass

from server.core.identity import Identity
from store.seats import Seats


@dataclass(frozen=True)
class DepartmentWalls:
    seats: Seats
    are_on: bool

    async def departments_of(self, who: Identity) -> list[str] | None:
        """The departments whose chats this person may see; None: all. An agent without departments serves all."""
        if not self.are_on or who.role != "agent":
            return None
        seat = await self.seats.find(who.id)
        return (seat.departments or None) if seat else []

    async def stand_before(self, agent_id: str, department: str | None) -> bool:
        """Whether a chat that this agent gives back to this department is none of its business from then on."""
        seat = await self.seats.find(agent_id) if self.are_on and department is not None else None
        return seat is not None and not seat.serves(department)

    async def hide(self, who: Identity, department: str | None) -> bool:
        """Whether a chat of this department, which is not this person's own, is none of its business."""
        theirs = None if department is None else await self.departments_of(who)
        return theirs is not None and department not in theirs
