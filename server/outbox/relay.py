"""Hands what the desk owes to the outbox: soon after each deed, for many at once; what a crash left is found again."""

import asyncio
import logging
from datetime import timedelta

from server.core.clock import Clock
from server.core.coalesce import Coalesced
from server.outbox.obligations import DeskEvent, Obligations
from server.outbox.outbox import Outbox
from store.chats import CHATS
from store.errors import is_away
from store.log.messages import MESSAGES
from store.outbox.deliveries import NewDelivery
from store.outbox.owed import Owed, OwedEvent

log = logging.getLogger(__name__)

OLD = timedelta(seconds=10)  # whoever stored the deed has handed it over by then, or never will
TRIES = 20  # until an event is given up that a subscriber fails for
BATCH = 200  # events at once
WAITING_MAX = 20_000  # more are left to the reconciler


class Relay:
    def __init__(self, obligations: Obligations, owed: Owed, outbox: Outbox, clock: Clock) -> None:
        self._obligations = obligations
        self._owed = owed
        self._outbox = outbox
        self._clock = clock
        self._waiting: list[OwedEvent] = []
        self._soon = Coalesced("relay of events", 0, self._hand_over)

    def note(self, owed: OwedEvent) -> None:
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(owed)
            self._soon.poke()

    async def relay_overdue(self) -> None:
        """What a crash left, in whichever process; after a start and in each round of the reconciler."""
        while found := await self._owed.since_before(self._clock.now() - OLD):
            if not await self._relay(found):
                return

    async def stop(self) -> None:
        """Hands over what waits; what it does not reach any more is found again."""
        await self._soon.stop()
        try:
            await self._hand_over()
        except Exception as error:
            if not is_away(error):
                raise

    async def _hand_over(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            await self._relay(batch)

    async def _relay(self, batch: list[OwedEvent]) -> int:
        """How many were handed over. Whatever fails between two steps is done again: deliveries are stored once a key."""
        events = [_event(owed) for owed in batch]
        asked = await asyncio.gather(*map(self._deliveries, events))
        await self._outbox.add([new for found, _ in asked for new in found])
        done: list[OwedEvent] = []
        failed: list[OwedEvent] = []
        for owed, (_, is_whole) in zip(batch, asked, strict=True):
            if not is_whole and owed.failures >= TRIES:
                log.error("the event %s of %s is given up after %d tries", owed.event, owed.id, TRIES)
            (done if is_whole or owed.failures >= TRIES else failed).append(owed)
        await asyncio.gather(*map(self._owed.note_failure, failed))
        await self._owed.clear(done)
        await self._outbox.look_again({event.chat_id for event in events if event.chat_id})
        return len(done)

    async def _deliveries(self, event: DeskEvent) -> tuple[list[NewDelivery], bool]:
        """What is to go out, and whether every subscriber could say: who cannot is asked again, and holds up no other."""
        found: list[NewDelivery] = []
        is_whole = True
        for subscriber in self._obligations.subscribers:
            try:
                found += await subscriber.deliveries(event)
            except Exception as error:
                if is_away(error):
                    raise
                log.exception("the event %s %s cannot be handed over", event.name, event.key)
                is_whole = False
        return found, is_whole


def _event(owed: OwedEvent) -> DeskEvent:
    part = owed.seq if owed.seq is not None else f"{owed.event}:{int(owed.at.timestamp() * 1000)}"
    in_chat = owed.collection in {CHATS.name, MESSAGES.name}
    return DeskEvent(
        name=owed.event,
        key=f"{owed.id}:{part}",
        at=owed.at,
        chat_id=owed.id if in_chat else None,
        seq=owed.seq,
        person_id=None if in_chat else owed.id,
    )
