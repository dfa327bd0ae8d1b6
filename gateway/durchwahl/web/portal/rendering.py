"""Renders pages and fragments from templates. GET changes nothing: mail scanners open every link."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from pydantic_core import to_json
from starlette.responses import Response

from durchwahl.model.text import INTERFACE_LANGUAGES
from durchwahl.settings.resolved import Settings
from durchwahl.texts import direction, say_own_name, translate
from durchwahl.web.outgoing import TOKEN_PATHS
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.said import Said
from durchwahl.web.portal.static_files import StaticFiles

TEMPLATES = Path(__file__).with_name("templates")
FOOTER = ("imprint", "privacy", "accessibility", "easy_language", "sign_language")
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Link:
    """A link with its text, which may be marked with its own language; `language` is that of where it leads."""

    href: str
    text: str
    language: str = ""


@dataclass(frozen=True)
class Page:
    """What a page says. `values` are what its template needs beside what every page has."""

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    path: str | None = None
    """Its path below the language, where it exists in every language: `amt/jugendamt`; with its query, if any."""
    breadcrumb: tuple[Link, ...] = ()
    here: str = ""
    """What the breadcrumb calls it, where that is not its title."""
    description: str = ""
    jsonld: Any = None
    is_indexed: bool = False
    """Whether search engines may list it."""
    has_error: bool = False
    """Whether the title says so first: a screen reader reads it before anything else."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Renderer:
    """Renders in the city's name."""

    def __init__(self, settings: Settings, *, demonstration: bool = False) -> None:
        self.settings = settings
        self._demonstration = demonstration
        self.static = StaticFiles(settings.prefix)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            auto_reload=False,  # an update under a running gateway must not mix new templates with old code
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def addresses(self, language: str) -> Addresses:
        """Return where the pages are, seen from a page of ours."""
        return Addresses(self.settings.prefix, language)

    def public_addresses(self, language: str) -> Addresses:
        """Return where the pages are, seen from anywhere."""
        return Addresses(self.settings.gateway.public_url.rstrip("/"), language)

    def said(self, language: str) -> Said:
        """Return what says dates and texts in a language."""
        return Said(self.settings, language)

    def response(self, page: Page, language: str) -> Response:
        """Return the page as an answer."""
        headers = {"content-language": language, **page.headers}
        return Response(self.html(page, language), page.status, headers, HTML)

    def html(self, page: Page, language: str) -> str:
        """Return the page."""
        return self._environment.get_template(page.template).render(
            **self._shared(language, self.addresses(language)),
            page=page,
            city=self.settings.gateway.city,
            notice=self.settings.gateway.notice,
            demonstration=self._demonstration,
            footer=self._footer(language),
            help=self.settings.website.help,
            alternates=self._everywhere(page, self.addresses),
            public=self._everywhere(page, self.public_addresses),
            canonical=self._canonical(page, language),
            jsonld=_inside_a_script(page.jsonld or self._way_here(page, language)),
            **page.values,
        )

    def fragment(self, template: str, values: Mapping[str, Any], language: str) -> str:
        """Return a part of a page, to stand on somebody else's: its links lead to `public_url`."""
        shared = self._shared(language, self.public_addresses(language))
        return self._environment.get_template(template).render(**shared, **values)

    def _shared(self, language: str, to: Addresses) -> dict[str, Any]:
        return {
            "language": language,
            "direction": direction(language),
            "t": partial(_translated, language),
            "to": to,
            "say": self.said(language),
            "static": self.static.address,
        }

    def _footer(self, language: str) -> list[Link]:
        website = self.settings.website
        named = [(name, getattr(website, name)) for name in FOOTER]
        links = [Link(href, translate(f"page.{name}", language)) for name, href in named if href]
        if self.settings.gateway.report_page:
            links.append(Link(self.addresses(language).report(), translate("page.report.title", language)))
        return links

    def _everywhere(self, page: Page, addresses: Callable[[str], Addresses]) -> list[Link]:
        """Return the page in all languages."""
        if page.path is None:
            return []
        return [
            Link(addresses(language).page(page.path), say_own_name(language), language)
            for language in INTERFACE_LANGUAGES
        ]

    def _way_here(self, page: Page, language: str) -> Any:
        """Return the breadcrumb as schema.org's, for a page that says nothing else to programs."""
        if page.path is None or not page.breadcrumb or f"/{page.path}".startswith(TOKEN_PATHS):
            return None
        root = self.settings.gateway.public_url.rstrip("/").removesuffix(self.settings.prefix)
        steps = [(root + step.href, step.text) for step in page.breadcrumb]
        steps.append((self.public_addresses(language).page(page.path), page.title))
        return {
            "@context": "https://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": _plain(text), "item": address}
                for place, (address, text) in enumerate(steps, 1)
            ],
        }

    def _canonical(self, page: Page, language: str) -> str:
        if page.path is None or not page.is_indexed:
            return ""
        return self.public_addresses(language).page(page.path)


def _translated(language: str, key: str, **values: str) -> str:
    return translate(key, language, **values)


def _plain(text: str) -> str:
    return text.striptags() if isinstance(text, Markup) else text


def _inside_a_script(content: Any) -> Markup:
    """Return JSON that nothing in it can end before its time (HTML §4.12.1.3)."""
    if content is None:
        return Markup("")
    text = to_json(content).decode()
    for character, written in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(character, written)
    return Markup(text)  # noqa: S704  # JSON whose every < > & is written as an escape
