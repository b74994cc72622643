"""GET /api/availability: what a page asks before anything is typed."""

from aiohttp import web

from server.queue.availability import FRESH, Availability

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
