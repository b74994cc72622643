"""The catalogue as an AsyncAPI 3 document, made from the same rows that dispatch and validate."""

from typing import Any
from urllib.parse import urlsplit

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from server.schemas.rows import NAMESPACES, Catalogue, Command, Event

ERROR_CODES = (
    "invalid",
    "unknown_event",
    "unauthorized",
    "link_expired",
    "second_factor",
    "password_change_required",
    "forbidden",
    "not_found",
    "gone",
    "conflict",
    "chat_ended",
    "read_only",
    "rate_limited",
    "too_large",
    "storage_full",
    "unavailable",
    "internal",
)
DESCRIPTION = (
    "A live support desk over Socket.IO. Connect to a namespace with auth {token}. Every command is acked, always: "
    "{ok: true, data} or {ok: false, error: {code, detail, ...}}."
)
REFUSAL = {
    "type": "object",
    "required": ["ok", "error"],
    "properties": {
        "ok": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "detail"],
            "properties": {
                "code": {"enum": list(ERROR_CODES)},
                "detail": {"type": "string"},
                "fields": {"type": "object", "description": "with invalid: what is wrong, field by field"},
                "retry_after": {"type": "number", "description": "seconds; with rate_limited and unavailable"},
            },
        },
    },
}


def document(catalogue: Catalogue, base_url: str, version: str) -> dict[str, Any]:
    """The AsyncAPI 3 document of a desk at `base_url`: the server receives commands, replies with acks and sends events."""
    schemas = APISpec("Deskwire", version, "3.1.0", plugins=[MarshmallowPlugin(schema_name_resolver=schema_name)])
    channels = {
        role: _channel(namespace, catalogue.of(namespace), catalogue.events_of(namespace), schemas)
        for role, namespace in NAMESPACES.items()
    }
    for route in catalogue.routes:
        _ref(schemas, route.answer)  # for /events: the document itself is of the sockets
    operations: dict[str, Any] = {}
    for role, namespace in NAMESPACES.items():
        operations |= {f"{role}.{command.name}": _command(role, command) for command in catalogue.of(namespace)}
        operations |= {f"{role}.{event.name}.fact": _event(role, event) for event in catalogue.events_of(namespace)}
    url = urlsplit(base_url)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Deskwire", "version": version, "description": DESCRIPTION},
        "servers": {
            "desk": {
                "host": url.netloc,
                "pathname": "/socket.io/",
                "protocol": "wss" if url.scheme == "https" else "ws",
                "protocolVersion": "Socket.IO 5, Engine.IO 4",
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {"schemas": {**schemas.to_dict()["components"]["schemas"], "Refusal": REFUSAL}},
    }


def schema_name(schema: Any) -> str:
    """A schema's name in the document: its class's."""
    kind: type = schema if isinstance(schema, type) else type(schema)
    return kind.__name__


def _channel(namespace: str, commands: list[Command], events: list[Event], schemas: APISpec) -> dict[str, Any]:
    messages: dict[str, Any] = {}
    for command in commands:
        messages[command.name] = _message(command.name, command.description, _ref(schemas, command.payload.schema))
        answered = {"type": "object", "properties": {"ok": {"const": True}, "data": _ref(schemas, command.ack)}}
        either = {"oneOf": [{**answered, "required": ["ok", "data"]}, {"$ref": "#/components/schemas/Refusal"}]}
        messages[f"{command.name}.ack"] = _message(f"{command.name} (ack)", "The answer.", either)
    for event in events:
        told = _message(event.name, f"{event.description} To: {event.to}.", _ref(schemas, event.shape))
        messages[f"{event.name}.fact"] = told
    return {"address": namespace, "messages": messages}


def _ref(schemas: APISpec, schema: Schema) -> dict[str, Any]:
    name = schema_name(schema)
    if name not in schemas.components.schemas:
        schemas.components.schema(name, schema=schema)
    return {"$ref": f"#/components/schemas/{name}"}


def _message(name: str, description: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "summary": description, "payload": payload}


def _command(role: str, command: Command) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{role}"}
    message = f"#/channels/{role}/messages/{command.name}"
    operation = {
        "action": "receive",
        "channel": channel,
        "summary": command.description,
        "messages": [{"$ref": message}],
        "reply": {"channel": channel, "messages": [{"$ref": f"{message}.ack"}]},
    }
    return operation | {"x-limit": f"RATE_LIMIT_{command.limit.upper()}"}


def _event(role: str, event: Event) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{role}"},
        "summary": f"{event.description} To: {event.to}.",
        "messages": [{"$ref": f"#/channels/{role}/messages/{event.name}.fact"}],
    }
