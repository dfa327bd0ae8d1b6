"""The services of a website that gives out its pages as JSON; a page that makes no sense costs only itself."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from durchwahl import plugin as dw


class WebsiteSettings(dw.SourceSettings):
    """The keys of [sources.<name>]."""

    url: dw.Url = Field(description="the list of pages, e.g. https://www.example.org/services.json")


class Page(BaseModel):
    """A page as the website describes it; `talks` are the ways to a person that its editors ticked."""

    slug: str
    title: str
    teaser: str = ""
    talks: list[dw.ChannelType] = []
    form: dw.Url | None = None


class WebsiteCatalogue(dw.ServiceCatalogue):
    """Read anew at every synchronisation."""

    def __init__(self, settings: WebsiteSettings, toolbox: dw.Toolbox) -> None:
        self._url, self._http = settings.url, toolbox.http
        self._left_out: list[tuple[str, str, str]] = []

    async def check(self) -> None:
        """Prove that the list is there."""
        await self._pages()

    async def services(self) -> AsyncIterator[dw.ServiceRecord]:
        """Yield each page that can be understood."""
        self._left_out = []
        for number, raw in enumerate(await self._pages(), start=1):
            try:
                yield _record(Page.model_validate(raw))
            except ValidationError as error:
                wrong = error.errors()[0]
                reason = f"{wrong['loc'][0]}: {wrong['msg']}"
                self._left_out.append((f"page {number}", reason, "Correct the page on the website."))

    def row_problems(self) -> Sequence[tuple[str, str, str]]:
        """Return the pages that were left out."""
        return self._left_out

    async def _pages(self) -> list[Any]:
        answer = await self._http.get(self._url)
        if not answer.is_success:
            raise dw.classify(answer, write=False)
        try:
            return TypeAdapter(list[Any]).validate_json(answer.content)
        except ValidationError as error:
            raise dw.Invalid("The website's list cannot be understood.", detail=str(error.error_count())) from error


def _record(page: Page) -> dw.ServiceRecord:
    return dw.ServiceRecord(
        id=page.slug,
        name={"de": page.title},
        summary={"de": page.teaser},
        forms=(dw.Form(url=page.form),) if page.form else (),
        channels=tuple(dw.ChannelHint(type=way, basis="explicit", detail="the page's talks") for way in page.talks),
    )


@dw.hookimpl
def durchwahl_service_catalogues() -> list[dw.SourceType]:
    """Offer the website as `type = "website"`."""
    return [dw.SourceType("website", WebsiteSettings, WebsiteCatalogue)]
