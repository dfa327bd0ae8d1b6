"""Content negotiation for ready documents (RFC 9110 §12.5.3, §13.1.2)."""

from collections.abc import Collection, Mapping

from durchwahl.catalogue.documents import Document, Representation

PREFERENCE = ("br", "gzip", "identity")


def chosen_representation(document: Document, accept_encoding: str | None) -> Representation | None:
    """Return the coding that the client likes best, the smaller one where it likes two alike.

    None: the client accepts none of ours, not even the plain one (406).
    """
    coding = best_coding(document.representations, accept_encoding)
    return None if coding is None else document.representations[coding]


def best_coding(offered: Collection[str], accept_encoding: str | None) -> str | None:
    """Return the coding that the client likes best, the smaller one where it likes two alike; None: none of them."""
    if accept_encoding is None:
        return "identity"
    wanted = _qualities(accept_encoding)
    best: tuple[float, int] | None = None
    found = None
    for place, name in enumerate(PREFERENCE):
        if name not in offered:
            continue
        default = wanted.get("*", 1.0 if name == "identity" else 0.0)
        quality = wanted.get(name, default)
        if quality > 0 and (best is None or (quality, -place) > best):
            best, found = (quality, -place), name
    return found


def matches(if_none_match: str | None, representation: Representation) -> bool:
    """Whether the client has this representation already; the comparison is weak (RFC 9110 §13.1.2)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    given = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return representation.etag in given


def _qualities(header: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for part in header.split(",")[:20]:
        name, _, parameters = part.partition(";")
        quality = 1.0
        key, _, value = parameters.strip().partition("=")
        if key.strip() == "q":
            try:
                quality = max(0.0, min(1.0, float(value)))
            except ValueError:
                quality = 0.0
        if name.strip():
            found[name.strip().lower()] = quality
    return found
