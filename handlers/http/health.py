"""GET /healthz, /readyz and /metrics for those who run the desk; /api/availability for those who want to ask it."""

from aiohttp import web

from handlers.http import requests
from handlers.http.app import answer
from server.core.errors import Forbidden, Unauthorized, Unavailable
from server.core.metrics import Metrics
from server.core.outage import Health
from server.core.settings import Settings
from server.people.platforms import PlatformCredentials
from server.queue.availability import FRESH, Availability


class HealthRoutes:
    def __init__(self, settings: Settings, health: Health, metrics: Metrics, platforms: PlatformCredentials) -> None:
        self._settings = settings
        self._health = health
        self._metrics = metrics
        self._platforms = platforms

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    async def healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(self, request: web.Request) -> web.Response:
        state = await self._health.state()
        if state["status"] == "ready":
            return web.json_response(state)
        away = Unavailable(f"the database is away; mongod: {state['mongod']}" if "mongod" in state else None)
        away.more.update(state)
        return answer(away)

    async def metrics(self, request: web.Request) -> web.Response:
        """For this machine, and for a platform that shows its credential; with METRICS_OPEN for everybody."""
        if not self._settings.metrics_open and not requests.is_local(request):
            await self._platform(request)
        return web.Response(
            body=self._metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    async def _platform(self, request: web.Request) -> None:
        try:
            shown = requests.credential(request, self._settings.trusted_proxies)
            await self._platforms.platform(*shown, "metrics")
        except (Unauthorized, Forbidden):
            raise Forbidden("metrics are for this machine, and for platforms with the scope metrics") from None


CACHED = f"public, max-age={int(FRESH.total_seconds())}"


class AvailabilityRoutes:
    def __init__(self, availability: Availability) -> None:
        self._availability = availability

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/api/availability", self.availability)]

    async def availability(self, request: web.Request) -> web.Response:
        """For everybody. A cache keeps one for each origin: only those of CORS_ORIGINS may read it in a browser."""
        headers = {"Cache-Control": CACHED, "Vary": "Origin"}
        return web.json_response(await self._availability.shown(), headers=headers)
