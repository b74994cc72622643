"""Mail on the wire: what staff ask of it."""

from marshmallow import Schema

from server.schemas.fields import MAX_SEQ, nested, whole
from server.schemas.messages import Upload
from server.schemas.outbox import DeliveryAck
from server.schemas.payload import Nothing, OneChat
from server.schemas.rows import ADMIN, AGENT, Command


class ShowMail(OneChat):
    seq: int = whole(1, MAX_SEQ, required=True)


class MailShown(Schema):
    upload = nested(Upload, required=True)


COMMANDS = [
    Command(
        "test_email",
        ADMIN,
        Nothing,
        DeliveryAck(),
        "A mail to one's own address, by the way that every mail takes; list_deliveries says what became of it. conflict: no "
        "mail is sent here (SMTP_URL); invalid: one has no address.",
    ),
    *(
        Command(
            "show_mail",
            namespace,
            ShowMail,
            MailShown(),
            "The whole mail that brought this line (`via: email`), as a file to load. not_found: it did not come by mail.",
        )
        for namespace in (AGENT, ADMIN)
    ),
]
