"""All pages, in every language: German at the root, the others below their tag."""

from fastapi import APIRouter

from durchwahl.model.text import INTERFACE_LANGUAGES
from durchwahl.web.assembly import Gateway
from durchwahl.web.languages import root_of
from durchwahl.web.portal.buttons import button_routes
from durchwahl.web.portal.catalogue.ready_pages import ReadyPages
from durchwahl.web.portal.catalogue.routes import catalogue_pages
from durchwahl.web.portal.catalogue.sitemap import sitemap_routes
from durchwahl.web.portal.choosing.routes import choosing_routes
from durchwahl.web.portal.demonstration.routes import demonstration_routes
from durchwahl.web.portal.fragments.routes import fragment_routes
from durchwahl.web.portal.fragments.times import times_fragment_routes
from durchwahl.web.portal.manage.routes import manage_routes
from durchwahl.web.portal.rendering import Renderer
from durchwahl.web.portal.report.routes import Demand, report_routes
from durchwahl.web.portal.static_files import static_routes
from durchwahl.web.portal.talk.routes import talk_routes
from durchwahl.web.portal.times.routes import times_routes


def portal_routes(gateway: Gateway, renderer: Renderer, *, demonstration: bool) -> APIRouter:
    """Return the routes; none of them is part of the uniform interface."""
    router = APIRouter(include_in_schema=False)
    router.include_router(static_routes(renderer.static))
    ready = ReadyPages(gateway)
    router.include_router(sitemap_routes(gateway, renderer, ready))
    router.include_router(fragment_routes(gateway, renderer, ready))
    router.include_router(times_fragment_routes(gateway, renderer))
    demand = Demand(gateway)
    for language in INTERFACE_LANGUAGES:
        prefix = f"/{root_of(language)}".rstrip("/")
        router.include_router(catalogue_pages(gateway, renderer, language, ready), prefix=prefix)
        router.include_router(times_routes(gateway, renderer, language), prefix=prefix)
        router.include_router(button_routes(renderer, language), prefix=prefix)
        router.include_router(choosing_routes(gateway, renderer, language), prefix=prefix)
        router.include_router(talk_routes(gateway, renderer, language), prefix=prefix)
        router.include_router(manage_routes(gateway, renderer, language), prefix=prefix)
        if gateway.settings.gateway.report_page:
            router.include_router(report_routes(gateway, renderer, language, demand), prefix=prefix)
        if demonstration:
            router.include_router(demonstration_routes(gateway, renderer, language), prefix=prefix)
    return router
