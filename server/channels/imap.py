"""A mailbox read by IMAP: new mails, their bytes in pieces, waiting for the next one, deletion; a deadline on every call.

aioimaplib speaks the protocol. What it leaves out stands here: a lost connection ends the call that waits, a refused XOAUTH2 is
answered, names are quoted.
"""

import asyncio
import logging
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import aioimaplib

from server.channels.oauth import AccessTokens, NoAccessToken

CALL_SECONDS = 30.0
PIECE = 1 << 18  # bytes of a mail that are asked for at once
LOOK = 200  # mails that are described by one answer
ENDED = {"NO", "BAD"}
GOOD_BYE_SECONDS = 2.0

logging.getLogger("aioimaplib").setLevel(logging.WARNING)  # at debug it writes out every mail


@dataclass(frozen=True)
class ImapAddress:
    """Where the box is. `is_tls`: from the first byte on. `name`: which box it is, without the password."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    box: str

    @classmethod
    def of(cls, url: str) -> Self:
        """What IMAP_URL says."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "imaps"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        box = unquote(parts.path.strip("/")) or "INBOX"
        return cls(parts.hostname or "", parts.port or (993 if is_tls else 143), is_tls, user, password, box)

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.box}"


class MailboxAway(Exception):
    """The mailbox does not answer, or refuses; a later try may go better."""


@dataclass(frozen=True)
class Described:
    """A mail as the server describes it. `size`: bytes; `came_at`: when the mailbox took it."""

    uid: int
    size: int
    came_at: datetime | None
    message_id: str | None


