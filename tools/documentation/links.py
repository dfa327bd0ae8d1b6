"""Relative links and the headings that they name."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.documentation.markdown import prose

_LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_ELSEWHERE = ("https://", "http://", "mailto:")


def faults(page: Path) -> Iterator[str]:
    """Yield a sentence for each link that leads nowhere."""
    for number, line in enumerate(prose(page.read_text(encoding="utf-8")).splitlines(), start=1):
        for link in _LINK.findall(line):
            if link.startswith(_ELSEWHERE):
                continue
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            if not target.exists():
                yield f"line {number}: the link {link} leads nowhere"
            elif anchor and anchor not in anchors(target):
                yield f"line {number}: {target.name} has no heading #{anchor}"


def anchors(page: Path) -> set[str]:
    """Return what headings can be linked by: lower case, punctuation dropped, blanks as hyphens."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
