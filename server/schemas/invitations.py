"""Invitations on the wire: links with which colleagues make their own accounts."""

from marshmallow import Schema, fields, validate

from server.schemas.fields import choice, each_once, email, identifier, nested, page_of, string, text, time, words
from server.schemas.payload import Page, Payload
from server.schemas.people import OLD_PASSWORD_MAX, USER_NAME, LetIn, User, chosen_password
from server.schemas.rows import ADMIN, Command, Empty, Route
from store.people import STAFF


class Invitation(Schema):
    id = fields.String(required=True)
    role = choice(*STAFF, required=True)
    name = fields.String(required=True, allow_none=True)
    departments = fields.List(fields.String(), required=True)
    email = fields.String(required=True, allow_none=True)
    by = nested(User, required=True)
    created_at = time(required=True)
    expires_at = time(required=True)


class InviteUser(Payload):
    role: str = choice(*STAFF, required=True)
    name: str | None = words(100, load_default=None, allow_none=True)
    departments: list[str] | None = each_once(
        words(60), validate=validate.Length(max=50), load_default=None, allow_none=True
    )
    email: str | None = email(load_default=None, allow_none=True)
    own_password: str | None = text(OLD_PASSWORD_MAX, shortest=1, load_default=None, allow_none=True)


class RevokeInvitation(Payload):
    id: str = identifier(required=True)


class TakeInvitation(Payload):
    token: str = text(100, shortest=1, required=True)
    username: str = string(required=True, validate=USER_NAME)
    name: str = words(100, required=True)
    password: str = chosen_password(required=True)


class InvitationAck(Schema):
    invitation = nested(Invitation, required=True)
    url = fields.String(
        required=True, metadata={"description": "the link, shown this once; it counts once, for 7 days"}
    )


InvitationsAck = page_of(Invitation, "InvitationsAck")

COMMANDS = [
    Command(
        "invite_user",
        ADMIN,
        InviteUser,
        InvitationAck(),
        "A link with which a colleague chooses user name, name and password of its own account. For an admin with one's own "
        "`own_password` beside it (else `invalid`). It counts no more once its maker is disabled or deleted.",
    ),
    Command("list_invitations", ADMIN, Page, InvitationsAck(), "Those that nobody has used yet, the newest first."),
    Command(
        "revoke_invitation",
        ADMIN,
        RevokeInvitation,
        Empty(),
        "Its link counts no more. Again: nothing is left to do; `conflict` when it was used, or is being used.",
    ),
]

ROUTES = (
    Route(
        "POST",
        "/api/auth/invitation",
        LetIn(),
        "The account of a colleague who was invited, which begins a session. The link counts once.",
        payload=TakeInvitation,
        status=201,
        also=(401, 409),
    ),
)
