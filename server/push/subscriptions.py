"""Who has browsers that hear pushes: they say so at each visit, and it ends with the session in which they said it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from server.channels.http import TargetRefused
from server.core.clock import Clock
from server.core.errors import Invalid
from server.core.identity import Identity
from server.core.vapid import VapidKey
from server.push.endpoints import EndpointCheck
from server.realtime.broadcast import ChangedDocuments
from server.schemas.push import SavePush
from store.outbox.push_subscriptions import PUSH_SUBSCRIPTIONS, PushSubscription, PushSubscriptions, id_of

MOST = 10  # of a person
ROLES = ("agent", "customer")  # who is told of chats


class PushOwners:
    """Who has a subscription, as this process knows it: asked on the way of messages. One too many costs a look, no more."""

    def __init__(self, stored: PushSubscriptions) -> None:
        self._stored = stored
        self._by_role: dict[str, set[str]] = {}
        self._forgotten: set[str] = set()  # since the last look began
        self._one_at_a_time = asyncio.Lock()  # what was read first must not be remembered last

    def has(self, role: str, person_id: str | None) -> bool:
        return person_id in self._by_role.get(role, ())

    def any_of(self, role: str) -> bool:
        return bool(self._by_role.get(role))

    def of(self, role: str) -> set[str]:
        return set(self._by_role.get(role, ()))

    def forget(self, person_id: str) -> None:
        self._forgotten.add(person_id)
        for people in self._by_role.values():
            people.discard(person_id)

    async def read_all(self) -> None:
        for role in ROLES:
            await self.read_role(role)

    async def read_role(self, role: str) -> None:
        """What was known holds until the database has answered: lines are said meanwhile."""
        async with self._one_at_a_time:
            self._forgotten.clear()
            found = await self._stored.owners_of_role(role)
            self._by_role[role] = found - self._forgotten

    async def read(self, subscription_ids: list[str]) -> None:
        """These subscriptions were written."""
        async with self._one_at_a_time:
            for role, person_id in await self._stored.owners(subscription_ids):
                self._by_role.setdefault(role, set()).add(person_id)


class Reach(Protocol):
    """Who has to know whom pushes reach (PushReach)."""

    async def gained(self, role: str, person_id: str) -> None: ...

    async def lost(self, person_ids: Iterable[str]) -> None: ...


@dataclass(frozen=True)
class OwnPushes:
    stored: PushSubscriptions
    owners: PushOwners
    reach: Reach
    changed: ChangedDocuments
    vapid: VapidKey
    endpoints: EndpointCheck
    clock: Clock

    async def save(self, who: Identity, given: SavePush) -> dict[str, Any]:
        """Again: it was seen. Raises Invalid for an endpoint that nothing is ever sent to."""
        endpoint, now = given.subscription["endpoint"], self.clock.now()
        try:
            await self.endpoints.check(who.id, endpoint)
        except TargetRefused as refused:
            raise Invalid.of_field("subscription", str(refused)) from None
        subscription = PushSubscription(
            id=id_of(endpoint),
            endpoint=endpoint,
            p256dh=given.subscription["keys"]["p256dh"],
            auth=given.subscription["keys"]["auth"],
            person_id=who.id,
            role=who.role,
            session_id=who.session_id,
            vapid=self.vapid.public,
            locale=given.locale,
            expires_at=_end(who.expires_at, given.subscription["expirationTime"]),
            seen_at=now,
        )
        await self.stored.put(subscription, MOST)
        self.changed.tell(PUSH_SUBSCRIPTIONS.name, [subscription.id])
        await self.owners.read([subscription.id])
        await self.reach.gained(who.role, who.id)
        return {}

    async def drop(self, who: Identity, endpoint: str) -> dict[str, Any]:
        """Again: answers as the first time; another's stays."""
        if await self.stored.drop(id_of(endpoint), who.id):
            await self.reach.lost([who.id])
        return {}


def _end(session: datetime, expiration: float | None) -> datetime:
    return min(session, datetime.fromtimestamp(expiration / 1000, UTC)) if expiration else session
