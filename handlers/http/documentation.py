"""/events and /api with /asyncapi.json and /openapi.json: the catalogue for people and for programs."""

from functools import cached_property
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from server import __version__
from server.core.scopes import SCOPES
from server.core.settings import Settings
from server.schemas.asyncapi import ERROR_CODES, document, schema_name
from server.schemas.catalogue import CATALOGUE
from server.schemas.openapi import Document, area_of
from server.schemas.rows import NAMESPACES, Empty

CSP = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"


class DocumentationRoutes:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _document(self) -> dict[str, Any]:
        """Made when somebody asks: it takes a tenth of a second, and a start does not wait for it."""
        return document(CATALOGUE, self._settings.base_url or "http://localhost", __version__)

    @cached_property
    def _openapi(self) -> dict[str, Any]:
        return Document(CATALOGUE, self._settings.public_url, __version__).whole

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/events", self.events),
            web.get("/asyncapi.json", self.asyncapi),
            web.get("/api", self.api),
            web.get("/openapi.json", self.openapi),
        ]

    async def asyncapi(self, request: web.Request) -> web.Response:
        return web.json_response(self._document)

    async def openapi(self, request: web.Request) -> web.Response:
        return web.json_response(self._openapi)

    async def api(self, request: web.Request) -> web.StreamResponse:
        schemas = self._openapi["components"]["schemas"]
        page = {
            "base": self._settings.public_url,
            "scopes": SCOPES,
            "areas": _areas(),
            "schemas": {name: _fields(schema) for name, schema in sorted(schemas.items())},
        }
        response = aiohttp_jinja2.render_template("api.html", request, page)
        response.headers["Content-Security-Policy"] = CSP
        return response

    async def events(self, request: web.Request) -> web.StreamResponse:
        schemas = self._document["components"]["schemas"]
        page = {
            "namespaces": [self._namespace(namespace) for namespace in NAMESPACES.values()],
            "routes": [{"row": route, "answer": schema_name(route.answer)} for route in CATALOGUE.routes],
            "schemas": {name: _fields(schema) for name, schema in sorted(schemas.items())},
            "codes": ERROR_CODES,
        }
        response = aiohttp_jinja2.render_template("events.html", request, page)
        response.headers["Content-Security-Policy"] = CSP
        return response

    def _namespace(self, namespace: str) -> dict[str, Any]:
        channel = next(c for c in self._document["channels"].values() if c["address"] == namespace)
        limits = {name: self._rate(name) for name in {row.limit for row in CATALOGUE.of(namespace)}}
        return {
            "name": namespace,
            "commands": [
                {
                    "row": row,
                    "payload": _name(channel["messages"][row.name]["payload"]),
                    "ack": _name(channel["messages"][f"{row.name}.ack"]["payload"]["oneOf"][0]["properties"]["data"]),
                    "limit": limits[row.limit],
                }
                for row in CATALOGUE.of(namespace)
            ],
            "events": [
                {"row": row, "shape": _name(channel["messages"][f"{row.name}.fact"]["payload"])}
                for row in CATALOGUE.events_of(namespace)
            ],
        }

    def _rate(self, name: str) -> str:
        return str(getattr(self._settings, f"rate_limit_{name}"))


def _areas() -> dict[str, list[dict[str, Any]]]:
    """The routes, by the first name behind /api/."""
    areas: dict[str, list[dict[str, Any]]] = {}
    for route in CATALOGUE.routes:
        areas.setdefault(area_of(route), []).append(
            {
                "row": route,
                "query": [f.data_key or n for n, f in route.query.schema.fields.items()] if route.query else [],
                "payload": schema_name(route.payload.schema) if route.payload else "",
                "answer": "" if isinstance(route.answer, Empty) else schema_name(route.answer),
            }
        )
    return dict(sorted(areas.items()))


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[-1]


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "required": name in required,
            "type": _type(shape),
            "description": shape.get("description", ""),
        }
        for name, shape in schema.get("properties", {}).items()
    ]


def _type(shape: dict[str, Any]) -> str:
    """A field's type in a few words: its kind, its choices, its bounds."""
    if "$ref" in shape:
        return _name(shape)
    if "anyOf" in shape:
        return " | ".join(_type(one) for one in shape["anyOf"])
    if "const" in shape:
        return repr(shape["const"]).lower()
    if "enum" in shape:
        return " | ".join(str(choice) for choice in shape["enum"])
    kind = shape.get("type", "any")
    words = " | ".join(kind) if isinstance(kind, list) else str(kind)
    if kind == "array":
        return f"[{_type(shape.get('items', {}))}]"
    low, high = (shape.get(a, shape.get(b)) for a, b in (("minimum", "minLength"), ("maximum", "maxLength")))
    bounds = f" {low if low is not None else ''}..{high}" if high is not None else ""
    return words + (f" {shape['format']}" if "format" in shape else "") + bounds
