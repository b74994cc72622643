"""Web Push: what a browser hears through its maker's push service, encrypted for that browser alone (RFC 8030, 8291, 8292)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import urlsplit

import http_ece
import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from server.channels.base import ChannelLimits, Gone, Outcome, Retry, Sent
from server.channels.http import Answer, CallFailed, GuardedHttp, TargetRefused
from server.core.clock import Clock
from server.core.vapid import VapidKey, decoded, encoded
from store.outbox.deliveries import Delivery
from store.outbox.push_subscriptions import PushSubscription

TAKEN = range(200, 300)
UNSUBSCRIBED = (404, 410)
LATER = (408, 425, 429)


@dataclass(frozen=True)
class PushMessage:
    """`payload` is what the service worker gets. `tag`: a later one with the same takes its place, also at the push service.

    `keeps`: how long the push service keeps it for a browser that is away.
    """

    payload: dict[str, Any]
    tag: str
    keeps: timedelta
    is_urgent: bool = True

    def headers(self) -> dict[str, str]:
        return {
            "TTL": str(int(self.keeps.total_seconds())),
            "Urgency": "high" if self.is_urgent else "normal",
            "Topic": encoded(sha256(self.tag.encode()).digest()[:24]),  # 32 signs at most
        }


class Subscriptions(Protocol):
    async def standing(self, subscription_id: str, person_id: str) -> PushSubscription | None:
        """The subscription, if it is this person's still and its session goes on."""

    async def end(self, subscription: PushSubscription) -> None:
        """Nobody is there any more."""


Compose = Callable[[Delivery, PushSubscription], Awaitable[PushMessage | Gone]]


@dataclass(frozen=True)
class PushChannel:
    """`compose` makes what is said at the moment of sending, or says that nobody wants it any more."""

    http: GuardedHttp
    subscriptions: Subscriptions
    compose: Compose
    vapid: VapidKey
    clock: Clock
    name: str = "push"
    limits: ChannelLimits = ChannelLimits(parallel=32, per_destination=16, max_age=timedelta(days=1))

    async def send(self, delivery: Delivery) -> Outcome:
        subscription = await self.subscriptions.standing(delivery.data["subscription"], delivery.to)
        if subscription is None:
            return Gone("this browser does not hear pushes any more", is_unwanted=True)
        message = await self.compose(delivery, subscription)
        if isinstance(message, Gone):
            return message
        body, headers = encrypted(message.payload, subscription), self._headers(subscription, message)
        try:
            answer = await self.http.post(subscription.endpoint, body, headers)
        except TargetRefused as refused:
            return Gone(str(refused))
        except CallFailed as failed:
            return Retry(str(failed))
        if answer.status in UNSUBSCRIBED:
            await self.subscriptions.end(subscription)
        return _outcome(answer)

    async def stop(self) -> None:
        await self.http.stop()

    def _headers(self, subscription: PushSubscription, message: PushMessage) -> dict[str, str]:
        url = urlsplit(subscription.endpoint)
        return {
            "Authorization": self.vapid.authorization(f"{url.scheme}://{url.netloc}", self.clock.now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            **message.headers(),
        }


def encrypted(payload: dict[str, Any], subscription: PushSubscription) -> bytes:
    """By a key that is made for this message alone."""
    return bytes(
        http_ece.encrypt(
            orjson.dumps(payload),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=decoded(subscription.p256dh),
            auth_secret=decoded(subscription.auth),
            version="aes128gcm",
        )
    )


def _outcome(answer: Answer) -> Outcome:
    said = f"the push service answered {answer.status}"
    if answer.status in TAKEN:
        return Sent(str(answer.status))
    if answer.status in UNSUBSCRIBED:
        return Gone(f"{said}: the browser has unsubscribed", is_unwanted=True)
    if answer.status in LATER or answer.status >= 500:
        return Retry(said, _asked_wait(answer))
    return Gone(said)


def _asked_wait(answer: Answer) -> float | None:
    """Retry-After, in seconds; as a date nobody sends it here."""
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None
