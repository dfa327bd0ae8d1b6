"""How headers are folded: a subject begins on its own line."""

from email.policy import EmailPolicy
from typing import Any

_LONGEST_LINE = 78  # RFC 5322 §2.1.1


class BeginsAtOnce(EmailPolicy):
    """The library's policy, but for a subject that fits a line of its own and not the one with its name.

    There the library leaves the first line empty, and some readers show a blank before such a subject, or nothing.
    """

    def fold(self, name: str, value: Any) -> str:
        """Return the header in lines; see `email.policy.Policy.fold`."""
        folded: str = super().fold(name, value)
        first, _, rest = folded.partition(self.linesep)
        if name.lower() != "subject" or first.strip() != f"{name}:" or not rest.strip():
            return folded
        whole = f"{name}: {rest.strip()}"
        place = whole.rfind(" ", len(name) + 2, _LONGEST_LINE + 1)
        lines = [folded] if place < 0 else [whole[:place], self.linesep, whole[place:], self.linesep]
        return "".join(lines)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the header as bytes; our subjects are in ASCII by then (RFC 2047)."""
        if name.lower() != "subject":
            binary: bytes = super().fold_binary(name, value)
            return binary
        return self.fold(name, value).encode("ascii", "surrogateescape")


KEPT = BeginsAtOnce()
"""For mails in memory and in folders."""
WIRE = BeginsAtOnce(linesep="\r\n")
"""For mails on their way (RFC 5322 §2.1)."""
