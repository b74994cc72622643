"""Departments that are open around the clock, until somebody closes them."""

from typing import Any

from tests.support.people import Someone

ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


async def department(admin: Someone, name: str, **times: Any) -> str:
    """Its id; with `id` it is changed."""
    given = {"time_zone": "UTC", "hours": ALWAYS, "special_days": {}, **times}
    return str((await admin.ask("save_department", name=name, **given))["department"]["id"])


async def close(admin: Someone, department_id: str, name: str, **times: Any) -> None:
    await department(admin, name, id=department_id, hours={}, **times)
