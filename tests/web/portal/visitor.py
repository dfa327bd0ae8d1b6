"""Somebody who goes through the pages without a script: reads them, fills in forms, presses buttons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx
from lxml import html


@dataclass
class Seen:
    """A page as it was answered, after the ways on that a browser follows by itself."""

    answer: httpx.Response

    @property
    def tree(self) -> Any:
        return html.document_fromstring(self.answer.text)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def path(self) -> str:
        return self.answer.url.path

    @property
    def heading(self) -> str:
        (heading,) = self.tree.xpath("//h1")
        return " ".join(heading.text_content().split())

    @property
    def title(self) -> str:
        return str(self.tree.findtext(".//title"))

    @property
    def text(self) -> str:
        """What stands between header and footer."""
        (main,) = self.tree.xpath("//main")
        return " ".join(main.text_content().split())

    def links(self, part: str = "") -> list[str]:
        return [str(href) for href in self.tree.xpath("//a/@href") if part in href]

    def form(self, button: str) -> Any:
        """Return the form with a button of that text."""
        found = [one for one in self.tree.xpath("//button[@type='submit']") if button in one.text_content()]
        assert found, f"no button {button!r} on {self.heading!r}"
        return found[0], next(found[0].iterancestors("form"))

    def times(self) -> list[str]:
        """Return the times to choose, as they are read out."""
        return [
            " ".join(label.text_content().split())
            for label in self.tree.xpath("//label[input or @for][../input[@type='radio']]")
        ]


class Visitor:
    """Keeps nothing but the page that is open."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.page: Seen

    async def opens(self, address: str) -> Seen:
        self.page = Seen(await self._client.get(address, follow_redirects=True))
        return self.page

    async def presses(self, button: str, typed: Mapping[str, str] | None = None, *, choice: int = 0) -> Seen:
        """Press a button of the open page, with what is in its form and what is typed on top."""
        pressed, form = self.page.form(button)
        fields = {**_fields(form, choice), **(typed or {})}
        action = urljoin(str(self.page.answer.url), pressed.get("formaction") or form.get("action"))
        if form.get("method") == "get":
            answer = await self._client.get(action, params=fields, follow_redirects=True)
        else:
            answer = await self._client.post(action, data=fields, follow_redirects=True)
        self.page = Seen(answer)
        return self.page


def _fields(form: Any, choice: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    radios: dict[str, list[str]] = {}
    for one in form.xpath(".//input[@name]"):
        kind, name = one.get("type", "text"), one.get("name")
        if kind == "radio":
            radios.setdefault(name, []).append(one.get("value"))
        elif kind != "checkbox" or one.get("checked") is not None:
            fields[name] = one.get("value", "")
    for one in form.xpath(".//select[@name]"):
        chosen = one.xpath("./option[@selected]/@value") or one.xpath("./option/@value")
        fields[one.get("name")] = str(chosen[0])
    fields.update({name: values[choice] for name, values in radios.items()})
    return fields
