"""Customers on the wire: what the desk knows of one, handed out and erased."""

from marshmallow import Schema, fields

from server.schemas.fields import count, identifier, string, text
from server.schemas.payload import Payload
from server.schemas.people import OLD_PASSWORD_MAX
from server.schemas.rows import ADMIN, Command, Route


class EraseCustomer(Payload):
    customer_id: str = identifier(required=True)
    password: str = text(OLD_PASSWORD_MAX, shortest=1, required=True)


class ExportCustomer(Payload):
    customer_id: str = identifier(required=True)


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
