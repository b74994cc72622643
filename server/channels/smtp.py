"""The way to the mail server (SMTP_URL): one connection a mail, encrypted but on this machine, certificates checked."""

import asyncio
import ipaddress
import re
import ssl
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from server.channels.base import Gone, Outcome, Retry, Sent
from server.channels.oauth import AccessTokens, NoAccessToken

SHARE = 0.9  # of the sender's deadline: here one knows how far it got
REFUSED_ADDRESSES = (550, 551, 553)


@dataclass(frozen=True)
class SmtpServer:
    """`security`: "tls" from the first byte, "starttls", which is insisted on, or "none"."""

    host: str
    port: int
    user: str
    password: str
    security: str

    @classmethod
    def of(cls, url: str) -> "SmtpServer":
        """What SMTP_URL says."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        security = "tls" if parts.scheme == "smtps" else "none" if _is_this_machine(host) else "starttls"
        port = parts.port or {"tls": 465, "starttls": 587, "none": 25}[security]
        return cls(host, port, unquote(parts.username or ""), unquote(parts.password or ""), security)


@dataclass(frozen=True)
class NoSuchAddress(Gone):
    """The server says that nobody is there."""


@dataclass
class _Progress:
    """How far it got. Between these two nobody knows whether the mail was taken."""

    was_given: bool = False


@dataclass(frozen=True)
class Smtp:
    """`tokens`: for XOAUTH2, instead of a password. `trusted`: whose certificates are believed."""

    server: SmtpServer
    tokens: AccessTokens | None
    deadline: timedelta
    trusted: ssl.SSLContext

    async def send(self, sender: str, to: str, message: bytes) -> Outcome:
        """One attempt. A refusal of the desk (its log-in, its sender) is a Retry: an admin mends it, and the mail goes out."""
        progress = _Progress()
        try:
            async with asyncio.timeout(self.deadline.total_seconds() * SHARE):
                return await self._send(sender, to, message, progress)
        except NoAccessToken as error:
            return Retry(str(error))
        except SMTPRecipientsRefused as error:
            return of_refused_address(error.recipients[0].code, error.recipients[0].message)
        except aiosmtplib.SMTPDataError as error:
            said = _said(error.code, error.message)
            return Gone(said) if error.code >= 500 else Retry(said)
        except SMTPResponseException as error:  # log-in, greeting, sender
            if self.tokens and error.code == 535:
                self.tokens.forget()
            return Retry(_said(error.code, error.message))
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            return Retry(_reason(error), is_uncertain=progress.was_given)

    async def _send(self, sender: str, to: str, message: bytes, progress: _Progress) -> Outcome:
        client = aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            timeout=self.deadline.total_seconds(),
            use_tls=self.server.security == "tls",
            start_tls=self.server.security == "starttls",
            tls_context=None if self.server.security == "none" else self.trusted,
            local_hostname=sender.rpartition("@")[2],
        )
        try:
            await client.connect()
            await self._log_in(client)
            await client.mail(sender, options=[f"size={len(message)}"] if client.supports_extension("size") else None)
            try:
                await client.rcpt(to)
            except aiosmtplib.SMTPRecipientRefused as error:
                raise SMTPRecipientsRefused([error]) from None
            progress.was_given = True
            answer = await client.data(message)
            return Sent(_said(answer.code, answer.message))
        finally:
            client.close()

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        if self.tokens:
            await client.ehlo()
            await client.auth_xoauth2(self.server.user, await self.tokens.token())
        elif self.server.user:
            await client.login(self.server.user, self.server.password)


def of_refused_address(code: int, message: str) -> Outcome:
    """5.1 and 5.2.1 (RFC 3463) say that nobody is there; other refusals for good may be the desk's own fault."""
    said = _said(code, message)
    if code < 500:
        return Retry(said)
    detailed = re.match(r"5\.\d{1,3}\.\d{1,3}", message)
    if detailed:
        return NoSuchAddress(said) if re.match(r"5\.(1\.|2\.1\b)", detailed[0]) else Gone(said)
    return NoSuchAddress(said) if code in REFUSED_ADDRESSES else Gone(said)


def trusted_certificates() -> ssl.SSLContext:
    """Those that this machine trusts."""
    return ssl.create_default_context()


def _said(code: int, message: str) -> str:
    return f"{code} {' '.join(message.split())}"[:300]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300].rstrip(": ")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
