"""/api/chats/... and /api/report, for other programs: who asks, with which scope, and an answer with whole addresses."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from aiohttp import web
from marshmallow import Schema

from handlers.http import requests
from server.admin.report import Reporting
from server.chat.programs import ProgramChats
from server.core.rate_limits import Limits
from server.core.settings import Settings
from server.people.platforms import Holder, PlatformCredentials
from server.realtime.upload_urls import Names, Program, Trail, UploadUrls, names_to, trail_of
from server.schemas.admin import FiguresOfReport, Report
from server.schemas.chat import Chat, ChatsAck, ListAllChats
from server.schemas.customers import Customer
from server.schemas.messages import MessageAck
from server.schemas.payload import Nothing
from server.schemas.people import User
from server.schemas.programs import LinesAfter, LinesAnswer, PostLine


class ProgramDoor:
    """Lets programs in, and answers them."""

    def __init__(self, settings: Settings, platforms: PlatformCredentials, limits: Limits, urls: UploadUrls) -> None:
        self._trusted = settings.trusted_proxies
        self._rate = settings.rate_limit_command
        self._platforms = platforms
        self._limits = limits
        self._urls = urls

    async def known(self, request: web.Request, scope: str) -> Holder:
        """Whose credential it is. Raises Unauthorized, Forbidden, RateLimited for too many wrong ones."""
        return await self._platforms.platform(*requests.credential(request, self._trusted), scope)

    def spend(self, program: Holder, what: str) -> None:
        """Raises RateLimited: RATE_LIMIT_COMMAND holds for each credential and kind of request."""
        self._limits.spend(f"program:{program.id}:{what}", self._rate)

    async def reader(self, request: web.Request, scope: str) -> Holder:
        """Both."""
        program = await self.known(request, scope)
        self.spend(program, request.method + scope)
        return program

    def answer(self, program: Holder, schema: type[Schema], shown: dict[str, Any], status: int = 200) -> web.Response:
        """Files have addresses that are signed for this program; each address is whole."""
        trail, avatars = _ways(schema)
        signed = self._urls.signed_for(Program(program.id), trail, shown)
        return web.json_response(
            _whole(signed, avatars, self._urls.base) if avatars is not None else signed, status=status
        )


@cache
def _ways(schema: type[Schema]) -> tuple[Trail | None, Names | None]:
    """The names that lead to a shape's files and people."""
    return trail_of(schema()), names_to((User, Customer), schema())


def _whole(shown: Any, names: Names, base: str) -> Any:
    if isinstance(shown, list):
        return [_whole(each, names, base) for each in shown]
    if not isinstance(shown, Mapping):
        return shown
    if not names:
        avatar = shown.get("avatar") or ""
        return {**shown, "avatar": base + avatar} if avatar.startswith("/") else shown
    return {**shown, **{name: _whole(shown[name], below, base) for name, below in names.items() if name in shown}}


class ChatRoutes:
    def __init__(self, door: ProgramDoor, chats: ProgramChats, reporting: Reporting) -> None:
        self._door = door
        self._chats = chats
        self._reporting = reporting

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/api/chats", self.chats),
            web.get("/api/chats/{id}", self.chat),
            web.get("/api/chats/{id}/messages", self.lines),
            web.post("/api/chats/{id}/messages", self.post),
            web.get("/api/report", self.report),
        ]

    async def chats(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "chats:read")
        return self._door.answer(program, ChatsAck, await self._chats.page(requests.query(request, ListAllChats)))

    async def chat(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "chats:read")
        requests.query(request, Nothing)
        return self._door.answer(program, Chat, await self._chats.one(request.match_info["id"]))

    async def lines(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "chats:read")
        asked = requests.query(request, LinesAfter)
        found = await self._chats.lines(request.match_info["id"], asked.after, asked.limit)
        return self._door.answer(program, LinesAnswer, found)

    async def post(self, request: web.Request) -> web.Response:
        program = await self._door.known(request, "chats:write")
        requests.query(request, Nothing)
        said, chat_id = await requests.body(request, PostLine), request.match_info["id"]
        if not await self._chats.is_resend(program, chat_id, said.client_id):
            self._door.spend(program, "post")
        posted = await self._chats.post(program, chat_id, said.client_id, said.body)
        return self._door.answer(program, MessageAck, posted, status=200 if posted["duplicate"] else 201)

    async def report(self, request: web.Request) -> web.Response:
        program = await self._door.reader(request, "report:read")
        asked = requests.query(request, Report)
        figures = (await self._reporting.figures(asked.since, asked.until))["figures"]
        return self._door.answer(program, FiguresOfReport, figures)
