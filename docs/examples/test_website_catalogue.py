"""The contract of every catalogue, and what becomes of a page that makes no sense."""

import httpx
import pytest
import respx
from conftest import OpenToolbox
from plugins.website_catalogue import WebsiteCatalogue, WebsiteSettings

from durchwahl.testing.catalogue_contract import ServiceCatalogueContract

URL = "https://www.example.org/services.json"
PAGES = [
    {"slug": "wohngeld", "title": "Wohngeld", "talks": ["phone", "video"], "form": "https://www.example.org/antrag"},
    {"slug": "ausweis", "title": "Personalausweis", "teaser": "Beantragen und abholen"},
    {"slug": "fehler", "title": "Falsche Seite", "talks": ["fax"]},
]


class TestWebsiteCatalogue(ServiceCatalogueContract):
    """Everything that the gateway relies on."""

    @pytest.fixture
    def catalogue(self, toolbox: OpenToolbox) -> WebsiteCatalogue:
        """Return the source as the gateway builds it."""
        router = respx.Router()
        router.get(URL).mock(return_value=httpx.Response(200, json=PAGES))
        settings = WebsiteSettings(url=URL)
        return WebsiteCatalogue(settings, toolbox(settings, httpx.MockTransport(router.async_handler)))

    @pytest.mark.asyncio
    async def test_a_page_that_makes_no_sense_is_left_out_and_reported(self, catalogue: WebsiteCatalogue) -> None:
        """`durchwahl check` shows it with the page's number."""
        read = [record.id async for record in catalogue.services()]
        ((place, reason, _),) = catalogue.row_problems()
        if (read, place) != (["wohngeld", "ausweis"], "page 3") or "talks" not in reason:
            pytest.fail(f"read {read}, left out {place}: {reason}")
