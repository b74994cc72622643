"""POST /api/auth/...: links that somebody asks for without being known, and what the one of a forgotten password does."""

from dataclasses import dataclass

from aiohttp import web

from handlers.http import requests
from handlers.http.auth import spend_of_address
from server.core.rate_limits import Limits
from server.core.settings import Settings
from server.mail.asked_links import NEW_LINK, RESET_PASSWORD, AskedLinks
from server.people.password_reset import PasswordReset
from server.schemas.people import Forgot, PastLink, Reset


@dataclass(frozen=True)
class AskedLinkRoutes:
    settings: Settings
    limits: Limits
    asked_links: AskedLinks
    password_reset: PasswordReset

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.post("/api/auth/forgot", self.forgot),
            web.post("/api/auth/reset", self.reset),
            web.post("/api/auth/link", self.link),
        ]

    async def forgot(self, request: web.Request) -> web.Response:
        """The same answer, as soon, whoever is named."""
        spend_of_address(self.limits, self.settings, "forgot", request)
        given = await requests.body(request, Forgot)
        self.asked_links.ask(RESET_PASSWORD, given.username)
        return web.Response(status=204)

    async def reset(self, request: web.Request) -> web.Response:
        spend_of_address(self.limits, self.settings, "reset", request)
        given = await requests.body(request, Reset)
        await self.password_reset.reset(given.token, given.password)
        return web.Response(status=204)

    async def link(self, request: web.Request) -> web.Response:
        """A new link for one that has run out: the same answer, as soon, whatever is shown."""
        spend_of_address(self.limits, self.settings, "link", request)
        given = await requests.body(request, PastLink)
        self.asked_links.ask(NEW_LINK, given.token)
        return web.Response(status=204)
