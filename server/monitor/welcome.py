"""The first events on every connection: where things stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from server.agents.seats import Seating
from server.chat.rating import RATING_DAYS
from server.core.clock import Clock
from server.core.identity import Identity, public
from server.core.settings import Settings
from server.core.vapid import VapidKey
from server.departments.departments import Departments
from server.departments.texts import USUAL_TEXTS
from server.queue.positions import QueuePositions
from server.realtime.announcer import presence_of_agent, presence_of_customer
from server.realtime.serializers import Serializers
from server.schemas.fields import MAX_BODY
from server.schemas.monitor import ClientSettings
from server.schemas.monitor import Welcome as WelcomeShown
from server.schemas.render import render
from server.uploads.content import ACCEPTED
from store.chats import Chats
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Greeting:
    """`welcome`, and the `presence` of the other side of each open chat."""

    welcome: dict[str, Any]
    presences: list[dict[str, Any]]


@dataclass(frozen=True)
class Welcome:
    settings: Settings
    vapid: VapidKey
    chats: Chats
    positions: QueuePositions
    seating: Seating
    seats: Seats
    departments: Departments
    serializers: Serializers
    clock: Clock

    async def greeting(self, who: Identity, token: str | None, second_factor: str | None = None) -> Greeting:
        """A client that takes this, then calls sync_chat with the last seq it holds, has missed nothing.

        Of staff `second_factor` says how theirs stands; one who has to set it up first learns nothing else.
        """
        is_in = second_factor != "needed"
        unended = await self.chats.unended_of(who.id) if is_in and who.role != "admin" else []
        unended = [chat for chat in unended if who.may_see(chat)]
        waiting = next((chat for chat in unended if chat.status == "queued"), None)
        shown = await self.serializers.chats_by_id([chat.id for chat in unended], who.role)
        welcome = render(
            WelcomeShown,
            user=public(who.person),
            token=token,
            now=self.clock.now(),
            session_expires_at=who.expires_at,
            chats=[chat for chat in shown if chat["status"] != "ended"],
            queue=await self.positions.place_of(waiting) if waiting and who.role == "customer" else None,
            seat=await self.seating.seat(who) if is_in and who.role == "agent" else None,
            settings=await self._settings(who),
        )
        if who.role == "customer":
            welcome["email"] = who.person.email
        if second_factor:
            welcome["second_factor"] = second_factor
        return Greeting(welcome, await self._presences(who, unended))

    async def _presences(self, who: Identity, chats: Iterable[Chat]) -> list[dict[str, Any]]:
        now, opened = self.clock.now(), [chat for chat in chats if chat.agent_id]
        if who.role == "agent":
            return [presence_of_customer(chat, now) for chat in opened]
        seats = [await self.seats.find(str(chat.agent_id)) for chat in opened]
        return [presence_of_agent(seat, now) for seat in seats if seat]

    async def _settings(self, who: Identity) -> dict[str, Any]:
        of_admins: dict[str, Any] = {"usual_texts": USUAL_TEXTS} if who.role == "admin" else {}
        return render(
            ClientSettings,
            self.settings,
            upload_types=list(ACCEPTED),
            max_body=MAX_BODY,
            rating_days=RATING_DAYS.days,
            departments=await self.departments.names(),
            vapid_public_key=self.vapid.public,
            mail=bool(self.settings.smtp_url),
            **of_admins,
        )
