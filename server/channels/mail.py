"""A mail as the desk composes it, and the bytes that go out: headers that hold, text and HTML beside each other."""

from dataclasses import dataclass, field
from datetime import datetime
from email import headerregistry, policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

NAME_MAX = 100  # characters of a name beside an address


@dataclass(frozen=True)
class Address:
    """An address, and perhaps the name of whom one reaches there."""

    address: str
    name: str = ""

    @classmethod
    def of(cls, text: str) -> "Address":
        """`Our Shop <desk@example.com>`, or the address alone, as the settings have checked it."""
        name, found, address = text.rpartition("<")
        return cls(address.rstrip(">"), name.strip()) if found else cls(text)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def on_the_wire(self) -> str:
        """With its domain in ASCII. Raises ValueError where that cannot be, or the part before it is not ASCII."""
        local, _, domain = self.address.rpartition("@")
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}".encode("ascii").decode()


@dataclass(frozen=True)
class Mail:
    """`message_id`, `in_reply_to` and `references` stand in angle brackets already. `list_unsubscribe`: the address of a page
    that takes one click by POST (RFC 8058). `headers`: more of them, by name; never words of people.
    """

    to: Address
    subject: str
    text: str
    html: str
    message_id: str
    reply_to: Address | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    list_unsubscribe: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class _Whole(headerregistry.UnstructuredHeader):
    """A header of ASCII words that are never cut: the library would put long ones (ids, addresses of pages) into encoded
    words, and then nobody finds the thread or the page. One word a line.
    """

    name: str

    def fold(self, *, policy: Any) -> str:
        words = str(self).split()
        return f"{self.name}: {(policy.linesep + ' ').join(words)}{policy.linesep}"


_HEADERS: Any = headerregistry.HeaderRegistry()
for _name in ("message-id", "in-reply-to", "references", "reply-to", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _Whole)
POLICY = policy.SMTP.clone(header_factory=_HEADERS)


def message_bytes(mail: Mail, sender: Address, at: datetime) -> bytes:
    """As it goes over the wire. Raises ValueError for what cannot stand in a header."""
    message = EmailMessage(policy=POLICY)
    message["From"] = _mailbox(sender)
    message["To"] = _mailbox(mail.to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = mail.message_id
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to.address
    if mail.in_reply_to:
        message["In-Reply-To"] = mail.in_reply_to
    if mail.references:
        message["References"] = " ".join(mail.references)
    if mail.list_unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.list_unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers it
    message["X-Auto-Response-Suppress"] = "All"
    for name, value in mail.headers.items():
        message[name] = one_line(value)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def one_line(text: str) -> str:
    """Without line ends and other control characters: what stands in a header ends where it ends."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _mailbox(address: Address) -> headerregistry.Address:
    return headerregistry.Address(one_line(address.name)[:NAME_MAX], addr_spec=address.on_the_wire)
