"""Which addresses the desk may call on behalf of others: none of its own networks, unless WEBHOOK_ALLOW names them."""

import ipaddress
from dataclasses import dataclass

from server.core.settings.kinds import Network, Targets

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the IPv4 address stands in its last 32 bits
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")  # RFC 3056: in the 32 bits after the prefix
# What Python's is_global lets pass, or did in some of its versions.
REFUSED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(each)
    for each in ("192.0.0.0/24", "192.88.99.0/24", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
                 "3fff::/20", "5f00::/16", "fec0::/10")
)  # fmt: skip


@dataclass(frozen=True)
class AllowedTargets:
    """`named`: WEBHOOK_ALLOW."""

    named: Targets

    def refusal(self, host: str, addresses: list[str], *, is_plain: bool) -> str | None:
        """Why this host with these addresses is not called; None: it is. `is_plain`: by http, which only those named may."""
        if self._names_host(host):
            return None
        by_https = f"{host} is called by https only: http:// is for what WEBHOOK_ALLOW names"
        if is_plain and not addresses:
            return by_https
        for address in addresses:
            found = ipaddress.ip_address(address.partition("%")[0])
            if self._names_address(found):
                continue
            if is_plain:
                return by_https
            if not is_public(found):
                return f"{host} is {address}, which is not a public address, and WEBHOOK_ALLOW does not name it"
        return None

    def _names_host(self, host: str) -> bool:
        host = host.rstrip(".").lower()
        return any(
            host == each or (each.startswith("*.") and host.endswith(each[1:]))
            for each in self.named
            if isinstance(each, str)
        )

    def _names_address(self, address: Address) -> bool:
        seen = {address, seen_as(address)}
        networks = [each for each in self.named if not isinstance(each, str)]
        return any(one in network for one in seen for network in networks if one.version == network.version)


def seen_as(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in SIX_TO_FOUR:
        return ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether it is one of the internet's: not private, shared (CGNAT), loopback, link-local, multicast or reserved."""
    seen = seen_as(address)
    if seen.is_multicast or seen.is_reserved or seen.is_unspecified or not seen.is_global:
        return False
    return not any(seen in network for network in REFUSED if network.version == seen.version)
