"""Webhooks: signed calls to other programs, as Standard Webhooks has them (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from server.channels.base import ChannelLimits, Gone, Later, Outcome, Retry, Sent
from server.channels.http import Answer, CallFailed, GuardedHttp
from server.core.clock import Clock
from store.outbox.deliveries import Delivery
from store.outbox.webhooks import Webhook

MAX_AGE = timedelta(days=6)  # a day more than a program may fail: then it is tried once more, and is disabled
SHOWN = 200  # characters of an answer that stand in an error
PREFIX = "whsec_"
GONE = 410


class KnownWebhooks(Protocol):
    async def find(self, webhook_id: str) -> Webhook | None: ...


class Content(Protocol):
    async def event(self, delivery: Delivery) -> dict[str, Any] | Gone:
        """The body as an object; Gone where there is nothing left to tell."""


class Health(Protocol):
    """Hears what came of each call."""

    def answered(self, webhook_id: str, at: datetime, status: int | None, took_ms: int, error: str | None) -> None: ...

    async def is_gone(self, webhook_id: str) -> None:
        """The program says that nobody is there any more."""


class WebhookChannel:
    name = "webhook"
    limits = ChannelLimits(parallel=64, per_destination=8, max_age=MAX_AGE, knows_repeats=True)

    def __init__(
        self, http: GuardedHttp, webhooks: KnownWebhooks, content: Content, health: Health, clock: Clock
    ) -> None:
        self._http = http
        self._webhooks = webhooks
        self._content = content
        self._health = health
        self._clock = clock

    async def send(self, delivery: Delivery) -> Outcome:
        """What waits for a paused one is held, until it is enabled or the delivery is too old."""
        webhook, now = await self._webhooks.find(delivery.to), self._clock.now()
        if webhook is None:
            return Gone("this webhook has been deleted", is_unwanted=True)
        if not webhook.enabled:
            until = delivery.tried_since + MAX_AGE
            return Later(until) if now < until else Gone("this webhook is not enabled, and was not for days")
        event = await self._content.event(delivery)
        if isinstance(event, Gone):
            return event
        try:
            answer = await self.call(webhook, delivery.id, event)
        except CallFailed as failure:
            self._health.answered(webhook.id, now, None, failure.took_ms, str(failure))
            return Retry(str(failure))
        outcome = outcome_of(answer, self._clock.now())
        error = None if isinstance(outcome, Sent) else in_words(answer)
        self._health.answered(webhook.id, now, answer.status, answer.took_ms, error)
        if isinstance(outcome, Gone):
            await self._health.is_gone(webhook.id)
        return outcome

    async def call(self, webhook: Webhook, call_id: str, event: dict[str, Any]) -> Answer:
        """One call. Raises CallFailed."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        now = self._clock.now()
        headers = signed(webhook.valid_secrets(now), call_id, now, body)
        return await self._http.post(webhook.url, body, headers)

    async def stop(self) -> None:
        await self._http.stop()


def signed(secrets: Iterable[str], call_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a call: one signature over the body's bytes for each secret that is valid."""
    stamp = str(int(at.timestamp()))
    content = b".".join([call_id.encode(), stamp.encode(), body])
    digests = [hmac.digest(base64.b64decode(each.removeprefix(PREFIX)), content, hashlib.sha256) for each in secrets]
    signatures = [f"v1,{base64.b64encode(digest).decode()}" for digest in digests]
    return {
        "content-type": "application/json; charset=utf-8",
        "webhook-id": call_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def outcome_of(answer: Answer, now: datetime) -> Outcome:
    if 200 <= answer.status < 300:
        return Sent(str(answer.status))
    if answer.status == GONE:
        return Gone(in_words(answer))
    return Retry(in_words(answer), after=seconds_asked(answer.headers.get("Retry-After", ""), now))


def in_words(answer: Answer) -> str:
    """How the answer begins, for admins."""
    said = " ".join(answer.body[: 4 * SHOWN].decode(errors="replace").split())[:SHOWN].replace("\0", "")
    moved = answer.headers.get("Location", "")[:SHOWN] if 300 <= answer.status < 400 else ""
    more = f"redirects are not followed ({moved})" if moved else said
    return f"{answer.status}: {more}" if more else str(answer.status)


def seconds_asked(retry_after: str, now: datetime) -> float | None:
    """What Retry-After asks for, in seconds or as a date (RFC 9110); None for what is neither."""
    if retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
