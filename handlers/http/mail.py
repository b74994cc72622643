"""/mail/...: pages that links of mails lead to. Looking at one changes nothing, for programs that scan mails look, too."""

from dataclasses import dataclass
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from handlers.http.pages import policy
from server.core.settings import Settings
from server.core.words import language_of, say
from server.mail.addresses import AddressLinks
from server.mail.letters import Letters
from server.mail.links import CONFIRM, STOP, MailLink
from server.mail.transcript_mails import ConfirmedTranscripts

LONGEST_TOKEN = 2048


@dataclass(frozen=True)
class MailRoutes:
    settings: Settings
    links: AddressLinks
    letters: Letters
    transcripts: ConfirmedTranscripts

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/mail/confirm", self.confirm_page),
            web.post("/mail/confirm", self.confirm),
            web.get("/mail/stop", self.stop_page),
            web.post("/mail/stop", self.stop),
        ]

    async def confirm_page(self, request: web.Request) -> web.Response:
        found = await self.links.look(CONFIRM, _token(request))
        return self._page(request, "confirm", found and found[0], "ask", "mail.confirm")

    async def confirm(self, request: web.Request) -> web.Response:
        """It opens what waited for it."""
        link = await self.links.confirm(_token(request))
        next_url = self.transcripts.page_url(link) if link else None
        return self._page(request, "confirm", link, "done", None, next_url=next_url)

    async def stop_page(self, request: web.Request) -> web.Response:
        found = await self.links.look(STOP, _token(request))
        if found and found[0].kind in (found[1].stopped_mails or ()):
            return self._page(request, "stop", found[0], "done", "stop.again", resume=True)
        return self._page(request, "stop", found and found[0], "ask", "stop.button")

    async def stop(self, request: web.Request) -> web.Response:
        """One click (RFC 8058), from the reader's mail program or the page."""
        is_wanted = request.query.get("resume") == "1"
        link = await self.links.stop(_token(request), resume=is_wanted)
        if is_wanted:
            return self._page(request, "stop", link, "resumed", None)
        return self._page(request, "stop", link, "done", "stop.again", resume=True)

    def _page(  # noqa: PLR0913  what a page says
        self,
        request: web.Request,
        kind: str,
        link: MailLink | None,
        state: str,
        button: str | None,
        *,
        resume: bool = False,
        next_url: str | None = None,
    ) -> web.Response:
        language = language_of(request.headers.get("Accept-Language"))
        words: dict[str, Any] = {"address": link.email} if link else {}
        about = say(f"stop.kind.{link.kind}", language) if link and kind == "stop" else ""
        context = {
            "title": say(f"{kind}.title", language, desk=self.letters.desk),
            "language": language,
            "sheets": ("/static/staff/staff.css",),
            "sentence": say(f"{kind}.{state}", language, **words) if link else say("link.over", language),
            "about": about,
            "button": say(button, language) if link and button else None,
            "next_url": next_url,
            "next_words": say("transcript.open", language),
            "action": f"{request.path}?token={_token(request)}" + ("&resume=1" if resume else ""),
        }
        response = aiohttp_jinja2.render_template("mail_page.html", request, context)
        response.headers.update(
            {
                "Content-Security-Policy": policy(self.settings.base_url, ("'none'",)),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "X-Robots-Tag": "noindex",
            }
        )
        return response


def _token(request: web.Request) -> str:
    return request.query.get("token", "")[:LONGEST_TOKEN]
