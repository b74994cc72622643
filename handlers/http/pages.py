"""The pages: thin shells around the faces' modules, each behind the strict policy that fits it."""

from dataclasses import dataclass
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web

from handlers.http import requests
from handlers.http.files import takes_gzip
from handlers.http.loader import loader
from server.core.settings import Settings

STATIC = Path(__file__).parents[2] / "static"
SHEET = "deskwire"  # the one that imports the others
LANGUAGES = ("en", "zh")
SHARED_MODULES = ("client", "elements", "i18n", "i18n/visitors")
STAFF_MODULES = (*SHARED_MODULES, "i18n/staff", "staff")
AGENT_MODULES = tuple(f"agent{room}" for room in ("", "/card", "/replies"))
STAFF_SHEETS = ("/static/staff/staff.css", "/static/staff/forms.css")
ADMIN_ROOMS = ("monitor", "people", "departments", "report", "records")
ADMIN_MODULES = ("i18n/office", "admin", *(f"admin/{room}" for room in ADMIN_ROOMS))


@dataclass(frozen=True)
class Face:
    """A page: its template, the module it starts with, and the folders whose modules and sheets it needs."""

    template: str
    script: str = ""
    modules: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    title: str = "Deskwire"

    def context(self) -> dict[str, object]:
        """What every template is given. Naming all modules at once spares the browser a walk down the import tree."""
        modules = [_address(path) for folder in self.modules for path in sorted((STATIC / folder).glob("*.js"))]
        return {
            "title": self.title,
            "script": self.script,
            "modules": modules + self._client(),
            "sheets": list(self.sheets),
            "preloads": [_address(path) for path in sorted((STATIC / "style").glob("*.css")) if path.stem != SHEET],
        }

    def _client(self) -> list[str]:
        return ["/vendor/socket.io.esm.min.js"] if "client" in self.modules else []


SHOP = Face("shop.html", "/static/shop/main.js", ("i18n", "i18n/visitors", "shop"), ("/static/shop/shop.css",))
PLAIN = Face("plain.html", sheets=("/static/staff/staff.css",))
WIDGET = Face("widget.html", "/static/widget/main.js", (*SHARED_MODULES, "widget"), ("/static/widget/widget.css",))
LOGIN = Face("staff.html", "/static/staff/login.js", (), ("/static/staff/staff.css",), "Log in")
AGENT = Face(
    "staff.html",
    "/static/agent/main.js",
    (*STAFF_MODULES, *AGENT_MODULES),
    (*STAFF_SHEETS, "/static/agent/agent.css", "/static/agent/card/card.css"),
    "Agent's desk",
)
ADMIN = Face(
    "staff.html",
    "/static/admin/main.js",
    (*STAFF_MODULES, *ADMIN_MODULES),
    (*STAFF_SHEETS, "/static/admin/monitor/monitor.css", "/static/admin/office.css"),
    "Monitor",
)


def routes(settings: Settings) -> list[web.RouteDef]:
    """The routes of every page, and of the loader that other sites' pages ask for."""
    pages = Pages(settings)
    return [
        web.get("/", pages.shop),
        web.get("/widget", pages.widget),
        web.get("/widget.js", loader),
        web.get("/agent", pages.agent),
        web.get("/admin", pages.admin),
        web.get("/login", pages.login),
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

    async def agent(self, request: web.Request) -> web.Response:
        return self._render(request, AGENT)

    async def admin(self, request: web.Request) -> web.Response:
        return self._render(request, ADMIN)

    async def login(self, request: web.Request) -> web.Response:
        return self._render(request, LOGIN)

    def _render(
        self,
        request: web.Request,
        face: Face,
        *,
        status: int = 200,
        ancestors: tuple[str, ...] = ("'none'",),
        more: dict[str, str] | None = None,
    ) -> web.Response:
        context = face.context() | (more or {})
        response = aiohttp_jinja2.render_template(face.template, request, context, status=status)
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
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(ancestors)}",
        )
    )


def _origin(base_url: str) -> str:
    return "/".join(base_url.split("/")[:3])


def _address(path: Path) -> str:
    return "/static/" + path.relative_to(STATIC).as_posix()
