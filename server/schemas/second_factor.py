"""Second factors on the wire: how staff set one up, drop it, and reset a colleague's."""

from marshmallow import Schema, fields

from server.schemas.fields import identifier, text
from server.schemas.payload import Nothing, Payload
from server.schemas.people import CODE_MAX, OLD_PASSWORD_MAX
from server.schemas.rows import ADMIN, AGENT, Command, Empty


class BegunSecondFactor(Schema):
    secret = fields.String(required=True, metadata={"description": "for an authenticator app; shown this once"})
    uri = fields.String(required=True, metadata={"description": "the same as an otpauth: address"})
    picture = fields.String(required=True, metadata={"description": "the address as a QR code, a data: URL"})


class RecoveryCodes(Schema):
    recovery_codes = fields.List(
        fields.String(), required=True, metadata={"description": "each counts once instead of a code; shown this once"}
    )


class ConfirmSecondFactor(Payload):
    code: str = text(CODE_MAX, shortest=1, required=True)


class DropSecondFactor(Payload):
    password: str = text(OLD_PASSWORD_MAX, shortest=1, required=True)
    code: str = text(CODE_MAX, shortest=1, required=True)


class ResetSecondFactor(Payload):
    id: str = identifier(required=True)
    password: str = text(OLD_PASSWORD_MAX, shortest=1, required=True)


def _own(namespace: str) -> list[Command]:
    return [
        Command(
            "begin_second_factor",
            namespace,
            Nothing,
            BegunSecondFactor(),
            "A secret for one's authenticator app; it counts once it is confirmed. Again: another one.",
            limit="login",
            sets_up=True,
        ),
        Command(
            "confirm_second_factor",
            namespace,
            ConfirmSecondFactor,
            RecoveryCodes(),
            "A code that the app shows: every log-in asks for one from now on, and one's other sessions end. The same code "
            "again in this session, as long as it is good: fresh recovery codes.",
            limit="login",
            sets_up=True,
        ),
        Command(
            "drop_second_factor",
            namespace,
            DropSecondFactor,
            Empty(),
            "No second factor any more; one's password and a code that was not used yet are needed.",
            limit="login",
        ),
    ]


COMMANDS = [
    *_own(AGENT),
    *_own(ADMIN),
    Command(
        "reset_second_factor",
        ADMIN,
        ResetSecondFactor,
        Empty(),
        "A colleague's, whose phone is lost; `password` is the admin's own. Every session of the colleague ends.",
        limit="login",
    ),
]
