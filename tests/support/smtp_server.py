"""A mail server of our own on 127.0.0.1: it keeps a ledger of what it took, and fails in the ways that mail servers do."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PATIENCE = 20.0  # seconds until a mail that is waited for is given up


@dataclass(frozen=True)
class Taken:
    """A mail, as it came in."""

    sender: str
    to: list[str]
    message: EmailMessage
    raw: bytes
    was_encrypted: bool

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())


@dataclass
class SmtpDouble:
    """Modes: `refused` (by address: what RCPT says), `answer` (what DATA says, instead of taking it), `is_silent` (takes it,
    and hangs up after the final dot), `is_hanging` (takes it, and never answers), `is_closed` (hangs up at once), `users` (by
    name: the password; without them nobody has to log in). `ledger`: what was taken; `attempts`: every address that was named.
    """

    port: int = 0
    users: dict[str, str] = field(default_factory=dict)
    ledger: list[Taken] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answer: str | None = None
    is_silent: bool = False
    is_hanging: bool = False
    is_closed: bool = False
    logins: list[tuple[str, str]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def mail(self, where: Callable[[Taken], bool] = lambda taken: True, within: float = PATIENCE) -> Taken:
        """The first such mail so far, or the next one."""
        return (await self.mails(1, where, within))[0]

    async def mails(
        self, count: int, where: Callable[[Taken], bool] = lambda taken: True, within: float = PATIENCE
    ) -> list[Taken]:
        """The first so many of them."""

        def found() -> list[Taken]:
            return [taken for taken in self.ledger if where(taken)]

        try:
            async with asyncio.timeout(within), self.news:
                await self.news.wait_for(lambda: len(found()) >= count)
        except TimeoutError:
            subjects = [str(taken.message["Subject"]) for taken in self.ledger]
            raise AssertionError(
                f"no {count} such mails in {within} s, but {subjects}; tried: {self.attempts}"
            ) from None
        return found()[:count]

    async def handle_EHLO(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self.is_closed:
            server.transport.abort()
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.users and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts.append(address)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer:
            return self.answer
        raw = bytes(envelope.original_content or b"")
        message: Any = message_from_bytes(raw, policy=policy.default)
        taken = Taken(str(envelope.mail_from), list(envelope.rcpt_tos), message, raw, session.ssl is not None)
        async with self.news:
            self.ledger.append(taken)
            self.news.notify_all()
        if self.is_hanging:
            await asyncio.Event().wait()
        if self.is_silent:
            server.transport.abort()
        return "250 2.0.0 Taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        user, password = given.login.decode(), given.password.decode()
        self.logins.append((user, password))
        return AuthResult(success=self.users.get(user) == password)


class _XOAuth2(SMTP):
    """The library knows PLAIN and LOGIN; large providers want this one."""

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        said = base64.b64decode(args[1]).decode()
        fields = dict(part.split("=", 1) for part in said.strip("\x01").split("\x01"))
        given = LoginPassword(fields["user"].encode(), fields["auth"].removeprefix("Bearer ").encode())
        return self._authenticate("XOAUTH2", given)


@contextlib.asynccontextmanager
async def smtp_server(
    tls: ssl.SSLContext | None = None, *, users: dict[str, str] | None = None
) -> AsyncIterator[SmtpDouble]:
    """`tls`: it offers STARTTLS with this certificate. `users`: it wants a log-in by one of these."""
    double = SmtpDouble(users=users or {})
    loop = asyncio.get_running_loop()

    protocols: list[SMTP] = []

    def connected() -> SMTP:
        protocol = _XOAuth2(
            double,
            hostname="mail.test",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_require_tls=False,
            authenticator=double.authenticate if users else None,
            enable_SMTPUTF8=True,
            loop=loop,
        )
        protocols.append(protocol)
        return protocol

    server = await loop.create_server(connected, "127.0.0.1", 0)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
        for protocol in protocols:
            if protocol.transport:
                protocol.transport.abort()
