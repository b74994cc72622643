"""The desk's own way: the fact `notice` to whoever is connected; who is not gets it at its next visit."""

import asyncio
from datetime import timedelta

from server.channels.base import ChannelLimits, Later, Outcome, Sent
from server.core.clock import Clock, iso
from server.core.coalesce import Coalesced
from server.realtime.broadcast import ChangedDocuments
from server.realtime.delivery import Delivery as Sockets
from server.realtime.rooms import Rooms, of_person
from server.schemas.rows import NAMESPACES
from store.outbox.claims import DeliveryClaims
from store.outbox.deliveries import DELIVERIES, Delivery

ROLES = {"c": "customer", "g": "agent", "a": "admin"}
LEASE = timedelta(seconds=60)


class SocketChannel:
    """`to` of a delivery is the person's id, `data` {title, body, url?}.

    Only a process to which the person is connected can tell it: another one holds it, and hints that it does.
    """

    name = "socket"
    limits = ChannelLimits(parallel=32, per_destination=32, max_age=timedelta(days=30))

    def __init__(
        self, claims: DeliveryClaims, sockets: Sockets, rooms: Rooms, changed: ChangedDocuments, clock: Clock
    ) -> None:
        self._claims = claims
        self._sockets = sockets
        self._rooms = rooms
        self._changed = changed
        self._clock = clock
        self._came: set[str] = set()
        self._soon = Coalesced("notices of those who came", 0, self._tell_those_who_came)
        changed.connect(DELIVERIES.name, self.heard)

    async def send(self, delivery: Delivery) -> Outcome:
        """Held when the person is not connected here."""
        role = ROLES[delivery.to[0]]
        if not self._rooms.has_members(NAMESPACES[role], of_person(delivery.to)):
            return Later(None)
        said = {name: delivery.data.get(name) for name in ("title", "body", "url")}
        notice = {"id": delivery.id, "kind": delivery.kind, **said, "at": iso(delivery.created_at)}
        self._sockets.to_person(role, delivery.to, "notice", notice)
        return Sent()

    def came(self, person_id: str) -> None:
        """Somebody has connected, and had its welcome: what is held for it is told soon."""
        self._came.add(person_id)
        self._soon.poke()

    def held(self, channel: str, delivery_id: str) -> None:
        """Somebody else may have the receiver: it is told by `heard` there."""
        if channel == self.name:
            self._changed.tell(DELIVERIES.name, [delivery_id])

    async def heard(self, ids: list[str]) -> None:
        """Another process holds these; those whose receivers are connected here are told."""
        await self._tell({"_id": {"$in": ids}})

    async def stop(self) -> None:
        await self._soon.stop()

    async def _tell_those_who_came(self) -> None:
        came, self._came = self._came, set()
        await self._tell({"to": {"$in": list(came)}})

    async def _tell(self, wanted: dict[str, object]) -> None:
        held = await self._claims.held_by(self.name, wanted)
        here = [each.id for each in held if self._rooms.has_members(NAMESPACES[ROLES[each.to[0]]], of_person(each.to))]
        await asyncio.gather(
            *(self._settle(each) for each in await self._claims.claim_held(here, LEASE, self._clock.now()))
        )

    async def _settle(self, delivery: Delivery) -> None:
        now = self._clock.now()
        if isinstance(await self.send(delivery), Sent):
            await self._claims.settle_if_claimed(delivery, "sent", now, sent_at=now)
        else:
            await self._claims.put_off_if_claimed(delivery, "held", None)
