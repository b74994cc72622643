"""Customers on the wire: what the desk knows of one, handed out and erased."""

from typing import Any

from marshmallow import Schema, fields

from server.schemas.fields import count, email, form, identifier, page_of, string, text, time, words
from server.schemas.payload import Page, Payload
from server.schemas.people import OLD_PASSWORD_MAX
from server.schemas.rows import ADMIN, Command, Route


class EraseCustomer(Payload):
    customer_id: str = identifier(required=True)
    password: str = text(OLD_PASSWORD_MAX, shortest=1, required=True)


class ExportCustomer(Payload):
    customer_id: str = identifier(required=True)


STAYS: Any = object()  # what a field is that was left out


class PutCustomer(Payload):
    name: str = words(100, load_default=lambda: STAYS)
    email: str | None = email(allow_none=True, load_default=lambda: STAYS)
    locale: str | None = text(20, allow_none=True, load_default=lambda: STAYS)
    attributes: dict[str, str] = form(load_default=lambda: STAYS)

    def given(self) -> dict[str, Any]:
        """What is to change."""
        return {name: value for name, value in vars(self).items() if value is not STAYS}


class Customer(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    avatar = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True, allow_none=True)
    attributes = form(required=True, metadata={"description": "shown beside its chats to agents and admins"})
    created_at = time(required=True)
    blocked = fields.Boolean(required=True)


CustomersAnswer = page_of(Customer, "CustomersAnswer")


class ExportAck(Schema):
    url = fields.String(required=True, metadata={"description": "a ZIP; open it within ten minutes"})


class Archive(Schema):
    """No JSON: a ZIP, with about.json, a JSON file of each collection, and files/."""


class ErasedAck(Schema):
    erased = fields.Dict(
        keys=string(),
        values=count(),
        required=True,
        metadata={"description": "how many documents of each collection, and how many `files`"},
    )


COMMANDS = [
    Command(
        "export_customer",
        ADMIN,
        ExportCustomer,
        ExportAck(),
        "An address that gives all that the desk knows of the customer as a ZIP: a JSON file a collection, and its files. Good "
        "for ten minutes, while the admin who asked for it is logged in.",
    ),
    Command(
        "erase_customer",
        ADMIN,
        EraseCustomer,
        ErasedAck(),
        "Ends the customer's chat and sessions, and erases what the desk knows of it: words, names, addresses, files. The "
        "figures of reports stay. Needs one's own password; a wrong one is invalid. Again: erases what has come since.",
    ),
]

ROUTES = (
    Route(
        "GET",
        "/api/customers",
        CustomersAnswer(),
        "Whom the desk knows, the newest first.",
        query=Page,
        scope="customers:read",
    ),
    Route(
        "GET",
        "/api/customers/{id}",
        Customer(),
        "One of them. {id}: the customer's, or sub: and what the site calls it.",
        scope="customers:read",
    ),
    Route(
        "PUT",
        "/api/customers/{id}",
        Customer(),
        "What is given changes, what is left out stays; attributes (20 keys of a-z, 0-9 and _, texts up to 500 characters) are "
        "replaced as a whole. The site's own word (identify) counts again when the customer comes next.",
        payload=PutCustomer,
        scope="customers:write",
    ),
    Route(
        "GET",
        "/api/customers/{id}/export",
        Archive(),
        "All that the desk knows of the customer, as a ZIP, by export_customer's address or for platforms, as below.",
        scope="customers:read",
        media_type="application/zip",
    ),
    Route(
        "DELETE",
        "/api/customers/{id}",
        ErasedAck(),
        "As erase_customer, for platforms (Bearer: a credential). {id}: the customer's, or sub: and what the site calls it.",
        scope="customers:write",
    ),
)
