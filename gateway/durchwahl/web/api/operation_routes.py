"""What operators and monitors ask."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic_core import to_json

from durchwahl.errors import Problem
from durchwahl.model.problems import PROBLEMS
from durchwahl.settings.resolved import SourceConfig
from durchwahl.sources.supervision import describe
from durchwahl.store.tx import StoreUnavailable
from durchwahl.texts import translate
from durchwahl.web.api.described import responses
from durchwahl.web.api.parameters import AcceptLanguage, Asked, Listed, given_once
from durchwahl.web.api.schemas.operation import SourceList, StandingOut
from durchwahl.web.api.schemas.problems import ProblemTypeOut
from durchwahl.web.assembly import Gateway
from durchwahl.web.metrics import Metrics, journal_figures


def operation_routes(gateway: Gateway, metrics: Metrics) -> APIRouter:
    """Return health, metrics, sources and what problems mean."""
    router = APIRouter(tags=["operations"], dependencies=[Depends(given_once)])

    @router.get("/livez", responses=responses("invalid-parameter"), response_model=StandingOut)
    async def livez(asked: Annotated[Asked, Query()]) -> Response:
        """Whether the process answers."""
        return Response(b'{"status": "ok"}', headers={"cache-control": "no-store"}, media_type="application/json")

    @router.get("/readyz", responses=responses("invalid-parameter", "store-unavailable"), response_model=StandingOut)
    async def readyz(asked: Annotated[Asked, Query()]) -> Response:
        """Whether bookings can be taken. A department that fails never makes the gateway unready."""
        await gateway.store.read(lambda tx: tx.row("SELECT 1"))
        return Response(b'{"status": "ready"}', headers={"cache-control": "no-store"}, media_type="application/json")

    as_text = responses("invalid-parameter", ok={200: {"content": {"text/plain": {}}}})

    @router.get("/metrics", responses=as_text, response_class=Response)
    async def metrics_text(asked: Annotated[Asked, Query()]) -> Response:
        """Counters for Prometheus."""
        figures = None
        with suppress(StoreUnavailable):  # metrics are what shows that the store is gone
            figures = await gateway.store.look(journal_figures)
        return Response(metrics.text(gateway, figures), media_type="text/plain; version=0.0.4")

    @router.get("/v1/sources", responses=responses("invalid-parameter"), response_model=SourceList)
    async def sources(asked: Annotated[Listed, Query()]) -> Response:
        """All sources, and whether they answer."""
        items = source_items(gateway)
        body = {
            "items": items[asked.offset : asked.offset + asked.limit],
            "total": len(items),
            "limit": asked.limit,
            "offset": asked.offset,
        }
        return Response(to_json(body), headers={"cache-control": "no-store"}, media_type="application/json")

    @router.get(
        "/v1/problems/{code}", responses=responses("not-found", "invalid-parameter"), response_model=ProblemTypeOut
    )
    async def problem(code: str, asked: Annotated[Asked, Query()], accept_language: AcceptLanguage = None) -> Response:
        """What a problem's `type` means."""
        if code not in PROBLEMS:
            raise Problem("not-found")
        language = asked.language(accept_language)
        body = {
            "code": code,
            "status": PROBLEMS[code],
            "title": translate(f"problem.{code}.title", language),
            "detail": translate(f"problem.{code}.detail", language),
        }
        return Response(to_json(body), headers={"cache-control": "public, max-age=300"}, media_type="application/json")

    return router


def source_items(gateway: Gateway) -> list[dict[str, object]]:
    """Return all sources with their health, those left out included; the shadow is for the operators' eyes only."""
    pages = gateway.ingest.pages
    return [
        {
            "department": key.split("/")[0],
            "name": key.split("/")[1],
            "type": config.table.type,
            "mode": config.table.mode,
            **_standing(gateway, config),
            "catalogue_as_of": pages[key].as_of.isoformat() if key in pages else None,
        }
        for key, config in sorted(gateway.settings.sources.items())
        if config.table.enabled and config.table.mode != "shadow"
    ]


def _standing(gateway: Gateway, config: SourceConfig) -> dict[str, object]:
    """Return how a source stands. Why one was left out names a key only: what is wrong with it is for the operators."""
    source = gateway.sources.get(config.key)
    if source is not None:
        return describe(source.supervisor.health)
    about = (one for one in gateway.sources.findings if one.file == config.file)
    key = next((one.key for one in about if f"{one.key}.".startswith(f"{config.place}.")), config.place)
    message = f"It is left out because of a mistake in its configuration: {key}."
    return {"state": "left_out", "since": gateway.began.isoformat(), "message": message, "retry_after": None}
