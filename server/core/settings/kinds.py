"""How a setting's text becomes a value: each kind either returns it or raises ValueError with what was expected."""

import ipaddress
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Targets = tuple[str | Network, ...]  # names of hosts, and networks

ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
LOOPBACK = r"(localhost|127(\.\d{1,3}){3}|\[::1\])"
ORIGIN = r"https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?"


@dataclass(frozen=True)
class Rate:
    """At most `count` in any `seconds`; count 0 is never."""

    count: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.count}/{self.seconds:g}"


def text(raw: str) -> str:
    return raw


def path(raw: str) -> Path | None:
    return folder(raw) if raw else None


def folder(raw: str) -> Path:
    try:
        found = Path(raw).expanduser()
    except RuntimeError:  # ~somebody, who has no home here
        raise ValueError("the path of a folder or file") from None
    if not raw:
        raise ValueError("the path of a folder")
    return found


def host(raw: str) -> str:
    """Empty would mean every address of the machine, unasked."""
    if not re.fullmatch(r"[\w.:%-]+", raw):
        raise ValueError("an address or a host's name, as 127.0.0.1")
    return raw


def mongodb_url(raw: str) -> str:
    if raw and not re.fullmatch(r"mongodb(\+srv)?://([^@/\s]+@)?[^@/?,\s]+(,[^@/?,\s]+)*(/\S*)?", raw):
        raise ValueError("a URL such as mongodb://db1.example.com,db2.example.com/?replicaSet=rs0")
    return raw


def redis_url(raw: str) -> str:
    if raw and not re.fullmatch(r"(rediss?://([^@/\s]*@)?[\w.-]+(:\d{1,5})?(/\S*)?|unix://\S+)", raw):
        raise ValueError("a URL such as redis://:password@redis.example.com:6379/0, or rediss:// for TLS")
    return raw


def smtp_url(raw: str) -> str:
    if raw and not re.fullmatch(r"smtps?://([^@/\s]+@)?([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?/?", raw):
        raise ValueError("a URL such as smtp://user:password@smtp.example.com:587, or smtps:// for TLS at once")
    return raw


