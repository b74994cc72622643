"""How the programs behind webhooks answer: kept for admins, and what disables one: 410, or five days without an answer that
counts. A mail tells the admins of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from server.core.clock import Clock
from server.core.coalesce import Coalesced
from server.outbox.outbox import Outbox
from server.realtime.broadcast import ChangedDocuments
from server.webhooks.book import WebhookBook
from store.outbox.deliveries import NewDelivery
from store.outbox.webhooks import WEBHOOKS, Webhook, WebhookHealth

FAILING_LONGEST = timedelta(days=5)
SECONDS = 1.0  # answers of one second are written together
GONE = "it answered 410: nobody is there any more"
FAILING = "for five days no call to it went well"

Receivers = Callable[[], Awaitable[list[str]]]  # who of the team is told by mail: addresses, or ids of admins


async def nobody() -> list[str]:
    """Where no mail is sent."""
    return []


@dataclass(frozen=True)
class Disabling:
    """Ends a webhook that nobody answers; everything again after a crash."""

    stored: WebhookHealth
    book: WebhookBook
    changed: ChangedDocuments
    outbox: Outbox
    receivers: Receivers
    clock: Clock

    async def because_gone(self, webhook_id: str) -> None:
        if await self.stored.disable_if_enabled(webhook_id, GONE, self.clock.now()):
            await self._tell(webhook_id)

    async def if_failing_long(self, webhook_id: str) -> None:
        if await self.stored.disable_if_failing(webhook_id, FAILING, self.clock.now(), FAILING_LONGEST):
            await self._tell(webhook_id)

    async def tell_admins(self) -> None:
        """Of those of which no mail was written yet."""
        for webhook in await self.stored.untold():
            await self.outbox.add([_mail(webhook, to) for to in await self.receivers()])
            await self.stored.note_told(webhook.id)

    async def _tell(self, webhook_id: str) -> None:
        self.changed.tell(WEBHOOKS.name, [webhook_id])
        await self.book.read_all()
        await self.tell_admins()


def _mail(webhook: Webhook, to: str) -> NewDelivery:
    at = int(webhook.disabled_at.timestamp()) if webhook.disabled_at else 0
    return NewDelivery(
        key=f"webhook_disabled:{webhook.id}:{at}:{to}",
        kind="webhook_disabled",
        channel="email",
        to=to,
        destination=f"team:{to}",
        data={"url": webhook.url, "why": webhook.disabled_because},
    )


@dataclass
class AnswerLog:
    """Writes down what came of calls, those of a moment together: nobody waits for it, and a crash may lose a second of it."""

    stored: WebhookHealth
    disabling: Disabling
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    soon: Coalesced = field(init=False)

    def __post_init__(self) -> None:
        self.soon = Coalesced("answers of webhooks", SECONDS, self._write)

    def answered(self, webhook_id: str, at: datetime, status: int | None, took_ms: int, error: str | None) -> None:
        answer = {"at": at, "status": status, "took_ms": took_ms, "error": error}
        self.answers.setdefault(webhook_id, []).append(answer)
        self.soon.poke()

    async def is_gone(self, webhook_id: str) -> None:
        await self.disabling.because_gone(webhook_id)

    async def stop(self) -> None:
        await self.soon.stop()

    async def _write(self) -> None:
        answers, self.answers = self.answers, {}
        for webhook_id, each in answers.items():
            await self.stored.note_answers(webhook_id, each)
            if each[-1]["error"] is not None:
                await self.disabling.if_failing_long(webhook_id)
