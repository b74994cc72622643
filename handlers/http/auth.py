"""POST /api/auth/...: visitors, log-in, customers of the host site, log-out."""

from aiohttp import web

from handlers.http import requests
from server.core.addresses import block_of
from server.core.errors import Forbidden, Unauthorized
from server.core.identity import Identity
from server.core.rate_limits import Limits
from server.core.settings import Settings
from server.core.settings.kinds import Rate
from server.people.browsers import browser_of
from server.people.build import People
from server.people.sessions import Device
from server.people.site_identity import Site
from server.schemas.invitations import TakeInvitation
from server.schemas.people import Guest, Identify, Login

LOGINS_AN_ADDRESS = 10  # times RATE_LIMIT_LOGIN: a whole office behind one address may begin its day


class AuthRoutes:
    def __init__(self, settings: Settings, people: People, site: Site, limits: Limits) -> None:
        self._settings = settings
        self._login = people.login
        self._arrivals = people.arrivals
        self._sessions = people.sessions
        self._session_revoker = people.session_revoker
        self._site = site
        self._limits = limits

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.post("/api/auth/guest", self.guest),
            web.post("/api/auth/login", self.login),
            web.post("/api/auth/identify", self.identify),
            web.post("/api/auth/invitation", self.invitation),
            web.post("/api/auth/logout", self.logout),
        ]

    async def guest(self, request: web.Request) -> web.Response:
        block, settings = block_of(self._address(request)), self._settings
        self._limits.spend(f"guest:{block}", settings.rate_limit_guest)
        self._limits.spend(f"guest_day:{block}", settings.rate_limit_guest_day)
        given = await requests.body(request, Guest) if request.can_read_body else Guest.load({})
        return web.json_response(
            await self._sessions.guest(given.name, given.email, given.locale, self._device(request)), status=201
        )

    async def login(self, request: web.Request) -> web.Response:
        given = await requests.body(request, Login)
        self._spend_of_address("login", request)
        return web.json_response(await self._login.log_in(given, self._device(request)))

    async def invitation(self, request: web.Request) -> web.Response:
        """Only this takes an invitation: its page is asked for by scanners and previews, too."""
        self._spend_of_address("invitation", request)
        given = await requests.body(request, TakeInvitation)
        return web.json_response(await self._arrivals.take(given, self._device(request)), status=201)

    async def identify(self, request: web.Request) -> web.Response:
        given = await requests.body(request, Identify)
        guest = await self._guest(request)
        try:
            let_in = await self._site.identify(given.identity_token, guest, self._device(request))
        except Unauthorized:  # whoever guesses is counted by address, whom the site knows is not
            self._limits.spend(f"identify_failed:{block_of(self._address(request))}", self._settings.rate_limit_guest)
            raise
        return web.json_response(let_in)

    async def logout(self, request: web.Request) -> web.Response:
        who = await requests.identity(request, self._sessions)
        await self._sessions.end(who)
        await self._session_revoker.close_session(who.session_id)
        return web.Response(status=204)

    async def _guest(self, request: web.Request) -> Identity | None:
        """Whoever this browser was until now. One whose session is over, perhaps by a try of which nobody heard, is nobody."""
        try:
            guest = await requests.identity(request, self._sessions) if requests.bearer(request) else None
        except Unauthorized:
            return None
        if guest and guest.only_chat:
            raise Forbidden("whoever comes by a link stays whom the link was sent to: begin at our own page")
        return guest

    def _spend_of_address(self, what: str, request: web.Request) -> None:
        spend_of_address(self._limits, self._settings, what, request)

    def _device(self, request: web.Request) -> Device:
        return Device(self._address(request), browser_of(request.headers.get("User-Agent", "")))

    def _address(self, request: web.Request) -> str:
        return requests.address(request, self._settings.trusted_proxies)


def spend_of_address(limits: Limits, settings: Settings, what: str, request: web.Request) -> None:
    """Raises RateLimited for an address from which this is tried too often."""
    rate, block = settings.rate_limit_login, block_of(requests.address(request, settings.trusted_proxies))
    limits.spend(f"{what}:{block}", Rate(rate.count * LOGINS_AN_ADDRESS, rate.seconds))
