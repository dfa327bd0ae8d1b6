"""What a browser makes of a page, who may keep an answer, and everything that the journal holds."""

from html.parser import HTMLParser
from typing import Any

import httpx

from tests.booking.looking import rows
from tests.gateways import City


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.forms: list[dict[str, str | None]] = []
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self.language = ""
        self.text = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "form":
            self.forms.append(values)
        if tag == "input":
            self.fields[values.get("name") or ""] = values.get("value") or ""
        if tag in ("a", "link"):
            self.links.append(values.get("href") or "")
        if tag == "html":
            self.language = values.get("lang") or ""

    def handle_data(self, data: str) -> None:
        self.text += data


async def journal(here: City) -> list[Any]:
    """Return everything that the journal holds."""
    tables = ("booking", "placement", "unit_slot", "step", "link", "idempotency")
    return [await rows(here, f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def is_private(answer: httpx.Response) -> bool:
    return (
        answer.headers["cache-control"] == "no-store"
        and answer.headers["referrer-policy"] == "no-referrer"
        and "noindex" in answer.headers["x-robots-tag"]
        and "etag" not in answer.headers
    )
