"""The names that this desk is known under. A page of another name, pointed at our address, would count as our own page.

That is DNS rebinding: a page of evil.example, whose name then leads to this machine, sends `Host: evil.example` with an
`Origin` that is equal to it, and is let in like one of ours. It needs a name: nobody makes a browser believe that it is on
another address than it is, so addresses, and localhost, are always known.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.core.settings import Settings

ANY = "*"
ALIVE = frozenset({"/healthz", "/readyz"})  # asked by machines under whatever name; there is nothing to read in them


@dataclass(frozen=True)
class KnownHosts:
    names: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> "KnownHosts":
        return cls(frozenset({urlsplit(settings.base_url).hostname or "localhost", *settings.allowed_hosts}))

    def knows(self, header: str) -> bool:
        """Whether this Host header names us. Without one it is no browser that asks."""
        name = _name(header)
        if not name or ANY in self.names or name in self.names or name == "localhost" or _is_address(name):
            return True
        above = name.partition(".")[2]
        return f"*.{above}" in self.names or name.endswith(".localhost")


def _name(header: str) -> str:
    """Without the port, the brackets, and the full stop that a whole name may end with."""
    try:
        return (urlsplit(f"//{header}").hostname or header).rstrip(".").lower()
    except ValueError:
        return header


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
