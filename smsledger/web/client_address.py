"""Parses the addresses of clients, as peers and proxies write them."""

import ipaddress
import re

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Providers give a household or a server a network of this length, with 2^64 addresses in it.
_SUBSCRIBER_BITS = 64
# Some proxies add the port: 192.0.2.7:50712, [2001:db8::1]:50712.
_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d+)?|([^:]*):\d+")


def parse_address(text: str) -> IpAddress | None:
    """Return the address without a port, an IPv4-mapped one as IPv4; None for other texts."""
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address(found[1] or found[2] if found else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def subscriber_of(text: str) -> str:
    """Return the network for which attempts are counted: an IPv4 address or an IPv6 /64."""
    address = parse_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(address), _SUBSCRIBER_BITS), strict=False))
    return text if address is None else str(address)
