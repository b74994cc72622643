"""Who did what to whom: written after it was done, read by admins."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.core.clock import Clock
from server.core.identity import public
from server.schemas.admin import AuditEntry
from server.schemas.render import listing, render
from store.audit import AuditTrail
from store.people import People

FLOOD = timedelta(minutes=10)


@dataclass(frozen=True)
class Audit:
    trail: AuditTrail
    clock: Clock

    async def note(self, who_id: str | None, what: str, whom: str | None, **details: Any) -> None:
        """`what` is in the past tense (agent_created); `whom` the id of a person, a chat or a department.

        `details` are names of ours with texts, numbers or flags: never a password, a token, or what people say. People stand
        there by their ids only, so that an erasure leaves the row standing.
        """
        await self.trail.append(self.clock.now(), who_id, what, whom, details)

    async def note_once(
        self, who_id: str | None, what: str, whom: str | None, *, for_each: bool = True, **details: Any
    ) -> None:
        """As `note`, for what somebody may do over and over: in FLOOD one row, that says how often (details.count).

        `for_each`: a row for each `whom`; else one, which names the first.
        """
        now = self.clock.now()
        period = int(now.timestamp() // FLOOD.total_seconds())
        key = hashlib.sha256(repr((who_id, what, whom if for_each else None, details, period)).encode()).hexdigest()[
            :24
        ]
        await self.trail.append_or_count(key, now, who_id, what, whom, details)


@dataclass(frozen=True)
class AuditLog:
    trail: AuditTrail
    people: People

    async def listed(self, page: int, page_size: int) -> dict[str, Any]:
        """One page, the newest first. A person is shown as it is called today."""
        count, entries = await self.trail.page(page, page_size)
        people = await self.people.by_ids(each for entry in entries for each in (entry.who_id, entry.whom) if each)
        shown = {person.id: public(person) for person in people.values()}
        results = [
            render(AuditEntry, entry, who=shown.get(entry.who_id or ""), whom_user=shown.get(entry.whom or ""))
            for entry in entries
        ]
        return listing(results, count)