def imap_url(raw: str) -> str:
    """Unencrypted only on this machine: the password would go readable."""
    server = r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?(/[^\s?#]*)?"
    if raw and not re.fullmatch(rf"imaps://[^@/\s]+@{server}|imap://[^@/\s]+@{LOOPBACK}(:\d{{1,5}})?(/[^\s?#]*)?", raw):
        raise ValueError(
            "a URL such as imaps://user:password@imap.example.com:993/INBOX (imap:// on this machine only)"
        )
    return raw


def token_url(raw: str) -> str:
    if raw and not re.fullmatch(rf"(https://[^@\s]+|http://{LOOPBACK}(:\d+)?(/\S*)?)", raw):
        raise ValueError("an address such as https://oauth2.example.com/token")
    return raw


def mailbox(raw: str) -> str:
    """An address, perhaps with a name before it."""
    if raw and not (re.fullmatch(ADDRESS, raw) or re.fullmatch(rf"[^<>\"\x00-\x1f\x7f]{{1,100}}<{ADDRESS}>", raw)):
        raise ValueError("an address such as desk@example.com, or Our Shop <desk@example.com>")
    return raw


def addresses(raw: str) -> tuple[str, ...]:
    found = tuple(part for part in re.split(r"[,\s]+", raw) if part)
    if len(found) > 50 or not all(re.fullmatch(ADDRESS, each) for each in found):
        raise ValueError("at most 50 addresses such as team@example.com, separated by commas")
    return found


def flag(raw: str) -> bool:
    known = {"true": True, "on": True, "1": True, "yes": True, "false": False, "off": False, "0": False, "no": False}
    if raw.lower() not in known:
        raise ValueError("true or false")
    return known[raw.lower()]


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`, both included."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"-?\d{1,15}", raw) or not low <= int(raw) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(raw)

    return parse


def seconds(low: float = 0.0) -> Callable[[str], float]:
    """Seconds, fractions allowed, at least `low` and at most a year."""

    def parse(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            value = math.nan
        if not low <= value <= 366 * 86400:
            raise ValueError(f"a number of seconds, at least {low:g}")
        return value

    return parse


def amount(low: float, high: float, unit: str) -> Callable[[str], float]:
    """A number of these, fractions allowed."""

    def parse(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ValueError(f"a number of {unit}, from {low:g} to {high:g}")
        return value

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.lower() not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return raw.lower()

    return parse


def rate(raw: str) -> Rate:
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9}(?:\.\d{1,3})?)", raw)
    if not match or float(match[2]) <= 0:
        raise ValueError("count/seconds, as 30/60")
    return Rate(int(match[1]), float(match[2]))


def clock_time(raw: str) -> time:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", raw)
    if not match:
        raise ValueError("a time of day, as 02:00")
    return time(int(match[1]), int(match[2]))


def zone(raw: str) -> ZoneInfo:
    try:
        return ZoneInfo(raw)
    except (KeyError, ValueError, OSError):  # what zoneinfo raises for names that are missing, malformed or folders
        raise ValueError("a time zone's name, as Europe/Paris") from None


def database_name(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,38}", raw):
        raise ValueError("a database name: 1 to 38 letters, digits, _ or -")
    return raw


def base_url(raw: str) -> str:
    if raw and not re.fullmatch(ORIGIN + r"(/[\w./~-]*)?", raw):
        raise ValueError("an address such as https://desk.example.com")
    return raw.rstrip("/")


def secret(raw: str) -> str:
    if raw and len(raw.encode()) < 32:
        raise ValueError("a secret of at least 32 bytes")
    return raw


def vapid_private_key(raw: str) -> str:
    if raw and not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", raw):
        raise ValueError("a private key of P-256: its 32 bytes as base64 for URLs")
    return raw


def contact(raw: str) -> str:
    if raw and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://[\w.-]+(:\d{1,5})?(/\S*)?", raw):
        raise ValueError("mailto:somebody@example.com or an address of https")
    return raw


def minutes(raw: str) -> float:
    """Minutes, fractions allowed, at most a day."""
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1440:
        raise ValueError("a number of minutes, 0 to 1440")
    return value


def origins(raw: str) -> tuple[str, ...]:
    """Origins (scheme://host[:port]), separated by commas or spaces; in small letters, as browsers send them."""
    found = tuple(part.rstrip("/").lower() for part in re.split(r"[,\s]+", raw) if part)
    if not all(re.fullmatch(ORIGIN, origin) for origin in found):
        raise ValueError("origins such as https://shop.example.com, separated by commas")
    return found


def names(raw: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in raw.split(",") if part.strip())
    if len(found) > 200 or any(len(name) > 100 for name in found):
        raise ValueError("at most 200 names of at most 100 characters, separated by commas")
    return found


def hosts(raw: str) -> tuple[str, ...]:
    """Names without scheme and port, in small letters; `*.` before one for all below it, `*` alone for any."""
    found = tuple(part.rstrip(".").lower() for part in re.split(r"[,\s]+", raw) if part)
    if not all(re.fullmatch(r"\*|(\*\.)?[\w-]+(\.[\w-]+)*", name) for name in found):
        raise ValueError("names of hosts such as desk.example.com or *.example.com, without scheme and port")
    return found


def targets(raw: str) -> Targets:
    """Names of hosts, addresses and networks, separated by commas; `*.` before a name for all below it."""
    return tuple(_target(part) for part in re.split(r"[,\s]+", raw) if part)


def _target(part: str) -> str | Network:
    try:
        return ipaddress.ip_network(part)
    except ValueError:
        name = part.rstrip(".").lower()
    if not re.fullmatch(r"(\*\.)?[\w-]+(\.[\w-]+)*", name) or re.fullmatch(r"[\d.]+", name):
        raise ValueError(
            "hosts, addresses or networks such as crm.intranet, 10.0.0.5 or 10.0.0.0/8, separated by commas"
        )
    return name


def networks(raw: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part) for part in re.split(r"[,\s]+", raw) if part)
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.0/8, separated by commas") from None


Kind = Callable[[str], Any]
