"""What every route needs of a request: its body, its bearer, its true address."""

import asyncio
import ipaddress
from typing import TypeVar

from aiohttp import web

from server.core.errors import Malformed, Unauthorized
from server.core.identity import Identity
from server.core.settings.kinds import Network
from server.people.sessions import Sessions
from server.schemas.payload import Payload

P = TypeVar("P", bound=Payload)

BODY_SECONDS = 20.0  # for the 64 KiB that a body has at most


async def body(request: web.Request, payload: type[P]) -> P:
    """The JSON body, checked. Raises Malformed for no JSON object, ValidationError for one that does not fit."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            given = await request.json()
    except TimeoutError:
        raise Malformed("the body did not come in time") from None
    except web.RequestPayloadError:
        raise Malformed("the body broke off, or is not as its headers say") from None
    except (ValueError, RecursionError, LookupError):  # not JSON, too deep, or of an unknown charset
        raise Malformed("the body is not JSON") from None
    if not isinstance(given, dict):
        raise Malformed("the body is not a JSON object")
    return payload.load(given)


def bearer(request: web.Request) -> str | None:
    """The token of the Authorization header; None without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def identity(request: web.Request, sessions: Sessions) -> Identity:
    """Who asks. Raises Unauthorized."""
    token = bearer(request)
    if token is None:
        raise Unauthorized("send your token as Authorization: Bearer ...")
    return await sessions.identify(token)


def address(request: web.Request, trusted: tuple[Network, ...]) -> str:
    """The address of who really asks: X-Forwarded-For is believed from the right, as far as the proxies are trusted."""
    return _walk_back(request, trusted)[0]


def origin(request: web.Request, trusted: tuple[Network, ...]) -> str:
    """Where the one who asks believes to be; the proxy next to us says whether that was over TLS, if it is trusted."""
    scheme = request.headers.get("X-Forwarded-Proto", "").strip().lower()
    believed = scheme in {"http", "https"} and _is_trusted(request.remote or "", trusted)
    return f"{scheme if believed else request.scheme}://{request.host}"


def is_local(request: web.Request, trusted: tuple[Network, ...]) -> bool:
    """Whether the one who really asks is on this machine. Whoever comes through a proxy that is not trusted is not."""
    found, unbelieved = _walk_back(request, trusted)
    try:
        return ipaddress.ip_address(found).is_loopback and not unbelieved
    except ValueError:
        return False


def _walk_back(request: web.Request, trusted: tuple[Network, ...]) -> tuple[str, list[str]]:
    """The first address from here that is no trusted proxy's, and what it claims to stand before it."""
    lines = request.headers.getall("X-Forwarded-For", [])  # some proxies add a line of their own behind the client's
    hops = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
    found = request.remote or "unknown"
    while hops and _is_trusted(found, trusted):
        found = hops.pop()
    return found, hops


def _is_trusted(host: str, trusted: tuple[Network, ...]) -> bool:
    try:
        return any(ipaddress.ip_address(host) in network for network in trusted)
    except ValueError:
        return False
