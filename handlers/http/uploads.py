"""POST /api/uploads and GET /media/...: files in, files out."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from handlers.http import requests
from server.core.errors import Forbidden, Malformed, NotFound, TooLarge
from server.core.rate_limits import Limits
from server.core.settings import Settings
from server.people.build import People
from server.uploads.files import Download, Files
from server.uploads.hearers import Hearers

PIECE = 64 * 1024
ENVELOPE = 4096  # bytes of multipart around the file
BROKEN = (ValueError, AssertionError, HttpProcessingError)  # what aiohttp raises for a broken multipart body


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
        who = await requests.identity(request, self._sessions)
        if who.role not in {"customer", "agent"}:
            raise Forbidden("only those who talk in chats send files")
        if who.role == "agent" and await self._second_factor.state(who.person) == "needed":
            raise Forbidden("set up your second factor first")
        self._limits.spend(f"upload:{who.id}", self._settings.rate_limit_upload)
        if (request.content_length or 0) > self._settings.max_file_size + ENVELOPE:
            raise TooLarge(f"a file has at most {self._settings.max_file_size} bytes")
        part = await _file_part(request)
        shown = await self._files.receive(who, part.filename or "", _pieces(part))
        return web.json_response(shown, status=201)

    async def download(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        await self._hearers.check(path, request.query)
        found = await self._files.find(path)
        if found is None:
            raise NotFound("this file is gone")
        if found.unsent_of:
            await self._check_uploader(request, found.unsent_of)
        return web.FileResponse(found.path, headers=_headers(found))

    async def _check_uploader(self, request: web.Request, owner_id: str) -> None:
        """An address alone says nothing of who has it: what nobody has sent yet is shown to its uploader's token only."""
        if not requests.bearer(request) or (await requests.identity(request, self._sessions)).id != owner_id:
            raise Forbidden("this file has not been sent yet: only its uploader's token opens it")


async def _file_part(request: web.Request) -> BodyPartReader:
    if not request.content_type.startswith("multipart/"):
        raise Malformed("send the file as multipart/form-data, in a field named file")
    try:
        reader = await request.multipart()
        part = await reader.next()
    except BROKEN:
        raise Malformed("the multipart body is broken") from None
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise Malformed("the first field is named file")
    return part


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    try:
        while piece := await part.read_chunk(PIECE):
            yield piece
    except BROKEN:
        raise Malformed("the multipart body is broken") from None


def _headers(found: Download) -> dict[str, str]:
    how = "inline" if found.is_image else "attachment"
    charset = "; charset=utf-8" if found.content_type.startswith("text/") else ""
    return {
        "Content-Type": found.content_type + charset,
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400",
    }
