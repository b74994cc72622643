"""A program at the door: another server with a credential, whose answers are held against /openapi.json."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from server.core.scopes import SCOPES
from server.schemas.catalogue import CATALOGUE
from server.schemas.rows import Route
from tests.support.desk import Scene
from tests.support.people import Someone


class Program:
    """Another server, with a credential. What it is answered is held against /openapi.json."""

    def __init__(self, desk: Scene, ada: Someone, made: dict[str, Any], document: dict[str, Any]) -> None:
        self.desk, self.ada = desk, ada
        self.id, self.credential = made["platform"]["id"], made["credential"]
        self._document = document

    async def asks(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        got, body = await self.desk.request(method, path, self.credential, **more)
        assert got == status, body
        route = route_of(method, path.partition("?")[0])
        assert got in route.statuses
        said = self._document["paths"][route.path][method.lower()]["responses"][str(got)]
        if schema := said.get("content", {}).get("application/json", {}).get("schema"):
            errors = Draft202012Validator({**schema, "components": self._document["components"]}).iter_errors(body)
            assert not [f"{list(e.absolute_path)}: {e.message[:200]}" for e in errors], body
        return body

    async def says(self, chat_id: str, body: str, client_id: str, status: int = 201) -> Any:
        said = {"client_id": client_id, "body": body}
        return await self.asks("POST", f"/api/chats/{chat_id}/messages", status, json=said)


def route_of(method: str, path: str) -> Route:
    """The row of the catalogue for this address."""
    parts = path.split("/")

    def fits(row: Route) -> bool:
        names = row.path.split("/")
        pairs = zip(names, parts, strict=False)
        return len(names) == len(parts) and all(name == part or name.startswith("{") for name, part in pairs)

    return next(row for row in CATALOGUE.routes if row.method == method and fits(row))


async def program(desk: Scene, ada: Someone, name: str = "The shop's CRM", scopes: list[str] | None = None) -> Program:
    made = await ada.ask("create_platform", name=name, scopes=scopes or list(SCOPES))
    return Program(desk, ada, made, (await desk.get("/openapi.json"))[1])
