"""What is written agrees with what runs: /events, /asyncapi.json, the README."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from server.commands.parser import parser
from server.core.errors import Refusal
from server.core.settings import table
from server.schemas.asyncapi import ERROR_CODES
from server.schemas.catalogue import CATALOGUE
from server.schemas.rows import NAMESPACES, Command, Event
from tests.support.desk import Scene
from tests.support.people import Someone
from tests.test_role_matrix import served

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
ASYNCAPI = ROOT / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
CODES = {  # of docs/PROTOCOL.md
    *("invalid", "unknown_event", "unauthorized", "forbidden", "not_found", "conflict", "chat_ended", "read_only"),
    *("second_factor", "password_change_required", "rate_limited", "too_large", "storage_full", "unavailable"),
    *("internal", "link_expired", "gone"),
}


async def document(desk: Scene) -> dict[str, Any]:
    status, body = await desk.get("/asyncapi.json")
    assert status == 200
    found: dict[str, Any] = body
    return found


def references(value: Any) -> Iterator[str]:
    """Every $ref in there."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def follow(whole: dict[str, Any], reference: str) -> Any:
    found: Any = whole
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def validator(whole: dict[str, Any], schema: Any) -> Draft7Validator:
    return Draft7Validator({**schema, "components": whole["components"]})


# /asyncapi.json


async def test_the_document_is_asyncapi_3(desk: Scene) -> None:
    found = await document(desk)
    errors = [
        f"{list(e.absolute_path)}: {e.message[:200]}"
        for e in Draft7Validator(json.loads(ASYNCAPI.read_text())).iter_errors(found)
    ]
    assert not errors
    for reference in references(found):
        assert follow(found, reference) is not None, reference
    for schema in found["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


async def test_the_document_has_every_command_and_fact(desk: Scene) -> None:
    found = await document(desk)
    for role, namespace in NAMESPACES.items():
        assert found["channels"][role]["address"] == namespace
        for command in CATALOGUE.of(namespace):
            operation = found["operations"][f"{role}.{command.name}"]
            assert (operation["action"], operation["summary"]) == ("receive", command.description)
            assert operation["reply"]["messages"]
        for event in CATALOGUE.events_of(namespace):
            operation = found["operations"][f"{role}.{event.name}.fact"]
            assert operation["action"] == "send"
            assert event.to in operation["summary"]
    assert len(found["operations"]) == len(CATALOGUE.commands) + sum(
        len(event.namespaces) for event in CATALOGUE.events
    )
    assert found["servers"]["desk"]["host"] == f"127.0.0.1:{desk.port}"


async def test_the_document_describes_what_is_sent(desk: Scene) -> None:
    found = await document(desk)
    gus, ann, eve = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("eve")
    await eve.ask("watch_desk")
    chat_id = await desk.chat(ann, topic="A kettle", form={"order": "7"})
    await ann.say(chat_id, "Hello?")
    await gus.hears("message", lambda line: line["kind"] == "text")
    await eve.hears("desk")
    acks = [
        (ann, "queue_status", {}, None),
        (ann, "sync_chat", {"chat_id": chat_id}, None),
        (gus, "list_agents", {}, None),
        (ann, "sync_chat", {"chat_id": "missing"}, "not_found"),
        (ann, "sync_chat", {"chat_id": chat_id, "limit": 0}, "invalid"),
    ]
    for someone, command, payload, code in acks:
        sent = found["channels"][someone.user["role"]]["messages"][command]["payload"]
        assert validator(found, sent).is_valid(payload) == (code != "invalid"), payload
        ack = await someone.raw_ack(command, payload)
        assert ack.get("error", {}).get("code") == code
        fits(found, found["channels"][someone.user["role"]]["messages"][f"{command}.ack"]["payload"], ack)
    for someone in (gus, ann, eve):
        for name, body in someone.events:
            fits(found, found["channels"][role_of(someone)]["messages"][f"{name}.fact"]["payload"], body)


def role_of(someone: Someone) -> str:
    return str(someone.user["role"])


def fits(whole: dict[str, Any], schema: Any, body: Any) -> None:
    errors = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator(whole, schema).iter_errors(body)]
    assert not errors, body


