"""Who asks: the address that counts behind proxies (RFC 7239, and the older X-Forwarded-For)."""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(addresses: Sequence[str]) -> tuple[Network, ...]:
    """Return the networks that `trusted_proxies` names; a single address is a network of one."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in addresses)


def client_address(scope: Scope, headers: Headers, proxies: Sequence[Network]) -> str:
    """Return who asks: an IPv4 address, or the /64 network of an IPv6 address, which is one household's or office's.

    Only a trusted proxy is believed, and only for the hop that it added itself: the last address that is not a trusted
    proxy's own counts, whatever a client wrote before it is ignored.
    """
    return _counted(_nearest(scope, headers, proxies))


def _nearest(scope: Scope, headers: Headers, proxies: Sequence[Network]) -> str:
    peer = str(scope["client"][0]) if scope.get("client") else "unknown"
    if not _is_trusted(peer, proxies):
        return peer
    hops = [_without_port(hop) for value in headers.getlist("x-forwarded-for") for hop in value.split(",")]
    seen = {peer}
    for hop in reversed(hops or _forwarded_for(headers)):
        if not _is_address(hop):
            return peer
        # A proxy that forwards for its own address had a client on its own machine: what stands before it is forged.
        if hop in seen or not _is_trusted(hop, proxies):
            return hop
        seen.add(hop)
    return peer


def _forwarded_for(headers: Headers) -> list[str]:
    """Return the addresses of `Forwarded` (RFC 7239 §5.2), without ports."""
    hops = []
    for element in ",".join(headers.getlist("forwarded")).split(","):
        for pair in element.split(";"):
            name, _, value = pair.strip().partition("=")
            if name.lower() == "for":
                hops.append(_without_port(value))
    return hops


def _without_port(hop: str) -> str:
    """Return the address of `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, quoted or not."""
    text = hop.strip().strip('"')
    if text.startswith("["):
        return text[1:].split("]")[0]
    return text.split(":")[0] if text.count(":") == 1 else text


def _counted(address: str) -> str:
    """Return what limits count by; whoever has one IPv6 address has the 2^64 beside it (RFC 6177 §2)."""
    if ":" not in address or not _is_address(address):
        return address
    known = ipaddress.IPv6Address(address)
    return str(known.ipv4_mapped or ipaddress.IPv6Network((int(known) >> 64 << 64, 64)))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in network for network in proxies)