class Mailbox:
    """One connection, its box selected. `uidvalidity`: the UIDs of another one mean other mails."""

    def __init__(self, address: ImapAddress, call_seconds: float = CALL_SECONDS) -> None:
        self._address = address
        self._seconds = call_seconds
        self._lost = asyncio.Event()
        self._client: Any = None
        self.uidvalidity = 0
        self.uidnext = 1

    @classmethod
    async def open(cls, address: ImapAddress, tokens: AccessTokens | None, call_seconds: float = CALL_SECONDS) -> Self:
        """Raises MailboxAway."""
        mailbox = cls(address, call_seconds)
        try:
            await mailbox._connect(tokens)
            await mailbox._select()
        except BaseException:
            await mailbox.close()
            raise
        return mailbox

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if not self._lost.is_set() and client.protocol.transport:
            try:
                async with asyncio.timeout(GOOD_BYE_SECONDS):
                    await client.logout()
            except (aioimaplib.AioImapException, TimeoutError, OSError):
                pass
        for task in (client._client_task, *client.tasks, *client.protocol.tasks):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if client.protocol.transport:
            client.protocol.transport.abort()

    async def uids_from(self, uid: int) -> list[int]:
        """The UIDs of the mails in the box, from this one on, in order."""
        answer = await self._ask(self._client.uid_search(f"UID {uid}:*", charset=None))
        found = {int(each) for line in answer for each in line.split() if each.isdigit()}
        return sorted(each for each in found if each >= uid)  # n:* names the last one also when it is below n

    async def describe(self, uids: Iterable[int]) -> list[Described]:
        """Those of these that are in the box, in order."""
        wanted, found = list(uids), []
        for start in range(0, len(wanted), LOOK):
            named = ",".join(str(uid) for uid in wanted[start : start + LOOK])
            what = "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            found += _described(await self._ask(self._client.uid("fetch", named, what)))
        return sorted(found, key=lambda each: each.uid)

    async def pieces(self, uid: int, size: int) -> AsyncIterator[bytes]:
        """The first `size` bytes of a mail; nothing when it is not there any more."""
        got = 0
        while got < size:
            part = f"(BODY.PEEK[]<{got}.{min(PIECE, size - got)}>)"
            answer = await self._ask(self._client.uid("fetch", str(uid), part))
            piece = b"".join(bytes(line) for line in answer if isinstance(line, bytearray))
            if not piece:
                return
            got += len(piece)
            yield piece

    async def delete(self, uids: Iterable[int]) -> bool:
        """Deletes these mails and no others; False where the server can only mark them as deleted."""
        named = ",".join(str(uid) for uid in uids)
        await self._ask(self._client.uid("store", named, "+FLAGS.SILENT", r"(\Deleted)"))
        if not self._client.has_capability("UIDPLUS"):
            return False
        await self._ask(self._client.uid("expunge", named))
        return True

    async def wait(self, seconds: float) -> None:
        """Until something happens in the box, at most so long. Where the server has no IDLE: so long."""
        if not self._client.has_capability("IDLE"):
            await asyncio.wait([asyncio.ensure_future(self._lost.wait())], timeout=seconds)
            await self._ask(self._client.noop())
            return
        idle = await self._within(self._client.idle_start(seconds + self._seconds))
        try:
            async with asyncio.timeout(seconds):
                await self._or_lost(self._pushed())
        except TimeoutError:
            pass
        self._client.idle_done()
        await self._within(idle)

    async def _pushed(self) -> None:
        while not any(b"EXISTS" in line or b"BYE" in line for line in await self._client.wait_server_push(None)):
            pass

    async def _connect(self, tokens: AccessTokens | None) -> None:
        address = self._address
        context = ssl.create_default_context() if address.is_tls else None
        client = self._client = aioimaplib.IMAP4(
            address.host, address.port, timeout=self._seconds, conn_lost_cb=self._on_lost, ssl_context=context
        )
        await self._within(self._client.wait_hello_from_server())
        if tokens:
            await self._log_in_by_token(tokens)
        elif self._client.get_state() != aioimaplib.aioimaplib.AUTH:
            await self._ask(self._client.login(aioimaplib.aioimaplib.quoted(address.user), address.password))
        await self._within(client.protocol.capability())  # it may say more to those who have logged in
        if client.has_capability("ID"):  # some large providers give nothing to a program that does not say what it is
            await self._within(client.protocol.execute(_who_we_are(client.protocol.new_tag())))

    async def _log_in_by_token(self, tokens: AccessTokens) -> None:
        """A refusal comes as a question, and the server waits for an answer before it says NO: the deadline ends it as well."""
        try:
            await self._ask(self._client.xoauth2(self._address.user, await tokens.token()))
        except NoAccessToken as error:
            raise MailboxAway(str(error)) from error
        except MailboxAway:
            tokens.forget()
            raise

    async def _select(self) -> None:
        lines = await self._ask(self._client.select(aioimaplib.aioimaplib.quoted(encoded(self._address.box))))
        said = b" ".join(bytes(line) for line in lines)
        validity, uidnext = re.search(rb"UIDVALIDITY (\d+)", said), re.search(rb"UIDNEXT (\d+)", said)
        self.uidvalidity = int(validity[1]) if validity else 0
        self.uidnext = int(uidnext[1]) if uidnext else 1 + max(await self.uids_from(1), default=0)

    def _on_lost(self, _: Exception | None) -> None:
        self._lost.set()

    async def _ask(self, call: Awaitable[Any]) -> list[Any]:
        """The lines of the answer. Raises MailboxAway for a refusal, too."""
        answer = await self._within(call)
        if answer.result != "OK":
            said = b" ".join(bytes(line) for line in answer.lines if not isinstance(line, bytearray))
            raise MailboxAway(f"the mailbox refuses: {said.decode(errors='replace')[:200]}")
        return list(answer.lines)

    async def _within(self, call: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._or_lost(call)
        except TimeoutError:
            raise MailboxAway(f"the mailbox did not answer in {self._seconds:g} s") from None
        except (aioimaplib.AioImapException, OSError) as error:
            raise MailboxAway(f"{type(error).__name__}: {error}") from error

    async def _or_lost(self, call: Awaitable[Any]) -> Any:
        """What it returns. Raises MailboxAway when the connection is lost meanwhile: the library would wait on."""
        work, lost = asyncio.ensure_future(call), asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait({work, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise MailboxAway("the connection to the mailbox is lost")
            return work.result()
        finally:
            for task in (work, lost):
                task.cancel()


def _who_we_are(tag: str) -> Any:
    """Written here: the library puts blanks where the grammar (RFC 2971) has none."""
    return aioimaplib.aioimaplib.Command("ID", tag, '("name" "deskwire")')


def encoded(name: str) -> str:
    """A box's name as it goes over the wire (RFC 3501, 5.1.3)."""

    def in_base64(found: re.Match[str]) -> str:
        return "&" + b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"[^\x20-\x7e]+", in_base64, name.replace("&", "&-"))


def _described(lines: list[Any]) -> list[Described]:
    """A mail's answer begins with a line that names its UID, followed by the header as a literal."""
    found: list[Described] = []
    for line in lines:
        if isinstance(line, bytearray) and found:
            message_id = re.search(rb"(?is)message-id:\s*(\S[^\r\n]*)", bytes(line))
            said = message_id[1].decode("ascii", "replace").strip() if message_id else None
            found[-1] = Described(found[-1].uid, found[-1].size, found[-1].came_at, said)
        elif (uid := re.search(rb"\bUID (\d+)", bytes(line))) and (
            size := re.search(rb"RFC822\.SIZE (\d+)", bytes(line))
        ):
            came = re.search(rb'INTERNALDATE "([^"]+)"', bytes(line))
            found.append(Described(int(uid[1]), int(size[1]), _time(came[1].decode()) if came else None, None))
    return found


def _time(said: str) -> datetime | None:
    try:
        return datetime.strptime(said.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
