"""Renders the plain pages. GET changes nothing: mail scanners open every link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import Response

from durchwahl.model.text import pick
from durchwahl.settings.resolved import Settings
from durchwahl.texts import translate

TEMPLATES = Path(__file__).with_name("templates")
FOOTER = ("imprint", "privacy", "accessibility", "easy_language", "sign_language")


@dataclass(frozen=True)
class PageLink:
    """A link with its text."""

    href: str
    text: str


@dataclass(frozen=True)
class PageForm:
    """One button that changes something. The token goes with it in the body, not in the address (ADR 0006)."""

    action: str
    token: str
    button: str
    heading: str = ""
    explained: str = ""


@dataclass(frozen=True)
class PageContent:
    """What a page says, in its order."""

    title: str
    texts: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    documents: Sequence[str] = ()
    links: Sequence[PageLink] = ()
    form: PageForm | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Pages:
    """Renders pages in the city's name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.stylesheet = (TEMPLATES / "plain.css").read_bytes()

    def response(self, content: PageContent, language: str) -> Response:
        """Return the page."""
        text = self._environment.get_template("page.html").render(
            language=language,
            city=self._settings.gateway.city,
            prefix=self._settings.prefix,
            notice=pick(self._settings.gateway.notice, language)[0],
            documents_heading=translate("page.manage.documents", language),
            footer=self._footer(language),
            **{name: getattr(content, name) for name in ("title", "texts", "facts", "documents", "links", "form")},
        )
        headers = {"content-language": language, **content.headers}
        return Response(text, content.status, headers, "text/html; charset=utf-8")

    def _footer(self, language: str) -> list[PageLink]:
        website = self._settings.website
        named = [(name, getattr(website, name)) for name in FOOTER]
        return [PageLink(href, translate(f"page.{name}", language)) for name, href in named if href]
