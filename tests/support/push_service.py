"""A push service, played by a server of its own: it checks who sends, and decrypts what a browser would get.

It knows as much of Web Push as the browsers' makers do: RFC 8030 (the request), RFC 8291 (the encryption), RFC 8292 (VAPID).
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from secrets import token_bytes, token_hex
from typing import Any

import http_ece
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.core.vapid import decoded, encoded
from tests.support.people import PATIENCE

DAY = 86400
MODES = {"taken": 201, "gone": 410, "unknown": 404, "busy": 429, "broken": 500}


@dataclass
class Browser:
    """A subscribed one, with the keys that only it has; `mode`: how the service answers for it."""

    name: str
    endpoint: str
    mode: str = "taken"
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: token_bytes(16))

    @property
    def subscription(self) -> dict[str, Any]:
        """As PushSubscription.toJSON() gives it."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encoded(point), "auth": encoded(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}


@dataclass(frozen=True)
class Arrival:
    """What came for a browser: the answer it got, the request's headers, and what the browser decrypts."""

    browser: str
    status: int
    headers: dict[str, str]
    told: dict[str, Any]


class PushService:
    """`async with PushService() as service`: listens on 127.0.0.1. `ledger`: all that came, in order."""

    def __init__(self) -> None:
        self.ledger: list[Arrival] = []
        self.refused: list[str] = []  # why, where it was no proper request
        self._browsers: dict[str, Browser] = {}
        self._news = asyncio.Condition()

    async def __aenter__(self) -> PushService:
        app = web.Application()
        app.add_routes([web.post("/push/{token}", self._take)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0]
        self.origin = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        assert not self.refused, self.refused

    def browser(self, name: str, mode: str = "taken") -> Browser:
        """Somebody's browser, which has just subscribed."""
        token = token_hex(8)
        self._browsers[token] = Browser(name, f"{self.origin}/push/{token}", mode)
        return self._browsers[token]

    async def hears(self, name: str, **said: Any) -> Arrival:
        """The first that was taken for this browser and says so, so far, or the next one."""

        def found() -> list[Arrival]:
            return [each for each in self.of(name) if each.status < 300 and said.items() <= each.told.items()]

        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(found)
        except TimeoutError:
            raise AssertionError(f"{name} did not hear {said}, but {[each.told for each in self.ledger]}") from None
        return found()[0]

    def of(self, name: str) -> list[Arrival]:
        return [each for each in self.ledger if each.browser == name]

    async def _take(self, request: web.Request) -> web.Response:
        browser, body = self._browsers[request.match_info["token"]], await request.read()
        try:
            self._check_sender(request)
            told = json.loads(self._decrypted(browser, request, body))
        except Exception as error:  # whatever is wrong with it, the test has to see it
            self.refused.append(f"{browser.name}: {error!r}")
            return web.Response(status=400)
        status = MODES[browser.mode]
        headers = {name: request.headers[name] for name in ("TTL", "Urgency", "Topic")}
        async with self._news:
            self.ledger.append(Arrival(browser.name, status, headers, told))
            self._news.notify_all()
        return web.Response(status=status, headers={"Retry-After": "1"} if browser.mode == "busy" else {})

    def _check_sender(self, request: web.Request) -> None:
        scheme, _, given = request.headers["Authorization"].partition(" ")
        assert scheme == "vapid", scheme
        parts = dict(part.strip().split("=", 1) for part in given.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=self.origin, options={"verify_exp": False})
        assert time.time() < claims["exp"] <= time.time() + DAY + 30 * DAY, "tests move the desk's clock ahead"
        assert claims["sub"].startswith(("mailto:", "https://")), claims["sub"]

    def _decrypted(self, browser: Browser, request: web.Request, body: bytes) -> bytes:
        assert request.headers["Content-Encoding"] == "aes128gcm"
        assert int(request.headers["TTL"]) >= 0
        assert request.headers["Urgency"] in {"very-low", "low", "normal", "high"}
        assert len(request.headers["Topic"]) <= 32
        assert len(body) <= 4096
        return bytes(http_ece.decrypt(body, private_key=browser.private, auth_secret=browser.secret))
