"""Transcripts over HTTP: a file for staff, the page of a transcript's link, and that of the link into a conversation."""

from zoneinfo import ZoneInfo

from aiohttp import web

from handlers.http import requests
from handlers.http.pages import Pages, policy
from server.chat.access import Access
from server.core.addresses import block_of
from server.core.errors import ChatEnded, Forbidden, Gone, Invalid, Unauthorized
from server.core.rate_limits import Limits
from server.core.settings import Settings, kinds
from server.core.settings.kinds import Rate
from server.core.words import language_of
from server.mail.transcripts import Transcripts, Wish
from server.people.build import People

SHEET = "/static/transcript/transcript.css"
STAFF = ("agent", "admin")
RATE = Rate(30, 60)  # transcripts, each a page of up to thousands of lines, for one of the staff or one address


class TranscriptRoutes:
    def __init__(
        self, settings: Settings, people: People, access: Access, transcripts: Transcripts, limits: Limits
    ) -> None:
        self._settings = settings
        self._pages = Pages(settings)
        self._sessions = people.sessions
        self._second_factor = people.own_second_factor
        self._chat_links = people.chat_links
        self._audit = people.audit
        self._access = access
        self._transcripts = transcripts
        self._limits = limits

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/api/chats/{id}/transcript", self.download, allow_head=False),
            web.get("/chat", self.page),
        ]

    async def download(self, request: web.Request) -> web.Response:
        """For whoever may read the chat: `format=html|text`, `lang`, `time_zone`."""
        who = await requests.identity(request, self._sessions)
        if who.role not in STAFF or await self._second_factor.state(who.person) == "needed":
            raise Forbidden("agents and admins have transcripts")
        chat_id, form = request.match_info["id"], request.query.get("format", "html")
        if form not in {"html", "text"}:
            raise Invalid.of_field("format", "html or text")
        wish = Wish(language_of(request.query.get("lang")), self._zone(request.query.get("time_zone", "")))
        await self._access.visible_chat(who, chat_id)
        chat = await self._access.any_chat(chat_id)
        if chat.purged:
            raise ChatEnded("what was said in this chat has been removed")
        self._limits.spend(f"transcript:{who.id}", RATE)
        body = await (self._transcripts.html(chat, wish) if form == "html" else self._transcripts.text(chat, wish))
        await self._audit.note(who.id, "transcript_downloaded", chat.customer_id, chat=chat.id)
        kind, suffix = ("text/html", "html") if form == "html" else ("text/plain", "txt")
        headers = {"Content-Disposition": f'attachment; filename="conversation-{chat.id}.{suffix}"'}
        return web.Response(text=body, content_type=kind, charset="utf-8", headers=headers | _private())

    async def page(self, request: web.Request) -> web.Response:
        """A transcript's, or else that of whoever comes by a link; neither changes anything."""
        try:
            chat, upto = await self._chat_links.transcribed(request.query.get("token"))
        except Unauthorized:
            return await self._pages.continued(request)
        except Gone as gone:
            return await self._pages.continued(request, gone.status)
        self._limits.spend(f"transcript:{block_of(requests.address(request, self._settings.trusted_proxies))}", RATE)
        language = language_of(request.query.get("lang") or request.headers.get("Accept-Language"))
        wish = Wish(language, self._zone(request.query.get("zone", "")), upto)
        text = await self._transcripts.html(chat, wish, sheet=SHEET)
        headers = {"Content-Security-Policy": policy(self._settings.base_url, ("'none'",)), "X-Robots-Tag": "noindex"}
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers | _private())

    def _zone(self, name: str) -> ZoneInfo:
        try:
            return kinds.zone(name) if name else self._settings.desk_timezone
        except ValueError:
            raise Invalid.of_field("time_zone", "The name of a time zone, as Europe/Paris.") from None


def _private() -> dict[str, str]:
    return {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
