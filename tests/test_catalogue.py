"""The catalogue against the handlers, and against what the whole run has seen."""

import inspect
import re
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import EXCLUDE, INCLUDE, Schema, fields, validate

from handlers.dispatcher import handlers_of
from server.core.errors import ReadOnly, UnknownEvent
from server.core.settings import load
from server.schemas.catalogue import CATALOGUE
from server.schemas.messages import Mark, SendMessage
from server.schemas.payload import Nothing, Payload
from server.schemas.rows import CUSTOMER, NAMESPACES, Catalogue, Command, Empty
from tests.support.desk import Scene


def inner(schema: Schema) -> list[Schema]:
    """A schema and all that it holds."""
    found = [schema]
    for field in schema.fields.values():
        held = field.inner if isinstance(field, fields.List) else field
        if isinstance(held, fields.Nested):
            found += inner(held.schema)
    return found


def is_bounded(field: fields.Field[Any] | None) -> bool:
    """Whether a field limits what it takes, and so does what it holds."""
    if isinstance(field, fields.Dict):
        keys = field.key_field
        few = field.validators or (keys and any(isinstance(each, validate.OneOf) for each in keys.validators))
        return bool(few) and is_bounded(keys) and is_bounded(field.value_field)
    if isinstance(field, fields.List):
        return bool(field.validators) and is_bounded(field.inner)
    return field is not None and (not isinstance(field, fields.String) or bool(field.validators))


async def test_every_command_has_a_handler_and_every_handler_a_command(desk: Scene) -> None:
    handlers = desk.desk.dispatcher.handlers
    assert set(handlers) == {(row.namespace, row.name) for row in CATALOGUE.commands}
    for name, handler in handlers.items():
        assert list(inspect.signature(handler).parameters) == ["at", "p"], name


class Stray:
    async def do_what_nobody_declared(self, at: object, p: object) -> None: ...


def test_a_handler_without_a_row_and_a_row_without_a_handler_stop_the_start() -> None:
    declared = [row for row in CATALOGUE.of("/customer") if row.name == "queue_status"]
    for rows, handlers in ((), [Stray()]), (declared, []):
        with pytest.raises(TypeError, match="without a row"):
            handlers_of(Catalogue(rows, []), {"/customer": handlers})


def test_rows_are_named_for_what_they_are() -> None:
    for row in (*CATALOGUE.commands, *CATALOGUE.events):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", row.name)
        assert row.name not in {"connect", "disconnect", "connect_error"}
        assert row.description.endswith(".")
    assert not {row.name for row in CATALOGUE.commands} & {row.name for row in CATALOGUE.events} - {"typing"}
    assert len({row.name for row in CATALOGUE.events}) == len(CATALOGUE.events)
    assert all(set(row.namespaces) <= set(NAMESPACES.values()) and row.namespaces for row in CATALOGUE.events)


def test_every_limit_is_a_setting() -> None:
    """The settings of no command are those of routes: a visitor's first word and an upload."""
    limits = {row.limit for row in CATALOGUE.commands}
    assert set(load({}).rates()) - limits == {"guest", "guest_day", "identify", "upload"}
    assert limits < set(load({}).rates())


def test_no_command_is_without_a_limit() -> None:
    assert Command("nod", CUSTOMER, Nothing, Empty(), "Nods.").limit in load({}).rates()
    assert get_type_hints(Command)["limit"] is str, "a limit that may be None is one that is forgotten"


def test_payloads_refuse_what_they_do_not_know() -> None:
    for row in CATALOGUE.commands:
        for schema in inner(row.payload.schema):
            assert schema.unknown not in {EXCLUDE, INCLUDE}, row.name


def test_payloads_hold_no_kind_of_field_that_takes_anything() -> None:
    """marshmallow's own Raw, Dict, Integer and Boolean let operators, "5" and "off" through."""
    for row in CATALOGUE.commands:
        for schema in inner(row.payload.schema):
            for name, field in schema.fields.items():
                loose = type(field) in {fields.Raw, fields.Field, fields.Integer, fields.Float, fields.Boolean}
                assert not loose, f"{row.name}.{name}"
                assert is_bounded(field), f"{row.name}.{name}"


def test_what_creates_takes_a_client_id() -> None:
    for row in CATALOGUE.commands:
        if row.name in {"send_message", "add_note"}:
            assert row.payload.schema.fields["client_id"].required


def test_a_command_stands_there_once() -> None:
    row = CATALOGUE.commands[0]
    with pytest.raises(ValueError, match="twice"):
        Catalogue([row, row], [])


def test_rows_are_found_by_namespace_and_name() -> None:
    assert CATALOGUE.command("/customer", "send_message").namespace == "/customer"
    assert CATALOGUE.command("/agent", "send_message").namespace == "/agent"
    for namespace, name in (("/customer", "set_status"), ("/", "send_message"), ("/customer", ["send_message"])):
        with pytest.raises(UnknownEvent):
            CATALOGUE.command(namespace, name)
    with pytest.raises(ReadOnly):
        CATALOGUE.command("/admin", "send_message")


VALUES = st.one_of(
    st.text(max_size=70),
    st.text(alphabet="aZ0_- \n\t\0\u2003\ud83d\ude00é", max_size=70),
    st.sampled_from(["x" * 64, "x" * 65, "y" * 4000, "y" * 4001, "a\n", "", " ", "text", "image"]),
    st.integers(-1, 3), st.sampled_from([2**53 - 1, 2**53, True, 1.0, None, [], {}, {"$gt": ""}]),
)  # fmt: skip
PAYLOADS = st.dictionaries(
    st.sampled_from(["chat_id", "client_id", "body", "kind", "seq", "upload_id", "other"]), VALUES
)
LIKELY = st.builds(
    lambda base, more: {**base, **more},
    st.sampled_from([{"chat_id": "c1", "client_id": "1", "body": "Hello"}, {"chat_id": "c1", "seq": 3}]),
    st.dictionaries(st.sampled_from(["chat_id", "client_id", "body", "kind", "seq"]), VALUES, max_size=2),
)


@pytest.mark.parametrize(
    "payload",
    sorted(
        {row.payload for row in CATALOGUE.commands if "fast_path" in vars(row.payload)}, key=lambda row: row.__name__
    ),
    ids=lambda payload: payload.__name__,
)
@settings(max_examples=300, deadline=None, database=None)
@given(said=st.one_of(PAYLOADS, LIKELY))
def test_the_fast_path_loads_what_the_schema_would_load(payload: type[Payload], said: dict[str, Any]) -> None:
    loaded = payload.fast_path(said)
    assert loaded is None or loaded == payload.by_schema(said)


def test_the_commonest_payloads_take_the_fast_path() -> None:
    said = {"chat_id": "665f1c", "client_id": "c-1", "body": "你好, hello"}
    loaded = SendMessage(**said, kind="text", upload_id=None)
    assert SendMessage.fast_path(said) == SendMessage.fast_path({**said, "kind": "text"}) == loaded
    assert Mark.fast_path({"chat_id": "665f1c", "seq": 7}) == Mark(chat_id="665f1c", seq=7)
