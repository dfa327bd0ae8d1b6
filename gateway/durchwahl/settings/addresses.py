"""Addresses of the config: what links and headers are made of is checked, and its host kept in ASCII (RFC 5890)."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
_IN_A_LINK = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")  # RFC 3986 §2
_DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_HOST = 253


def host_in_ascii(host: str) -> str:
    """Return a host name or address in lower case, its labels in ASCII; an IPv6 address without brackets.

    Raises:
        ValueError: it is none.
    """
    bare = host.removeprefix("[").removesuffix("]")
    if ":" in bare:
        try:
            return str(ipaddress.IPv6Address(bare))
        except ValueError as error:
            raise ValueError(f'"{host}" is no host name: leave scheme, port and path out') from error
    if not bare.isascii():
        import idna  # noqa: PLC0415  # its tables cost memory that a name in ASCII does not need

        try:
            bare = idna.encode(bare, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f'"{host}" is no host name: {error}') from error
    name = bare.lower().removesuffix(".")
    if not name or len(name) > LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f'"{host}" is no host name: write e.g. www.example.org, without scheme, port and path')
    return name


def public_url(value: str) -> str:
    """Return the gateway's own address with its host in ASCII and a slash at the end.

    Raises:
        ValueError: no address, or one that cannot stand in every link and header.
    """
    parts, host = _split(value, "must be the address at which citizens reach the gateway, e.g. {}")
    if parts.query or parts.fragment or value.rstrip().endswith(("?", "#")):
        raise ValueError(
            "must be the address at which citizens reach the gateway, without ? and #, e.g. https://www.example.org/"
        )
    path = parts.path.strip("/")
    for segment in path.split("/") if path else ():
        if not segment.isascii():
            raise ValueError(f'"{segment}" in its path is not ASCII: choose a path such as /beratung/')
        if not _SEGMENT.fullmatch(segment) or segment.strip(".") == "":
            raise ValueError(f'"{segment}" cannot be part of its path: use letters, digits and hyphens')
    if parts.path.startswith("//") or parts.path.endswith("//"):
        raise ValueError("has // in its path: write each / once")
    return f"{parts.scheme}://{_netloc(parts, host)}/" + (f"{path}/" if path else "")


def origin(value: str) -> str:
    """Return what browsers send as `Origin` for pages of that site: `scheme://host[:port]`, default ports left out.

    Raises:
        ValueError: it is none.
    """
    example = "https://www.example.org"
    parts, host = _split(value, "must be an origin: scheme, host and perhaps port, e.g. " + example)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"must be an origin, without a path, e.g. {parts.scheme}://{parts.netloc}")
    return f"{parts.scheme}://{_netloc(parts, host)}"


def web_link(value: str) -> str:
    """Return an http(s) address that a page may link, its host in ASCII.

    Raises:
        ValueError: it is none: a page must not be made to run `javascript:`.
    """
    parts, host = _split(value, "must be an http(s) address, e.g. {}impressum")
    rest = parts._replace(scheme="", netloc="").geturl()
    if not _IN_A_LINK.fullmatch(rest):
        raise ValueError("has characters that an address has not: write them in percent-encoding")
    return f"{parts.scheme}://{_netloc(parts, host)}{rest}"


def _split(value: str, message: str) -> tuple[SplitResult, str]:
    wrong = message.format("https://www.example.org/")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{wrong}: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or any(c.isspace() or ord(c) < 32 for c in value):
        raise ValueError(wrong)
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    if port == 0 or (port is None and parts.netloc.endswith(":")):
        raise ValueError("has no port that can be reached: 1 to 65535")
    return parts, host_in_ascii(parts.hostname)


def _netloc(parts: SplitResult, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{shown}:{parts.port}"
