"""What crawlers are told: which pages there are, in which languages, and where they have nothing to look for.

The sitemap names no `lastmod`: all that is known of a service is when its catalogue was last read, and a date that
changes with every reading would say that everything changes all the time.
"""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from markupsafe import escape

from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.model.text import DEFAULT_LANGUAGE, INTERFACE_LANGUAGES
from durchwahl.web.assembly import Gateway
from durchwahl.web.languages import root_of
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.catalogue.ready_pages import ReadyPages
from durchwahl.web.portal.rendering import Renderer

XML, PLAIN = "application/xml", "text/plain; charset=utf-8"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
TOKEN_PAGES = ("termin/", "gespraech/")
FOR_OTHER_PAGES = "fragments/"
"""Parts of pages, which are listed as pages of their own already."""


class SitemapRoutes:
    """Each method is a file. They stand at the root only: each names the pages in every language."""

    def __init__(self, gateway: Gateway, renderer: Renderer, ready: ReadyPages) -> None:
        self._gateway = gateway
        self._renderer = renderer
        self._ready = ready

    async def sitemap(self) -> Response:
        """Return all pages that are the same for everybody (sitemaps.org 0.9)."""
        return self._ready.untimed(("sitemap.xml",), XML, self._sitemap)

    async def robots(self) -> Response:
        """Return where crawlers may look (RFC 9309); they read it at the root of a host only."""
        return self._ready.untimed(("robots.txt",), PLAIN, self._robots)

    def _sitemap(self) -> str:
        public = [(tag, self._renderer.public_addresses(tag)) for tag in INTERFACE_LANGUAGES]
        entries = (_entry(language, path, public) for path in _paths(self._gateway.snapshot) for language, _ in public)
        return f"{HEAD}{''.join(entries)}</urlset>\n"

    def _robots(self) -> str:
        prefix = self._gateway.settings.prefix
        below = [f"{prefix}/{root_of(tag)}{page}" for tag in INTERFACE_LANGUAGES for page in TOKEN_PAGES]
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in (*below, f"{prefix}/{FOR_OTHER_PAGES}"))]
        return "\n".join([*lines, f"Sitemap: {self._gateway.settings.gateway.public_url}sitemap.xml", ""])


def sitemap_routes(gateway: Gateway, renderer: Renderer, ready: ReadyPages) -> APIRouter:
    """Return the two files."""
    router = APIRouter(include_in_schema=False)
    routes = SitemapRoutes(gateway, renderer, ready)
    router.get("/sitemap.xml")(routes.sitemap)
    router.get("/robots.txt")(routes.robots)
    return router


def _paths(snapshot: Snapshot) -> Iterator[str]:
    yield from ("", "abdeckung")
    yield from (f"amt/{one.id}" for one in snapshot.departments)
    yield from (f"leistung/{one.id}" for one in snapshot.services)


def _entry(language: str, path: str, public: list[tuple[str, Addresses]]) -> str:
    at = {tag: to.page(path) for tag, to in public}
    others = (
        f'<xhtml:link rel="alternate" hreflang="{tag}" href="{escape(at[of])}"/>\n'
        for tag, of in (*((tag, tag) for tag in at), ("x-default", DEFAULT_LANGUAGE))
    )
    return f"<url>\n<loc>{escape(at[language])}</loc>\n{''.join(others)}</url>\n"
