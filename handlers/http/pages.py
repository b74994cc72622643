"""The pages: thin shells around the browser's modules, each behind the strict policy that fits it."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

import aiohttp_jinja2
from aiohttp import web

from handlers.http import requests
from handlers.http.files import takes_gzip
from handlers.http.loader import loader
from server.core.settings import Settings

STATIC = Path(__file__).parents[2] / "static"
IMPORTED = re.compile(r'^(?:import|\} from)\b.*?"(.+?)";$', re.MULTILINE)
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Page:
    """A page: its template, the module it starts with, the sheets it has besides the one of every page."""

    template: str
    script: str = ""
    sheets: tuple[str, ...] = ()
    title: str = "Deskwire"
    manifest: str = ""  # of a page that can be installed as an app

    def context(self) -> dict[str, object]:
        """What every template is given. Naming all modules at once spares the browser a walk down the import tree."""
        modules = imported_by(self.script) if self.script else ()
        return {
            "title": self.title,
            "script": self.script,
            "modules": modules,
            "sheets": self.sheets,
            "manifest": self.manifest,
        }


@cache
def imported_by(script: str) -> tuple[str, ...]:
    """The addresses of all modules that `script` needs, read from the import lines of our own; in order of discovery."""
    found: dict[str, None] = {}
    waiting = [script]
    for address in waiting:
        if not address.startswith("/static/"):
            continue  # the library imports nothing
        source = (STATIC / address.removeprefix("/static/")).read_text()
        for name in IMPORTED.findall(source):
            wanted = normpath(join(dirname(address), name))
            if wanted not in found and wanted != script:
                found[wanted] = None
                waiting.append(wanted)
    return tuple(found)


SHOP = Page("shop.html", "/static/shop/main.js", ("/static/shop/shop.css",))
PLAIN = Page("plain.html", sheets=("/static/staff/staff.css",))
WIDGET = Page("widget.html", "/static/widget/main.js", ("/static/widget/widget.css",))
RESET = Page("staff.html", "/static/staff/reset.js", ("/static/staff/staff.css",), "New password")
CONTINUED = Page("widget.html", "/static/widget/continued.js", ("/static/widget/widget.css",))
LOGIN = Page("staff.html", "/static/staff/login.js", ("/static/staff/staff.css",), "Log in")
INVITE = Page("staff.html", "/static/staff/invite.js", ("/static/staff/staff.css",), "Invitation")
BY_SECRET = {"/invite": INVITE, "/reset": RESET}
AGENT = Page(
    "staff.html",
    "/static/agent/main.js",
    ("/static/staff/staff.css", "/static/agent/agent.css"),
    "Agent's desk",
    "/agent.webmanifest",
)
ADMIN = Page(
    "staff.html",
    "/static/admin/main.js",
    ("/static/staff/staff.css", "/static/admin/admin.css"),
    "Monitor",
)
OF_STAFF = {"/agent": AGENT, "/admin": ADMIN, "/login": LOGIN}


def routes(settings: Settings) -> list[web.RouteDef]:
    """The routes of every page, and of the loader that other sites' pages ask for."""
    pages = Pages(settings)
    return [
        web.get("/", pages.shop),
        web.get("/widget", pages.widget),
        web.get("/widget.js", loader),
        web.get("/agent", pages.staff),
        web.get("/admin", pages.staff),
        web.get("/login", pages.staff),
        web.get("/invite", pages.by_secret),
        web.get("/reset", pages.by_secret),
    ]


@dataclass(frozen=True)
class Pages:
    settings: Settings

    async def shop(self, request: web.Request) -> web.Response:
        if not self.settings.demo:
            return self._render(request, PLAIN, status=404)
        lang = request.query.get("lang", "")
        more = {"base_url": self.settings.base_url, "lang": lang if lang in LANGUAGES else ""}
        return self._render(request, SHOP, more=more)

    async def widget(self, request: web.Request) -> web.Response:
        here = requests.origin(request, self.settings.trusted_proxies)  # 127.0.0.1 and localhost are two of one desk
        hosts = (_origin(self.settings.base_url), here, *self.settings.cors_origins)
        ancestors = ("'self'", *self.settings.cors_origins)
        return self._render(request, WIDGET, ancestors=ancestors, more={"hosts": " ".join(dict.fromkeys(hosts))})

    async def staff(self, request: web.Request) -> web.Response:
        return self._render(request, OF_STAFF[request.path])

    async def continued(self, request: web.Request, status: int = 200) -> web.Response:
        """What a mail's link opens. Only the page's script shows the token to the desk: asking for the page changes nothing."""
        return _unshared(self._render(request, CONTINUED, status=status, more={"hosts": ""}))

    async def by_secret(self, request: web.Request) -> web.Response:
        """What a link leads to that counts once: only the page's button uses it up."""
        return _unshared(self._render(request, BY_SECRET[request.path]))

    def _render(
        self,
        request: web.Request,
        page: Page,
        *,
        status: int = 200,
        ancestors: tuple[str, ...] = ("'none'",),
        more: dict[str, str] | None = None,
    ) -> web.Response:
        context = page.context() | {"mail": bool(self.settings.smtp_url)} | (more or {})
        response = aiohttp_jinja2.render_template(page.template, request, context, status=status)
        response.headers.update(
            {
                "Content-Security-Policy": policy(self.settings.base_url, ancestors),
                "Cache-Control": "no-cache",
                "Vary": "Accept-Encoding",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "strict-origin-when-cross-origin",
                "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
            }
        )
        if takes_gzip(request):
            response.enable_compression(web.ContentCoding.gzip)
        return response


def _unshared(response: web.Response) -> web.Response:
    """A page in whose address a secret stands: nobody else is told where the reader came from, and nobody keeps it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def policy(base_url: str, ancestors: tuple[str, ...]) -> str:
    """Everything from here, nothing inline. Older Safari does not count ws: as 'self', so it is named."""
    here = _origin(base_url)
    socket = "ws" + here.removeprefix("http")
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            f"connect-src 'self' {socket}",
            "frame-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(ancestors)}",
        )
    )


def _origin(base_url: str) -> str:
    return "/".join(base_url.split("/")[:3])