def test_every_code_is_documented_and_no_other() -> None:
    def kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        yield kind
        for narrower in kind.__subclasses__():
            yield from kinds(narrower)

    assert set(ERROR_CODES) == CODES == {kind.code for kind in kinds(Refusal)}


# /events


async def test_the_page_lists_every_command_fact_and_code(desk: Scene) -> None:
    status, page = await desk.get("/events")
    assert status == 200
    words = set(re.findall(r">\s*([a-z_]+)\s*<", page))
    shown = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())
    for row in (*CATALOGUE.commands, *CATALOGUE.events):
        assert row.name in words, row.name
        assert " ".join(row.description.split()) in shown, row.description
    assert set(words) >= CODES
    assert set(NAMESPACES.values()) <= set(shown.split())


async def test_the_page_runs_nothing(desk: Scene) -> None:
    async with desk.http.get(f"{desk.base_url}/events") as answer:
        page = await answer.text()
        assert answer.content_type == "text/html"
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert not re.search(r"\bon[a-z]+=|\bstyle=", page)


# The README


def spans(text: str) -> list[str]:
    """What stands there as code, in blocks and in lines."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    blocks += re.findall(r"(?:^ {4}\S.*\n?)+", text, re.MULTILINE)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


CODE = "\n".join(spans(README))


def test_every_test_that_the_page_of_threats_names_is_there() -> None:
    named = set(re.findall(r"\btest_\w+(?!\w|\.py)", (ROOT / "docs" / "SECURITY.md").read_text()))
    files = {path.stem: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    there = {name for text in files.values() for name in re.findall(r"def (test_\w+)", text)}
    assert named
    assert not named - there - files.keys()


def test_every_route_under_api_has_a_row() -> None:
    """Without a `Route` in ROUTES of a file in server/schemas it does not stand in /openapi.json."""
    rows = {f"{row.method} {row.path}" for row in CATALOGUE.routes}
    assert {route for route in served() if route.partition(" ")[2].startswith("/api/")} == rows


def test_what_the_mapping_points_to_is_there() -> None:
    """In the middle column: commands, facts, routes, settings and fields; what is none of them is no name at all."""
    rows = re.findall(r"^\|[^|]*\|([^|]*)\|[^|]*\|$", (ROOT / "docs" / "MAPPING.md").read_text(), re.MULTILINE)
    named = {span for middle in rows for span in re.findall(r"`([^`]+)`", middle)}
    names = {row.name for row in (*CATALOGUE.commands, *CATALOGUE.events)} | {row.name for row in table({})}
    fields = {name for row in (*CATALOGUE.commands, *CATALOGUE.events) for name in _fields_of(row)}
    others = {"/socket.io/", "auth: {token}", "ok", "?for=avatar", *NAMESPACES.values()}
    assert len(named) > 100
    assert not named - names - fields - others - served()


def _fields_of(row: Command | Event) -> set[str]:
    if isinstance(row, Event):
        return set(row.shape.fields)
    return {*row.ack.fields, *row.payload.schema.fields}


def test_every_target_it_names_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", CODE))
    assert named <= targets


def test_every_command_it_names_can_be_run() -> None:
    (commands,) = (action.choices for action in parser()._actions if action.choices)
    named = set(re.findall(r"run\.py ([a-z][a-z-]*)", CODE))
    assert named <= set(commands or ())


def test_every_setting_it_names_can_be_set() -> None:
    known = {row.name for row in table({})}
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", CODE))
    assert named <= known


def test_every_place_it_links_to_is_there() -> None:
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", README)]
    missing = [link for link in links if link and "://" not in link and not (ROOT / link).exists()]
    assert not missing


async def test_every_address_it_names_answers(desk: Scene) -> None:
    named = {address for span in spans(README) for address in re.findall(r"^(?:GET |POST )?(/[a-z][\w./-]*)$", span)}
    named -= {"/socket.io/", *NAMESPACES.values()} - {"/agent", "/admin"}
    for address in named:
        async with desk.http.get(desk.base_url + address) as answer:
            assert answer.status != 404, address


@pytest.mark.parametrize(
    "address", ["/", "/widget", "/widget.js", "/agent", "/admin", "/login", "/events", "/asyncapi.json", "/healthz"]
)
async def test_every_address_of_the_contract_answers(desk: Scene, address: str) -> None:
    assert (await desk.get(address))[0] == 200
