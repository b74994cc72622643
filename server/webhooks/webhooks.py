"""What admins do with webhooks: make, pause, rotate, delete and try them."""

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.channels.http import CallFailed, GuardedHttp, TargetRefused
from server.channels.webhook import PREFIX, WebhookChannel
from server.core.clock import Clock
from server.core.errors import Conflict, Invalid, NotFound
from server.core.identity import Identity
from server.core.signals import Signals
from server.people.audit import Audit
from server.realtime.broadcast import ChangedDocuments
from server.schemas.render import listing, render
from server.schemas.webhooks import Call, SaveWebhook
from server.schemas.webhooks import Webhook as Shown
from server.webhooks.book import WebhookBook
from server.webhooks.events import CHANNEL, enveloped
from store.outbox.claims import DeliveryClaims
from store.outbox.webhooks import WEBHOOKS, Webhook
from store.outbox.webhooks import Webhooks as StoredWebhooks

MOST = 50  # every event is a delivery for each of them
BOTH_VALID = timedelta(hours=24)
ANSWER_SHOWN = 2000  # characters


@dataclass(frozen=True)
class Webhooks:
    stored: StoredWebhooks
    book: WebhookBook
    claims: DeliveryClaims
    changed: ChangedDocuments
    signals: Signals
    http: GuardedHttp
    channel: WebhookChannel
    audit: Audit
    clock: Clock

    async def listed(self) -> dict[str, Any]:
        return listing([shown(each) for each in await self.stored.all()])

    async def save(self, who: Identity, wanted: SaveWebhook) -> dict[str, Any]:
        """{webhook, secret?}: the secret only of one that was made by this. Raises Invalid, NotFound, Conflict."""
        try:
            await self.http.check(wanted.url)
        except TargetRefused as refusal:
            raise Invalid.of_field("url", str(refusal)) from None
        return await (self._change(who, wanted, wanted.id) if wanted.id else self._make(who, wanted))

    async def rotate(self, who: Identity, webhook_id: str) -> dict[str, Any]:
        """The secret before it is good for a day more. Raises NotFound, Conflict."""
        webhook, secret = await self._find(webhook_id), new_secret()
        if not await self.stored.rotate_if_still(webhook, secret, self.clock.now() + BOTH_VALID):
            raise Conflict("somebody else has just changed this secret; look again")
        await self._tell(who, "webhook_rotated", webhook)
        return {"secret": secret}

    async def delete(self, who: Identity, webhook_id: str) -> dict[str, Any]:
        """What waits for it is dropped. Again: nothing is left to do. Raises NotFound for one that never was."""
        webhook = await self.stored.find(webhook_id)
        if webhook and await self.stored.delete(webhook_id, self.clock.now()):
            await self._tell(who, "webhook_deleted", webhook)
            await self._release(webhook_id)
        return {}

    async def test(self, who: Identity, webhook_id: str) -> dict[str, Any]:
        """{status, took_ms, answer} of a call that is made now, paused or not. Raises NotFound."""
        webhook, now = await self._find(webhook_id), self.clock.now()
        await self.audit.note_once(who.id, "webhook_tested", webhook.id, name=webhook.url)
        try:
            answer = await self.channel.call(
                webhook, f"test_{secrets.token_hex(12)}", enveloped("webhook_test", now, {})
            )
        except CallFailed as failure:
            return {"status": None, "took_ms": failure.took_ms, "answer": str(failure)}
        said = answer.body.decode(errors="replace").replace("\0", "")[:ANSWER_SHOWN]
        return {"status": answer.status, "took_ms": answer.took_ms, "answer": said}

    async def _make(self, who: Identity, wanted: SaveWebhook) -> dict[str, Any]:
        if len(await self.stored.all()) >= MOST:
            raise Conflict(f"there are {MOST} webhooks already; delete one first")
        webhook, is_new = await self.stored.insert_once(
            wanted.client_id,
            self.clock.now(),
            new_secret(),
            url=wanted.url,
            events=wanted.events,
            enabled=wanted.enabled is not False,
        )
        if is_new:
            await self._tell(who, "webhook_created", webhook)
        return {"webhook": shown(webhook), "secret": webhook.secrets[0]["value"]}

    async def _change(self, who: Identity, wanted: SaveWebhook, webhook_id: str) -> dict[str, Any]:
        enabled = {} if wanted.enabled is None else {"enabled": wanted.enabled}
        webhook = await self.stored.change_if_there(webhook_id, url=wanted.url, events=wanted.events, **enabled)
        if webhook is None:
            raise NotFound(NOT_THERE)
        await self._tell(who, "webhook_changed", webhook, enabled=webhook.enabled)
        if webhook.enabled:
            await self._release(webhook_id)
        return {"webhook": shown(webhook)}

    async def _find(self, webhook_id: str) -> Webhook:
        webhook = await self.stored.find(webhook_id)
        if webhook is None:
            raise NotFound(NOT_THERE)
        return webhook

    async def _tell(self, who: Identity, what: str, webhook: Webhook, **details: Any) -> None:
        self.changed.tell(WEBHOOKS.name, [webhook.id])
        await self.book.read_all()
        await self.audit.note(who.id, what, webhook.id, name=webhook.url, **details)

    async def _release(self, webhook_id: str) -> None:
        """What was held for it is looked at again, and what failed is tried at once, however often it failed before."""
        self.signals.destination_changed.emit(webhook_id)
        await self.claims.release(CHANNEL, webhook_id, self.clock.now())
        self.signals.deliveries_due.emit()


NOT_THERE = "there is no such webhook"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def shown(webhook: Webhook) -> dict[str, Any]:
    calls = [render(Call, **each) for each in webhook.answers or []]
    return render(Shown, webhook, calls=calls, last=calls[0] if calls else None)
