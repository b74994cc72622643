"""Mail on the wire: what admins ask of it."""

from server.schemas.outbox import DeliveryAck
from server.schemas.payload import Nothing
from server.schemas.rows import ADMIN, Command

COMMANDS = [
    Command(
        "test_email",
        ADMIN,
        Nothing,
        DeliveryAck(),
        "A mail to one's own address, by the way that every mail takes; list_deliveries says what became of it. conflict: no "
        "mail is sent here (SMTP_URL); invalid: one has no address.",
    ),
]
