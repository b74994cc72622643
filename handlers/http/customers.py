"""/api/customers/...: all that is known of a customer, for other servers (platforms), and by the address an admin was given."""

import asyncio
import os
from typing import IO

from aiohttp import web

from handlers.http import requests
from server.admin.customers import Archive, CustomerRights
from server.core.settings import Settings
from server.people.platforms import PlatformCredentials

PIECE = 256 * 1024


class CustomerRoutes:
    def __init__(self, settings: Settings, platforms: PlatformCredentials, rights: CustomerRights) -> None:
        self._trusted = settings.trusted_proxies
        self._platforms = platforms
        self._rights = rights

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/api/customers/{id}/export", self.export, allow_head=False),
            web.delete("/api/customers/{id}", self.erase),
        ]

    async def erase(self, request: web.Request) -> web.Response:
        platform = await self._platforms.platform(*requests.credential(request, self._trusted), "customers:write")
        return web.json_response(await self._rights.erase_for(platform, request.match_info["id"]))

    async def export(self, request: web.Request) -> web.StreamResponse:
        async with await self._archive(request, request.match_info["id"]) as file:
            return await _sent(request, file)

    async def _archive(self, request: web.Request, named: str) -> Archive:
        if "sig" in request.query:
            return await self._rights.exported_by_link(named, request.query)
        platform = await self._platforms.platform(*requests.credential(request, self._trusted), "customers:read")
        return await self._rights.exported_for(platform, named)


async def _sent(request: web.Request, file: IO[bytes]) -> web.StreamResponse:
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": 'attachment; filename="customer.zip"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    response = web.StreamResponse(headers=headers)
    response.content_length = os.fstat(file.fileno()).st_size
    await response.prepare(request)
    while piece := await asyncio.to_thread(file.read, PIECE):
        await response.write(piece)
    await response.write_eof()
    return response
