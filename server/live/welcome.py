"""The first fact on every connection: where things stand."""

from dataclasses import dataclass
from typing import Any

from server.catalogue.payloads import MAX_BODY
from server.chat.rating import RATING_DAYS
from server.chat.views import Views
from server.clock import Clock, iso
from server.office.departments import Departments
from server.people.identity import Identity, public
from server.queue.places import Places
from server.seats.seating import Seating
from server.settings import Settings
from server.uploads.content import ACCEPTED
from store.chats import Chats


@dataclass(frozen=True)
class Welcome:
    settings: Settings
    chats: Chats
    places: Places
    seating: Seating
    departments: Departments
    views: Views
    clock: Clock

    async def snapshot(self, who: Identity, token: str | None) -> dict[str, Any]:
        """A client that takes this, then calls sync_chat with the last seq it holds, has missed nothing."""
        unended = await self.chats.unended_of(who.id) if who.role != "admin" else []
        waiting = next((chat for chat in unended if chat.status == "queued"), None)
        shown = await self.views.chats_by_id([chat.id for chat in unended], who.role)
        return {
            "user": public(who.person),
            "token": token,
            "now": iso(self.clock.now()),
            "session_expires_at": iso(who.expires_at),
            "chats": [chat for chat in shown if chat["status"] != "ended"],
            "queue": await self.places.place_of(waiting) if waiting and who.role == "customer" else None,
            "seat": await self.seating.seat(who) if who.role == "agent" else None,
            "settings": {
                "max_file_size": self.settings.max_file_size,
                "upload_types": sorted(ACCEPTED),
                "max_body": MAX_BODY,
                "rating_days": RATING_DAYS.days,
                "idle_warning_seconds": self.settings.idle_warning_seconds,
                "idle_end_seconds": self.settings.idle_end_seconds,
                "departments": await self.departments.names(),
            },
        }
