"""Pushes on the wire: which browsers hear of what happens while nobody looks at the page, and which page is looked at."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from marshmallow import Schema, ValidationError

from server.core.vapid import decoded
from server.schemas.fields import choice, flag, identifier, nested, number, text
from server.schemas.outbox import DeliveryAck
from server.schemas.payload import Nothing, Payload
from server.schemas.rows import AGENT, ALL, CUSTOMER, Command, Empty

ENDPOINT_MAX = 2000
POINT_BYTES = 65
SECRET_BYTES = 16
NO_ENDPOINT = "The address of a push service, as the browser gives it: https://..."
NO_POINT = "The browser's public key: a point of P-256, uncompressed, as base64 for URLs."
NO_SALT = "The browser's secret: 16 bytes as base64 for URLs."
LANGUAGES = ("en", "zh")


def _endpoint(value: str) -> None:
    try:
        url = urlsplit(value)
        is_right = url.scheme in {"https", "http"} and bool(url.hostname) and url.username is None and url.port != 0
    except ValueError:
        is_right = False
    if not is_right or not value.isascii():
        raise ValidationError(NO_ENDPOINT)


def _point(value: str) -> None:
    try:
        raw = decoded(value)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        is_right = len(raw) == POINT_BYTES
    except ValueError:
        is_right = False
    if not is_right:
        raise ValidationError(NO_POINT)


def _secret(value: str) -> None:
    try:
        is_right = len(decoded(value)) == SECRET_BYTES
    except ValueError:
        is_right = False
    if not is_right:
        raise ValidationError(NO_SALT)


def _strict(longest: int, check: Any) -> Any:
    field = text(longest, required=True)
    field.validators.append(check)
    return field


class PushKeys(Schema):
    p256dh = _strict(100, _point)
    auth = _strict(40, _secret)


class PushSubscription(Schema):
    """What a browser's PushSubscription.toJSON() gives."""

    endpoint = _strict(ENDPOINT_MAX, _endpoint)
    keys = nested(PushKeys, required=True)
    expirationTime = number(  # noqa: N815  the browsers' own name
        0, 10**14, load_default=None, allow_none=True, metadata={"description": "milliseconds since 1970"}
    )


class SavePush(Payload):
    subscription: dict[str, Any] = nested(PushSubscription, required=True)
    locale: str | None = choice(*LANGUAGES, load_default=None, allow_none=True)


class DropPush(Payload):
    endpoint: str = text(ENDPOINT_MAX, shortest=1, required=True)


class SetVisible(Payload):
    visible: bool = flag(required=True)
    chat_id: str | None = identifier(load_default=None, allow_none=True)


def _all(row: Command, namespaces: tuple[str, ...] = ALL, limits: Mapping[str, str] | None = None) -> list[Command]:
    """The row, for each of these namespaces; `limits` that hold in one of them only."""
    return [replace(row, namespace=each, limit=(limits or {}).get(each, row.limit)) for each in namespaces]


COMMANDS = [
    *_all(
        Command(
            "save_push",
            "",
            SavePush,
            Empty(),
            "This browser hears pushes for this session from now on; again: with what is new. A person has ten, then the one "
            "not seen for longest goes. locale: the language they are written in. It ends with the session.",
        )
    ),
    *_all(
        Command(
            "drop_push",
            "",
            DropPush,
            Empty(),
            "This browser hears no pushes any more; again answers as the first time.",
        )
    ),
    *_all(
        Command(
            "test_push",
            "",
            Nothing,
            DeliveryAck(),
            "Pushes something to the browser that this session saved last, and answers when the push service has, or after a "
            "few seconds; the delivery says how it stands. not_found: nothing was saved.",
            concurrent=True,
        ),
        limits={CUSTOMER: "test_push"},
    ),
    *_all(
        Command(
            "set_visible",
            "",
            SetVisible,
            Empty(),
            "Whether this page can be seen, and which chat is open in it: what is seen is not pushed. Not stored: it holds for "
            "this connection until it says otherwise.",
        ),
        (CUSTOMER, AGENT),
    ),
]
