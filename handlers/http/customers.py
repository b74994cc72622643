"""/api/customers/...: what other servers (platforms) do with all that is known of a customer."""

from aiohttp import web

from handlers.http import requests
from server.admin.customers import CustomerRights
from server.people.sessions import Sessions


class CustomerRoutes:
    def __init__(self, sessions: Sessions, rights: CustomerRights) -> None:
        self._sessions = sessions
        self._rights = rights

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.delete("/api/customers/{id}", self.erase)]

    async def erase(self, request: web.Request) -> web.Response:
        platform = await self._sessions.platform(requests.bearer(request) or "")
        return web.json_response(await self._rights.erase_for(platform, request.match_info["id"]))
