"""Mails as programs of the world write them, built here byte by byte; and a winmail.dat as Outlook packs one."""

from __future__ import annotations

import base64
import itertools
import struct
from collections.abc import Iterable

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_numbers = itertools.count(1)


def part(kind: str, content: bytes, *headers: str) -> bytes:
    """One part, in base64."""
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n")


def multipart(subtype: str, parts: Iterable[bytes], boundary: str = "=_limit_") -> bytes:
    """A part made of these."""
    limit = f"{boundary}{subtype.partition(';')[0]}".encode()
    body = b"".join(b"--" + limit + b"\r\n" + each.rstrip(b"\r\n") + b"\r\n" for each in parts)
    head = f'Content-Type: multipart/{subtype}; boundary="{limit.decode()}"\r\n\r\n'
    return head.encode() + body + b"--" + limit + b"--\r\n"


def text(said: str, charset: str = "utf-8") -> bytes:
    return part(f"text/plain; charset={charset}", said.encode(charset, "replace"))


def mail(content: bytes, sender: str, to: str, *headers: str, message_id: str | None = None) -> bytes:
    """A whole mail around a part. Without a Message-ID one that no other has."""
    lines = [
        f"From: {sender}",
        f"To: {to}",
        "Date: Fri, 27 Nov 2026 09:30:00 +0000",
        f"Message-ID: {message_id or f'<{next(_numbers)}.mail@example.org>'}",
        "MIME-Version: 1.0",
        *headers,
    ]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n" + content


def answer(said: str, sender: str, to: str, *headers: str, **more: str) -> bytes:
    """A plain answer."""
    return mail(text(said), sender, to, "Subject: Re: Your message", *headers, **more)


def bounce(
    of: str, address: str, *, action: str = "failed", status: str = "5.1.1", to: str = "desk@example.com"
) -> bytes:
    """A mail server reports what became of a mail (RFC 3464), with an empty Return-Path."""
    report = (
        f"Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; {address}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 {status} nobody of this name\r\n"
    )
    parts = [
        b"Content-Type: text/plain; charset=us-ascii\r\n\r\nYour mail could not be delivered.\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n" + report.encode(),
        b"Content-Type: text/rfc822-headers\r\n\r\nSubject: Your answer\r\nMessage-ID: " + of.encode() + b"\r\n",
    ]
    return mail(
        multipart("report; report-type=delivery-status", parts),
        "MAILER-DAEMON@mx.example.org", to, "Return-Path: <>", "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
    )  # fmt: skip


def winmail(name: str, content: bytes, body: str) -> bytes:
    """A winmail.dat with one file in it."""

    def attribute(level: int, number: int, kind: int, data: bytes) -> bytes:
        return struct.pack("<BHHI", level, number, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(
        (
            attribute(1, 0x9006, 8, struct.pack("<I", 0x10000)),
            attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0)),
            attribute(1, 0x800C, 2, body.encode() + b"\0"),
            attribute(2, 0x9002, 6, b"\0" * 14),
            attribute(2, 0x8010, 1, name.encode() + b"\0"),
            attribute(2, 0x800F, 6, content),
        )
    )
