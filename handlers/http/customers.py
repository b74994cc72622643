"""/api/customers/...: what is known of customers, for other programs; and all of it, by the address an admin was given."""

import asyncio
import os
from typing import IO

from aiohttp import web

from handlers.http import requests
from handlers.http.programs import ProgramDoor
from server.admin.customer_records import CustomerRecords
from server.admin.customers import Archive, CustomerRights
from server.schemas.customers import Customer, CustomersAnswer, PutCustomer
from server.schemas.payload import Nothing, Page

PIECE = 256 * 1024


class CustomerRoutes:
    def __init__(self, door: ProgramDoor, rights: CustomerRights, records: CustomerRecords) -> None:
        self._door = door
        self._rights = rights
        self._records = records

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/api/customers", self.customers),
            web.get("/api/customers/{id}", self.customer),
            web.put("/api/customers/{id}", self.change),
            web.get("/api/customers/{id}/export", self.export, allow_head=False),
            web.delete("/api/customers/{id}", self.erase),
        ]

    async def customers(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "customers:read")
        asked = requests.query(request, Page)
        return self._door.answer(program, CustomersAnswer, await self._records.page(asked.page, asked.page_size))

    async def customer(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "customers:read")
        requests.query(request, Nothing)
        return self._door.answer(program, Customer, await self._records.one(request.match_info["id"]))

    async def change(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "customers:write")
        requests.query(request, Nothing)
        wanted = await requests.body(request, PutCustomer)
        changed = await self._records.change(program, request.match_info["id"], wanted)
        return self._door.answer(program, Customer, changed)

    async def erase(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "customers:write")
        return web.json_response(await self._rights.erase_for(program, request.match_info["id"]))

    async def export(self, request: web.Request) -> web.StreamResponse:
        async with await self._archive(request, request.match_info["id"]) as file:
            return await _sent(request, file)

    async def _archive(self, request: web.Request, named: str) -> Archive:
        if "sig" in request.query:
            return await self._rights.exported_by_link(named, request.query)
        return await self._rights.exported_for(await self._door.reader(request, "customers:read"), named)


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
