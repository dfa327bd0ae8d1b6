"""Which mail addresses can be written to: the one judge, for citizens, clerks and the city's own."""

import re

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
_LONGEST_LOCAL_PART = 64  # RFC 5321 §4.5.3.1.1


class NoMailAddress(ValueError):
    """The text is no address that a mail can be sent to."""


def mail_address(text: str, *, public: bool = False) -> str:
    """Return the one address that the text is, as it stands on an envelope: its domain in A-labels (RFC 5890).

    `public` asks for a domain that can be reached from everywhere; without it a host of the own network will do.
    Local parts beyond ASCII would need SMTPUTF8 on the whole way (RFC 6531), quoted ones and address literals break
    many systems: they are refused, as is a list of addresses. Whatever this accepts, the mails accept too.

    Raises:
        NoMailAddress: no mail can be sent to it.
    """
    local, _, domain = text.strip().rpartition("@")
    if len(local) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        raise NoMailAddress("what stands before the @ cannot be written to")
    domain = _in_ascii(domain)
    labels = domain.split(".")
    is_fit = all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    if not is_fit or (public and (len(labels) < 2 or len(labels[-1]) < 2)):
        raise NoMailAddress("what stands behind the @ cannot be written to")
    if len(local) + 1 + len(domain) > _LONGEST_ADDRESS:
        raise NoMailAddress("it is too long")
    return f"{local}@{domain}"


def _in_ascii(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain.lower():
        return domain
    import idna  # noqa: PLC0415  # its tables are not needed to discover or check

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise NoMailAddress("its domain is none") from error
