"""Departments: when they are open, and whether anybody of them is there."""

from dataclasses import dataclass
from typing import Any

from server.core.clock import Clock
from server.core.errors import Invalid
from server.core.settings.kinds import zone
from server.departments import hours
from server.departments.hours import Opening
from server.schemas.admin import Department as DepartmentShown
from server.schemas.render import listing, render
from store.departments import Department, StoredDepartments
from store.seats import Seats


@dataclass(frozen=True)
class Departments:
    departments: StoredDepartments
    clock: Clock

    async def opening(self, name: str | None) -> Opening:
        """Whether the department is open now, and else when it opens. An unknown name is open.

        None, for a chat without a department: open if any department is, or if there is none; else the earliest opening.
        """
        found = await self.departments.all() if name is None else [await self.departments.by_name(name)]
        openings = [self.opening_of(department) for department in found if department]
        if not openings or any(each.is_open for each in openings):
            return Opening(True, None)
        return Opening(False, min((each.opens_at for each in openings if each.opens_at), default=None))

    async def require(self, name: str | None) -> None:
        """Once there are departments, a chat is for one of them or for none: Invalid else. Without any, all names go."""
        names = await self.names() if name is not None else []
        if names and name not in names:
            raise Invalid(fields={"department": ["There is no such department."]})

    def opening_of(self, department: Department) -> Opening:
        return hours.opening(department.hours, department.special_days, zone(department.time_zone), self.clock.now())

    async def openings(self) -> dict[str | None, Opening]:
        """Of each department, by name: whether it is open now, and else when it opens."""
        return {department.name: self.opening_of(department) for department in await self.departments.all()}

    async def names(self) -> list[str]:
        return [department.name for department in await self.departments.all()]

    async def listed(self) -> dict[str, Any]:
        """All of them, by name."""
        return listing([self.shown(department) for department in await self.departments.all()])

    def shown(self, department: Department) -> dict[str, Any]:
        now = self.opening_of(department)
        return render(
            DepartmentShown,
            department,
            is_open=now.is_open,
            opens_at=now.opens_at,
            texts=department.texts or {},
        )


@dataclass(frozen=True)
class Staffing:
    """Whether somebody could talk now."""

    departments: Departments
    seats: Seats

    async def is_staffed(self, department: str | None) -> bool:
        """Whether an agent of this department (None: any agent) is connected and has chosen to be online."""
        return any(seat.is_online and seat.serves(department) for seat in await self.seats.all())

    async def is_attended(self, department: str | None) -> bool:
        """Whether the department is open and staffed."""
        return (await self.departments.opening(department)).is_open and await self.is_staffed(department)
