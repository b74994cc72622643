"""POST /api/uploads and GET /media/...: files in, files out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from aiohttp import web

from handlers.http import requests
from handlers.http.app import answer
from handlers.http.multipart import Patience, file_part
from server.core.addresses import block_of
from server.core.errors import Forbidden, Invalid, NotFound, TooLarge, UploadStalled
from server.core.rate_limits import Limits
from server.core.settings import Settings
from server.people.build import People
from server.uploads.files import AVATAR, Download, Files, Given
from server.uploads.hearers import Hearers

ENVELOPE = 4096  # bytes of multipart around the file, at most


class UploadRoutes:
    def __init__(self, settings: Settings, people: People, files: Files, hearers: Hearers, limits: Limits) -> None:
        self._settings = settings
        self._sessions = people.sessions
        self._second_factor = people.own_second_factor
        self._files = files
        self._hearers = hearers
        self._limits = limits

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post("/api/uploads", self.upload), web.get("/media/{path:.+}", self.download)]

    async def upload(self, request: web.Request) -> web.Response:
        try:
            return await self._upload(request)
        except UploadStalled as stalled:  # the library would wait for the rest once more before it closes
            response = answer(stalled)
            response.force_close()
            request.content.feed_eof()
            return response

    async def _upload(self, request: web.Request) -> web.Response:
        who = await requests.identity(request, self._sessions)
        purpose = _purpose(request)
        await self._files.check_sender(who, purpose)
        if who.role != "customer" and await self._second_factor.state(who.person) == "needed":
            raise Forbidden("set up your second factor first")
        self._limits.spend(f"upload:{who.id}", self._settings.rate_limit_upload)
        most, expected = self._files.max_size(purpose), max(0, (request.content_length or 0) - ENVELOPE)
        if expected > most:
            raise TooLarge(f"a file has at most {most} bytes", max_file_size=most)
        address = block_of(requests.address(request, self._settings.trusted_proxies))
        part = await file_part(request, self._patience())
        shown = await self._files.receive(who, Given(part.name, address, expected, purpose), part.pieces())
        return web.json_response(shown, status=201)

    def _patience(self) -> Patience:
        """How long the next bytes of one upload may take, and all of them together."""
        now = asyncio.get_running_loop().time
        end = now() + self._settings.upload_seconds

        @asynccontextmanager
        async def patience() -> AsyncIterator[None]:
            try:
                async with asyncio.timeout_at(min(end, now() + self._settings.upload_silence_seconds)):
                    yield
            except TimeoutError:
                raise UploadStalled from None

        return patience

    async def download(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        seconds, found = await asyncio.gather(self._hearers.check(path, request.query), self._files.find(path))
        if found is None:
            raise NotFound("this file is gone")
        if found.unsent_of:
            await self._check_uploader(request, found.unsent_of)
        return web.FileResponse(found.path, headers=_headers(found, seconds))

    async def _check_uploader(self, request: web.Request, owner_id: str) -> None:
        """An address alone says nothing of who has it: what nobody has sent yet is shown to its uploader's token only."""
        if not requests.bearer(request) or (await requests.identity(request, self._sessions)).id != owner_id:
            raise Forbidden("this file has not been sent yet: only its uploader's token opens it")


def _purpose(request: web.Request) -> str | None:
    purpose = request.query.get("for")
    if purpose not in {None, AVATAR}:
        raise Invalid(fields={"for": ["An upload is for a chat, or for=avatar."]})
    return purpose


def _headers(found: Download, seconds: int) -> dict[str, str]:
    """`seconds`: for how long the address is good; a browser keeps the file no longer, and nothing that is not sent yet."""
    how = "inline" if found.is_image else "attachment"
    return {
        "Content-Type": found.content_type,
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store" if found.unsent_of else f"private, max-age={seconds}",
    }
