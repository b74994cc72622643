"""People on the wire: users, accounts, log-in."""

import re
from typing import Any

from marshmallow import Schema, fields, validate

from server.schemas.fields import choice, email, form, nested, text, time, visitor_name
from server.schemas.payload import Payload
from server.schemas.rows import ADMIN, AGENT, Command, Empty, Route

ROLES = ("customer", "agent", "admin", "platform")
USERNAME = re.compile(r"[A-Za-z0-9._@+-]{1,64}")
USER_NAME = validate.Regexp(USERNAME.pattern + r"\Z", error="1 to 64 letters, digits or . _ @ + -")
PASSWORD_MIN, PASSWORD_MAX = 10, 128
CODE_MAX = 40  # of a second factor: six digits, or a recovery code, with what people type between
OLD_PASSWORD_MAX = 200  # of what was taken before, and goes on working


class EmailState(Schema):
    """What is known of a customer's address."""

    verified = fields.Boolean(required=True, metadata={"description": "whether it has shown that it reads it"})
    bounced = fields.Boolean(required=True, metadata={"description": "whether nobody was there at the last mail"})
    stopped = fields.List(
        choice("answers", "unread"), required=True, metadata={"description": "mails it does not want"}
    )


class User(Schema):
    id = fields.String(required=True)
    role = choice(*ROLES, required=True)
    name = fields.String(required=True)
    avatar = fields.String(required=True, allow_none=True)
    email = fields.String(allow_none=True, metadata={"description": "only for the agent who serves it, and for admins"})
    email_state = nested(EmailState, metadata={"description": "as email; of customers who have one"})
    attributes = form(
        allow_none=True, metadata={"description": "what other programs say of a customer; for whom `email` is"}
    )


class Account(User):
    username = fields.String(required=True, allow_none=True)
    disabled = fields.Boolean(required=True)
    created_at = time(required=True)


class Guest(Payload):
    name: str | None = visitor_name(allow_none=True, load_default=None)
    email: str | None = email(allow_none=True, load_default=None)
    locale: str | None = text(20, allow_none=True, load_default=None)


def chosen_password(**more: Any) -> Any:
    return text(PASSWORD_MAX, shortest=PASSWORD_MIN, **more)


class Login(Payload):
    username: str = text(64, shortest=1, required=True)
    password: str = text(OLD_PASSWORD_MAX, shortest=1, required=True)
    code: str | None = text(CODE_MAX, load_default=None, allow_none=True)
    new_password: str | None = chosen_password(load_default=None, allow_none=True)


class Identify(Payload):
    identity_token: str = text(8192, shortest=1, required=True)


class Forgot(Payload):
    username: str = text(64, shortest=1, required=True)


class Reset(Payload):
    token: str = text(2048, shortest=1, required=True)
    password: str = chosen_password(required=True)


class PastLink(Payload):
    token: str = text(2048, shortest=1, required=True)


class ChangePassword(Payload):
    old: str = text(OLD_PASSWORD_MAX, shortest=1, required=True)
    new: str = chosen_password(required=True)


class LetIn(Schema):
    token = fields.String(required=True, metadata={"description": "show it as Bearer, and connect with auth {token}"})
    user = nested(User, required=True)


def _staff(namespace: str) -> list[Command]:
    return [
        Command(
            "change_password",
            namespace,
            ChangePassword,
            Empty(),
            "A new password for oneself: every other session ends, and this one begins anew (session_renewed). A wrong old "
            "one is invalid.",
            limit="login",
        ),
    ]


COMMANDS = [*_staff(AGENT), *_staff(ADMIN)]

ROUTES = (
    Route(
        "POST",
        "/api/auth/guest",
        LetIn(),
        "A visitor of whom nothing is known yet. The body may be left out.",
        payload=Guest,
        status=201,
    ),
    Route(
        "POST",
        "/api/auth/login",
        LetIn(),
        "Agents and admins. 401 `second_factor` asks for `code`; 428 for `new_password`, in place of one that somebody else "
        "chose.",
        payload=Login,
        also=(401, 428),
    ),
    Route(
        "POST",
        "/api/auth/identify",
        LetIn(),
        "A visitor whom the host site knows, by a JWT of its own (HS256, SITE_SECRET: sub, exp, name?, email?, avatar?). The "
        "chats of the guest whose token is shown move along.",
        payload=Identify,
        optional_bearer=True,
    ),
    Route(
        "POST",
        "/api/auth/forgot",
        Empty(),
        "Mails a link for a new password to whoever is called so. The same answer for names that nobody has.",
        payload=Forgot,
        status=204,
    ),
    Route(
        "POST",
        "/api/auth/reset",
        Empty(),
        "A new password, by such a link: it counts once, for 30 minutes.",
        payload=Reset,
        status=204,
        also=(401,),
    ),
    Route(
        "POST",
        "/api/auth/link",
        Empty(),
        "Mails a new link into a conversation for one that has run out. The same answer for every token.",
        payload=PastLink,
        status=204,
    ),
    Route(
        "POST", "/api/auth/logout", Empty(), "This token and its sockets are dead at once.", session=True, status=204
    ),
)
