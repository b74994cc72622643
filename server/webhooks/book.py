"""The webhooks as this process knows them: asked for every line that is stored, so they are kept in memory."""

import asyncio

from server.core.signals import Signals
from store.outbox.webhooks import Webhook, Webhooks


class WebhookBook:
    """Read at the start, at each change, and in each reconciler's round."""

    def __init__(self, stored: Webhooks, signals: Signals) -> None:
        self._stored = stored
        self._signals = signals
        self._webhooks: dict[str, Webhook] = {}
        self._wanted: frozenset[str] = frozenset()
        self._one_at_a_time = asyncio.Lock()  # what was read first must not be remembered last

    def is_wanted(self, event: str) -> bool:
        """Whether one that is enabled is told such events."""
        return event in self._wanted or family_of(event) in self._wanted

    def those_for(self, event: str) -> list[Webhook]:
        """The enabled ones that are told such events."""
        names = {event, family_of(event)}
        return [each for each in self._webhooks.values() if each.enabled and names & set(each.events)]

    async def find(self, webhook_id: str) -> Webhook | None:
        """One that is not remembered may be new: the database is asked."""
        return self._webhooks.get(webhook_id) or await self._stored.find(webhook_id)

    async def read_all(self) -> None:
        async with self._one_at_a_time:
            self._webhooks = {each.id: each for each in await self._stored.all()}
            self._wanted = frozenset(name for each in self._webhooks.values() if each.enabled for name in each.events)

    async def read(self, webhook_ids: list[str]) -> None:
        """These were written by another process. There are few: all are read."""
        await self.read_all()
        for webhook_id in webhook_ids:
            self._signals.destination_changed.emit(webhook_id)


def family_of(event: str) -> str:
    """What stands for all events of a kind: notice_* for notice_sent."""
    return f"{event.partition('_')[0]}_*"
