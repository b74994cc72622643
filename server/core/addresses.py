"""Who counts as one when somebody is counted by address."""

import ipaddress

ONE_HOME = 64  # bits: what a provider gives one household or office, all of whose addresses it may use


def block_of(address: str) -> str:
    """An IPv4 address is one place; an IPv6 address one of the 2^64 of its /64. What is no address stands for itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, ONE_HOME), strict=False))
