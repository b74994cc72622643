"""The routes as an OpenAPI 3.1 document, made from the same rows and payloads that the server reads and answers by."""

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from server.schemas.asyncapi import ERROR_CODES, schema_name
from server.schemas.rows import Catalogue, Empty, Route

DESCRIPTION = (
    "What other programs may ask of a live support desk. Most of it wants the credential of a platform as a Bearer token; "
    "admins make one, and say what it is good for (scopes). Refusals are {detail, code}; lists are {count, results} with page "
    "and page_size; times are UTC; addresses are whole. What happens live is on the sockets: /asyncapi.json."
)
NO_CONTENT = 204
END = r"\Z"
REASONS = {
    200: "Done; said again: what was answered then.",
    201: "Made.",
    204: "Done.",
    400: "Malformed: no JSON object, no multipart.",
    401: "No credential, a wrong one, or one that counts no more.",
    403: "It may not do this: a scope is missing.",
    404: "There is no such thing.",
    408: "No more of the file came.",
    409: "It does not fit with what is there: `conflict`, `chat_ended`.",
    413: "Too large.",
    415: "Files of this type are not accepted.",
    422: "Something does not fit; `fields` says what, field by field. Unknown ones are refused.",
    428: "A password of one's own has to be chosen.",
    429: "Too often; Retry-After says when to come again.",
    503: "The database is away; Retry-After says when to come again.",
    507: "There is no room for files just now.",
}
ERROR = {
    "type": "object",
    "required": ["detail", "code"],
    "properties": {
        "detail": {"type": "string", "description": "a sentence for people"},
        "code": {"type": "string", "enum": list(ERROR_CODES)},
        "fields": {"type": "object", "description": "with invalid: what is wrong, field by field"},
        "retry_after": {"type": "number", "description": "seconds; with rate_limited and unavailable"},
    },
}
FILE = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        }
    }
}
SCHEMES = {
    "credential": {
        "type": "http",
        "scheme": "bearer",
        "description": "a platform's credential: its id, a point, its secret",
    },
    "session": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "the token of a log-in"},
}


class Document:
    """The OpenAPI 3.1 document of a desk at `base_url`."""

    def __init__(self, catalogue: Catalogue, base_url: str, version: str) -> None:
        self._plugin = MarshmallowPlugin(schema_name_resolver=schema_name)
        info = {"description": DESCRIPTION}
        self._spec = APISpec("Deskwire", version, "3.1.0", plugins=[self._plugin], info=info)
        paths: dict[str, Any] = {}
        for route in catalogue.routes:
            paths.setdefault(route.path, {})[route.method.lower()] = self._operation(route)
        components = {
            "schemas": {**self._spec.to_dict()["components"]["schemas"], "Error": ERROR},
            "securitySchemes": SCHEMES,
        }
        head = {"openapi": "3.1.0", "info": self._spec.to_dict()["info"], "servers": [{"url": base_url}]}
        self.whole: dict[str, Any] = _as_ecma(head | {"paths": paths, "components": components})

    def _operation(self, route: Route) -> dict[str, Any]:
        found: dict[str, Any] = {
            "operationId": operation_id(route),
            "summary": route.description,
            "tags": [area_of(route)],
            "parameters": [*_path_parameters(route), *self._query(route)],
            "responses": {str(status): self._response(route, status) for status in route.statuses},
            "security": security(route),
        }
        if route.scope:
            found["x-scope"] = route.scope
        if route.payload:
            content = {"application/json": {"schema": self._reference(route.payload.schema)}}
            found["requestBody"] = {"required": bool(_required(route.payload.schema)), "content": content}
        if route.takes_file:
            found["requestBody"] = {"required": True, "content": FILE}
        return found

    def _query(self, route: Route) -> list[dict[str, Any]]:
        if route.query is None:
            return []
        found: list[dict[str, Any]] = self._converter().schema2parameters(route.query.schema, location="query")
        return found

    def _response(self, route: Route, status: int) -> dict[str, Any]:
        if status >= 400:
            content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
            return {"description": REASONS[status], "content": content}
        if status == NO_CONTENT or isinstance(route.answer, Empty):
            return {"description": REASONS[status]}
        if route.media_type != "application/json":
            return {"description": REASONS[status], "content": {route.media_type: {}}}
        return {
            "description": REASONS[status],
            "content": {route.media_type: {"schema": self._reference(route.answer)}},
        }

    def _reference(self, schema: Schema) -> dict[str, Any]:
        name = schema_name(schema)
        components = self._spec.components
        if name not in components.schemas:
            components.schema(name, schema=schema)
        return {"$ref": f"#/components/schemas/{name}"}

    def _converter(self) -> Any:
        return self._plugin.converter


def operation_id(route: Route) -> str:
    """The method and the names of the path."""
    words = re.findall(r"[a-z_]+", route.path.removeprefix("/api/"))
    return "_".join([route.method.lower(), *words])


def area_of(route: Route) -> str:
    """The first name behind /api/."""
    return route.path.removeprefix("/api/").partition("/")[0]


def security(route: Route) -> list[dict[str, list[str]]]:
    """By which tokens it goes; {} stands for none."""
    if route.scope:
        return [{"credential": []}]
    if route.session:
        return [{"session": []}]
    return [{}, {"session": []}] if route.optional_bearer else []


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _as_ecma(shown: Any) -> Any:
    """Patterns as JSON Schema has them: a regular expression of ECMAScript, which knows no \\Z and is searched for."""
    if isinstance(shown, list):
        return [_as_ecma(each) for each in shown]
    if not isinstance(shown, dict):
        return shown
    pattern = shown.get("pattern")
    whole = {"pattern": f"^{pattern.removesuffix(END)}$"} if isinstance(pattern, str) and pattern.endswith(END) else {}
    return {name: _as_ecma(value) for name, value in shown.items()} | whole


def _required(schema: Schema) -> list[str]:
    return [name for name, field in schema.fields.items() if field.required]
