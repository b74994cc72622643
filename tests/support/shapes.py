"""Holds everything the server sends against the catalogue, and remembers what was seen."""

from typing import Any

from marshmallow import Schema, ValidationError

from server.schemas.catalogue import CATALOGUE

asked: set[tuple[str, str]] = set()  # commands answered ok, by namespace and name
heard: set[str] = set()  # events
codes: set[str] = set()  # refusals, over sockets and HTTP


def check_ack(namespace: str, command: str, ack: dict[str, Any]) -> None:
    """Raises AssertionError when the ack is not what the catalogue says."""
    if ack["ok"]:
        asked.add((namespace, command))
        assert set(ack) == {"ok", "data"}, ack
        _check(CATALOGUE.command(namespace, command).ack, ack["data"], f"ack of {command}")
    else:
        assert set(ack) == {"ok", "error"}, ack
        check_refusal(ack["error"])


def check_refusal(body: dict[str, Any]) -> None:
    codes.add(body["code"])
    assert isinstance(body["detail"], str)
    assert body["detail"]
    if body["code"] in {"rate_limited", "unavailable"}:
        assert body["retry_after"] > 0, body
    if body["code"] == "invalid":
        assert isinstance(body["fields"], dict), body
    assert "Traceback" not in str(body)


def check_fact(namespace: str, name: str, body: Any) -> None:
    heard.add(name)
    row = next((row for row in CATALOGUE.events_of(namespace) if row.name == name), None)
    assert row, f"{namespace} heard {name}, which the catalogue does not have"
    _check(row.shape, body, name)


def _check(schema: Schema, body: Any, what: str) -> None:
    """The dumped form must load: same fields, no more, right types."""
    try:
        schema.load(body)
    except ValidationError as error:
        raise AssertionError(f"{what} does not fit the catalogue: {error.messages} in {body}") from error
