"""Whose browsers pushes reach: what ends a subscription, and the longer grace of agents who hear them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.agents.seats import Seating
from server.chat.timers import GracePeriods
from server.core.clock import Clock
from server.core.vapid import VapidKey
from server.push.subscriptions import PushOwners
from store.outbox.push_subscriptions import PushSubscription, PushSubscriptions, PushSubscriptionsOfOwners
from store.people import People
from store.records import Person
from store.seat_connections import ReachableSeats
from store.sessions import Session, SessionRecords


@dataclass(frozen=True)
class PushReach:
    owners: PushOwners
    stored: PushSubscriptions
    of_owners: PushSubscriptionsOfOwners
    sessions: SessionRecords
    people: People
    seats: ReachableSeats
    seating: Seating
    graces: GracePeriods
    vapid: VapidKey
    clock: Clock

    async def standing(self, subscription_id: str, person_id: str) -> PushSubscription | None:
        """The subscription, if it is this person's still, and was made for this desk's key in a session that goes on.

        One for another key stays: at its next visit the browser subscribes anew, and another process may have that key still.
        """
        found = await self.stored.find(subscription_id)
        if found is None or found.person_id != person_id or found.vapid != self.vapid.public:
            return None
        session = await self.sessions.find(found.session_id)
        person = await self.people.find(person_id)
        if session and person and found.expires_at > self.clock.now() and self._goes_on(session, person):
            return found
        await self.end(found)
        return None

    async def end(self, subscription: PushSubscription) -> None:
        """Nobody is there any more; the person's other browsers hear on."""
        await self.stored.drop(subscription.id)
        await self.lost([subscription.person_id])

    async def end_of_session(self, session_id: str) -> None:
        await self.lost(await self.of_owners.drop_of_session(session_id))

    async def end_of_person(self, person_id: str, but_session: str | None) -> None:
        await self.lost(await self.of_owners.drop_of_person(person_id, but_session=but_session))

    async def gained(self, role: str, person_id: str) -> None:
        """Pushes reach this person."""
        if role == "agent" and self.graces.agent_by_push:
            await self.seats.add(person_id)

    async def lost(self, person_ids: Iterable[str]) -> None:
        """These have one browser less: those without any are reached no more, and their longer grace is over."""
        for person_id in person_ids:
            if not await self.of_owners.has(person_id):
                self.owners.forget(person_id)
                if await self.seats.remove(person_id, self._offline_at()):
                    await self.seating.tell(person_id)

    async def look(self) -> None:
        """Agents' seats as the database says it: a crash may have come between two steps, and subscriptions run out."""
        await self.owners.read_role("agent")
        await self.seats.set(list(self.owners.of("agent")) if self.graces.agent_by_push else [], self._offline_at())

    def _offline_at(self) -> datetime:
        return self.graces.agent_end(self.clock.now()).at

    def _goes_on(self, session: Session, person: Person) -> bool:
        has_credentials = person.has_credentials(session.credentials_version) or person.session_kept == session.id
        return not session.is_over(self.clock.now()) and not person.disabled and has_credentials
