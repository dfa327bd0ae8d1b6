"""Which addresses a source may be connected to, whatever a name server says (CWE-918, request forgery).

Municipal systems live on private addresses (RFC 1918, RFC 4193), so these are allowed. What no department's
system has is refused: loopback, link-local and with it the clouds' metadata services, multicast, reserved
blocks, and IPv4 wrapped into IPv6 by NAT64, 6to4 or Teredo. `ipaddress.is_global` would not do: it holds
multicast and NAT64 for global. An operator who means such an address writes it into the settings literally.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from durchwahl.errors import Invalid
from durchwahl.sources.blocking import BoundedThreads

REFUSED_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "100.100.100.200/32",  # metadata (Alibaba Cloud)
        "127.0.0.0/8",
        "168.63.129.16/32",  # the host's own services (Azure)
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
ALLOWED_IPV6 = (IPv6Network("2000::/3"), IPv6Network("fc00::/7"))
REFUSED_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
        "fd00:ec2::254/128",  # metadata (AWS)
        "fd20:ce::254/128",  # metadata (Google Cloud)
    )
)
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)

Lookup = Callable[[str, int], Sequence[str]]
"""From name and port to addresses, best first; blocks, and raises `OSError` where the name is unknown."""


def permitted(address: str, named: str) -> bool:
    """Whether a source whose settings name the host `named` may be connected to `address`."""
    ip = ipaddress.ip_address(address)
    literal = _literal(named)
    if literal is not None:
        if ip == literal:
            return True
    elif named.lower() == "localhost" and ip.is_loopback:
        return True
    return _harmless(ip)


def check_host(host: str) -> None:
    """Refuse a number that only a system resolver understands (`127.1`, `0x7f000001`, `2130706433`).

    Such a host goes past every check that looks at names, and some clients never ask a resolver for it.

    Raises:
        Invalid: the host is numeric and not an IPv4 address in full.
    """
    if _literal(host) is None and _NUMERIC.fullmatch(host):
        raise Invalid("The address of the system is not written in full.", detail=f"{host} is no IPv4 address")


class Addresses:
    """Turns names into addresses once per connection, so that what was checked is what is connected to.

    Looking up blocks, so each source has two threads of its own for it: a hanging name server holds up
    nobody else.
    """

    def __init__(self, lookup: Lookup | None = None) -> None:
        self._lookup = lookup or system_lookup
        self._threads = BoundedThreads(limit=2)

    async def of(self, host: str, port: int) -> list[str]:
        """Return the addresses of the host that may be connected to.

        Raises:
            Invalid: the host has addresses, but none that may be connected to.
            OSError: the host is unknown.
        """
        check_host(host)
        literal = _literal(host)
        found = [str(literal)] if literal is not None else await self._threads(self._lookup, host, port)
        allowed = [address for address in found if permitted(address, host)]
        if found and not allowed:
            said = f"{host} is {', '.join(found)}, which the settings do not name"
            raise Invalid("The system's name leads to an address that is not allowed.", detail=said)
        if not allowed:
            raise OSError(f"{host} has no address")
        return allowed

    async def aclose(self) -> None:
        """Look nothing up any more."""
        await self._threads.aclose()


def system_lookup(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for _, _, _, _, sockaddr in found))


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _harmless(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return _harmless(ip.ipv4_mapped)
        allowed = any(ip in block for block in ALLOWED_IPV6)
        return allowed and not any(ip in block for block in REFUSED_IPV6)
    return not any(ip in block for block in REFUSED_IPV4)
