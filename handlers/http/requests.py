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

# What proxies add to a request.
FORWARDING = frozenset(
    {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "x-client-ip"}
)
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


def query(request: web.Request, payload: type[P]) -> P:
    """What stands behind the ?, checked. Raises ValidationError for what is unknown there, or does not fit."""
    return payload.of_query(request.query.items())


def bearer(request: web.Request) -> str | None:
    """The token of the Authorization header; None without one. None of ours has other than ASCII's characters."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() and token.isascii() else None


async def identity(request: web.Request, sessions: Sessions) -> Identity:
    """Who asks. Raises Unauthorized."""
    token = bearer(request)
    if token is None:
        raise Unauthorized("send your token as Authorization: Bearer ...")
    return await sessions.identify(token)


def credential(request: web.Request, trusted: tuple[Network, ...]) -> tuple[str, str]:
    """What another server shows of itself, and from where."""
    return bearer(request) or "", address(request, trusted)


def address(request: web.Request, trusted: tuple[Network, ...]) -> str:
    """The address of who really asks: X-Forwarded-For is believed from the right, as far as the proxies are trusted."""
    lines = request.headers.getall("X-Forwarded-For", [])  # some proxies add a line of their own behind the client's
    hops = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
    found = request.remote or "unknown"
    while hops and _is_trusted(found, trusted):
        found = hops.pop()
    return found


def origin(request: web.Request, trusted: tuple[Network, ...]) -> str:
    """Where the one who asks believes to be; the proxy next to us says whether that was over TLS, if it is trusted."""
    scheme = request.headers.get("X-Forwarded-Proto", "").strip().lower()
    believed = scheme in {"http", "https"} and _is_trusted(request.remote or "", trusted)
    return f"{scheme if believed else request.scheme}://{request.host}"


def is_local(request: web.Request) -> bool:
    """Whether a program on this machine asks. A proxy on it asks for others, and says so in one of these headers."""
    try:
        is_loopback = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
    return is_loopback and FORWARDING.isdisjoint(name.lower() for name in request.headers)


def _is_trusted(host: str, trusted: tuple[Network, ...]) -> bool:
    try:
        return any(ipaddress.ip_address(host) in network for network in trusted)
    except ValueError:
        return False
