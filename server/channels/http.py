"""HTTP to servers that others name: only to addresses that were checked, without redirects, with a deadline on everything."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from server.channels.lookup import Lookup, SystemLookup
from server.channels.targets import AllowedTargets

ANSWER_MAX = 65536  # bytes that are read of an answer
AGENT = {"User-Agent": "Deskwire"}
NO_ADDRESS = "this is not an address such as https://example.com/hook"


class CallFailed(Exception):
    """No answer came; the words say why, and how long it took."""

    took_ms = 0


class TargetRefused(CallFailed):
    """It is not called: its address is one of those that are not for others to name."""


@dataclass(frozen=True)
class Answer:
    """`body`: as much as came of it, 64 KiB at most. `took_ms`: until its head was there."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: int


class _CheckedResolver(AbstractResolver):
    """What it returns is what the connection is made to: the name is not asked for again in between."""

    def __init__(self, lookup: Lookup, allowed: AllowedTargets, *, is_plain: bool) -> None:
        self._lookup = lookup
        self._allowed = allowed
        self._is_plain = is_plain

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._lookup(host, port)
        if why := self._allowed.refusal(host, addresses, is_plain=self._is_plain):
            raise TargetRefused(why)
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        pass


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST
    )


class GuardedHttp:
    """Calls by `seconds` at most. Of a host all addresses must be allowed (AllowedTargets)."""

    def __init__(
        self,
        allowed: AllowedTargets,
        seconds: float,
        lookup: Lookup | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._lookup = lookup or SystemLookup()
        self._tls = tls
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer, whatever its status; as soon as its head is there it counts, even if its body breaks off.

        Raises CallFailed; TargetRefused before anything is sent.
        """
        target = self._target(url)
        loop = asyncio.get_running_loop()
        began = loop.time()
        until = began + self._seconds
        try:
            async with asyncio.timeout_at(until):
                session = self._session(target.scheme)
                response = await session.post(target, data=body, headers={**AGENT, **headers}, allow_redirects=False)
        except aiohttp.InvalidURL:
            raise TargetRefused(NO_ADDRESS) from None
        except TimeoutError:
            raise failed(f"no answer within {self._seconds:g} s", loop.time() - began) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failed(in_words(target, error), loop.time() - began) from None
        took_ms = round((loop.time() - began) * 1000)
        try:
            read = await _read(response, until)
        finally:
            response.release()
        return Answer(response.status, response.headers, read, took_ms)

    async def check(self, url: str, lookup: Lookup | None = None) -> None:
        """Raises TargetRefused for what `post` would refuse now, and for a name of which nobody says in time what it is.

        A name that is not known now may be, later. `lookup`: another one than that of calls.
        """
        target = self._target(url)
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await (lookup or self._lookup)(str(target.raw_host), int(target.port or 0))
        except TimeoutError:
            raise TargetRefused(
                f"the name {target.host} could not be looked up within {self._seconds:g} s; try it again later"
            ) from None
        except (OSError, UnicodeError):
            addresses = []
        if why := self._allowed.refusal(str(target.host), addresses, is_plain=target.scheme == "http"):
            raise TargetRefused(why)

    async def stop(self) -> None:
        """Closes the connections that were kept."""
        for session in self._sessions.values():
            await session.close()
        if isinstance(self._lookup, SystemLookup):
            self._lookup.stop()

    def _target(self, url: str) -> URL:
        """Raises TargetRefused. A host that is an address does not come by the resolver: it is checked here."""
        try:
            target = URL(url)
            host = target.host
        except ValueError:
            raise TargetRefused(NO_ADDRESS) from None
        if target.scheme not in {"http", "https"} or not host:
            raise TargetRefused("an address begins with https:// (http:// only for what WEBHOOK_ALLOW names)")
        if target.user is not None or target.password is not None:
            raise TargetRefused("an address without a user name and a password in it")
        try:
            literal = [str(ipaddress.ip_address(host.partition("%")[0]))]
        except ValueError:
            return target
        if why := self._allowed.refusal(host, literal, is_plain=target.scheme == "http"):
            raise TargetRefused(why)
        return target

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        """By scheme: what may be called by http is not what may be called by https."""
        if scheme not in self._sessions:
            resolver = _CheckedResolver(self._lookup, self._allowed, is_plain=scheme == "http")
            connector = aiohttp.TCPConnector(
                resolver=resolver, use_dns_cache=False, limit=0, ssl=self._tls if self._tls else True
            )
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(),
                trust_env=False,
                auto_decompress=False,
            )
        return self._sessions[scheme]


async def _read(response: aiohttp.ClientResponse, until: float) -> bytes:
    """What comes of the body in time, up to ANSWER_MAX. A longer one is left there with its connection."""
    read = bytearray()
    try:
        async with asyncio.timeout_at(until):
            while len(read) < ANSWER_MAX and (part := await response.content.read(ANSWER_MAX - len(read))):
                read += part
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass  # its head said what became of the call
    if not response.content.at_eof():
        response.close()
    return bytes(read)


def failed(why: str, seconds: float) -> CallFailed:
    failure = CallFailed(why)
    failure.took_ms = round(seconds * 1000)
    return failure


def in_words(target: URL, error: Exception) -> str:
    """Why no answer came, for whoever named the address."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name {target.host} is not known: {_reason(error.os_error)}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {target.host} is not valid: {_reason(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to {target.host}, port {target.port}: {_reason(error.os_error)}"
    if isinstance(error, OSError | aiohttp.ServerDisconnectedError):
        return "the connection broke before an answer came"
    return f"what came is no answer that is understood here: {type(error).__name__}"


def _reason(error: Any) -> str:
    """A system's own words, without the numbers around them."""
    reason = (
        getattr(error, "strerror", None) or getattr(error, "verify_message", None) or getattr(error, "reason", None)
    )
    return str(reason or type(error).__name__)
