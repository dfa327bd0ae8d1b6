"""Multistatus XML (RFC 4918 §13) to typed records.

The answer is untrusted: no DOCTYPE, no entities, no network, bounded size and depth, and no address outside
the collection that was asked. It is read leniently where servers differ: types, status lines, prefixes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

LARGEST_ANSWER = 32 * 1024 * 1024
MOST_RESOURCES = 20_000
CALDAV = "urn:ietf:params:xml:ns:caldav"

_STATUS = re.compile(r"(?:^|\s)([1-5]\d\d)\b")
_ROOT = re.compile(rb"<[A-Za-z_]")
_PORTS = {"http": 80, "https": 443}


class AnswerError(ValueError):
    """The answer does not follow the protocol, or would be dangerous to follow."""


@dataclass(frozen=True)
class Resource:
    """One entry of a multistatus.

    `path` is relative to the collection asked and percent-decoded; it is empty for the collection itself.
    `status` is the entry's own, 200 where only its properties have one. `calendar` is the iCalendar text.
    """

    path: str
    status: int = 200
    etag: str | None = None
    calendar: str | None = None
    is_calendar: bool = False
    is_collection: bool = False


def read_multistatus(raw: bytes, *, collection: str) -> list[Resource]:
    """Return every entry of a multistatus; `collection` is the absolute URL asked, with a slash at its end.

    Raises:
        AnswerError: no multistatus, too large, with a DOCTYPE or an address outside, or cut short.
    """
    root = _root(raw)
    if _name(root) != "multistatus":
        raise AnswerError(f"expected a multistatus, got <{_name(root)}>")
    responses = [child for child in root if _name(child) == "response"]
    if len(responses) > MOST_RESOURCES:
        raise AnswerError(f"more than {MOST_RESOURCES} entries")
    found = [entry for response in responses for entry in _entries(response, collection)]
    if any(entry.status == 507 for entry in found):
        raise AnswerError("the server cut its answer short (507): what is missing would look free")
    return found


def precondition(raw: bytes) -> str | None:
    """Return the failed precondition's name from a `DAV:error` body (RFC 4918 §16), None without one."""
    try:
        root = _root(raw)
    except AnswerError:
        return None
    children = [_name(child) for child in root] if _name(root) == "error" else []
    return children[0] if children else None


def path_below(collection: str, href: str) -> str:
    """Return an address as a percent-decoded path below the collection.

    Raises:
        AnswerError: another origin, or a path that is not below the collection once it is decoded.
    """
    base, target = urlsplit(collection), urlsplit(urljoin(collection, href.strip()))
    if _origin(base.scheme, base.netloc) != _origin(target.scheme, target.netloc):
        raise AnswerError(f"the address {href!r} belongs to another server")
    above, path = unquote(base.path), unquote(target.path)
    climbs = any(segment in ("..", ".") for segment in path.split("/"))
    if climbs or "\\" in path or not path.isprintable() or not f"{path}/".startswith(above):
        raise AnswerError(f"the address {href!r} is not below the collection")
    return path[len(above) :]


def _origin(scheme: str, netloc: str) -> tuple[str, str, int | None]:
    parts = urlsplit(f"{scheme}://{netloc}")
    try:
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise AnswerError(f"no such port: {netloc!r}") from error


def _root(raw: bytes) -> etree._Element:
    if len(raw) > LARGEST_ANSWER:
        raise AnswerError(f"larger than {LARGEST_ANSWER} bytes")
    start = _ROOT.search(raw)
    if start is None or b"<!DOCTYPE" in raw[: start.start()]:
        raise AnswerError("not XML, or XML with a DOCTYPE")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise AnswerError(f"not well-formed: {error}") from error
    information: Any = root.getroottree().docinfo
    if information.doctype:
        raise AnswerError("XML with a DOCTYPE")
    return root


def _name(element: etree._Element) -> str:
    """Return the local name: some servers put CalDAV's elements into the namespace of DAV."""
    return etree.QName(element).localname


def _entries(response: etree._Element, collection: str) -> Iterator[Resource]:
    own = [_status(child) for child in response if _name(child) == "status"]
    status = own[0] if own else 200
    found = list(_properties(response))
    types = {_name(child) for prop in found if _name(prop) == "resourcetype" for child in prop}
    for href in (child for child in response if _name(child) == "href"):
        yield Resource(
            path=path_below(collection, href.text or ""),
            status=status,
            etag=_text(found, "getetag"),
            calendar=_text(found, "calendar-data"),
            is_calendar="calendar" in types,
            is_collection="collection" in types,
        )


def _properties(response: etree._Element) -> Iterator[etree._Element]:
    """Yield the properties that the server could give; a propstat without a status is a good one."""
    for propstat in (child for child in response if _name(child) == "propstat"):
        statuses = [_status(child) for child in propstat if _name(child) == "status"]
        if not statuses or 200 <= statuses[0] < 300:
            for prop in (child for child in propstat if _name(child) == "prop"):
                yield from prop


def _status(element: etree._Element) -> int:
    match = _STATUS.search(element.text or "")
    if match is None:
        raise AnswerError(f"no status in {element.text!r}")
    return int(match[1])


def _text(properties: list[etree._Element], name: str) -> str | None:
    for prop in properties:
        if _name(prop) == name:
            return "".join(str(piece) for piece in prop.itertext()).strip() or None
    return None
