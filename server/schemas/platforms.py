"""Platforms on the wire: other servers, each with a credential and the scopes that it has."""

from marshmallow import Schema, fields, validate

from server.core.scopes import SCOPES
from server.schemas.fields import choice, each_once, identifier, nested, page_of, time, words
from server.schemas.payload import Page, Payload
from server.schemas.rows import ADMIN, Command, Empty


class Platform(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    scopes = fields.List(choice(*SCOPES), required=True, metadata={"description": "what its credential is good for"})
    disabled = fields.Boolean(required=True)
    created_at = time(required=True)


class CreatePlatform(Payload):
    name: str = words(100, required=True)
    scopes: list[str] = each_once(
        choice(*SCOPES), validate=validate.Length(1, len(SCOPES), error="At least one scope."), required=True
    )


class RevokePlatform(Payload):
    id: str = identifier(required=True)


class PlatformAck(Schema):
    platform = nested(Platform, required=True)
    credential = fields.String(required=True, metadata={"description": "its Bearer token, shown this once"})


PlatformsAck = page_of(Platform, "PlatformsAck")

COMMANDS = [
    Command(
        "create_platform",
        ADMIN,
        CreatePlatform,
        PlatformAck(),
        "Another server, which shows its credential as a Bearer token: good for these scopes, and shown this once.",
    ),
    Command("list_platforms", ADMIN, Page, PlatformsAck(), "Those that were not revoked, the newest first."),
    Command(
        "revoke_platform",
        ADMIN,
        RevokePlatform,
        Empty(),
        "Its credential counts no more, at once and for good. Again: nothing is left to do.",
    ),
]
