"""Texts of others, made harmless before they reach a mail or a calendar file.

A catalogue, a department's system and a citizen all write into our mails. A line break would let them add a
header or a calendar property of their own. The libraries below refuse some of it, one of them by an `assert`
only, which is gone under `python -O` (icalendar 7.3, unknown and X- properties). So nothing of the kind gets
that far.
"""

import re

from durchwahl.errors import Rejected
from durchwahl.model.mail import NoMailAddress
from durchwahl.model.mail import mail_address as judged

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
"""C0, DEL, C1 (NEL among them), the Unicode line and paragraph separators, and lone surrogates."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")


def one_line(text: str, *, at_most: int = 500) -> str:
    """Return the text as one line: runs of controls and separators are spaces, overlong ends in `…`."""
    line = _CONTROLS.sub(" ", text).strip()
    return line if len(line) <= at_most else line[: at_most - 1] + "…"


def lines(text: str) -> str:
    """Return the text with LF between its lines (2,000 characters each at most) and no other break."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(one_line(row, at_most=2_000) for row in rows)


def identifier(text: str) -> str:
    """Return the text if it may stand in a Message-ID and a calendar UID.

    Raises:
        ValueError: it holds more than letters, digits, hyphen and underscore: ids are ours, so that is a bug.
    """
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(f"{text!r} is no id")
    return text


def host_name(text: str) -> str:
    """Return a host as a Message-ID and a UID may end in it: an IPv6 address without its colons."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", text).strip("-.") or "localhost"


def mail_address(text: str) -> str:
    """Return the one address that the text is, its domain in ASCII; see `durchwahl.model.mail`.

    Raises:
        Rejected: (`reason="mail"`) this is no address that a mail can be sent to.
    """
    try:
        return judged(text)
    except NoMailAddress as error:
        raise Rejected("The email address cannot receive mail.", reason="mail", detail=f"mail: {error}") from error
