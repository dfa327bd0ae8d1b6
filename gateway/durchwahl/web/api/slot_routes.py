"""Free times."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic_core import to_json

from durchwahl.availability import present
from durchwahl.availability.earliest import earliest as earliest_of
from durchwahl.availability.slots import Wish, unit_window
from durchwahl.catalogue.snapshot import Filter
from durchwahl.errors import FieldError, Problem
from durchwahl.web.api.described import responses
from durchwahl.web.api.parameters import (
    AcceptLanguage,
    EarliestAsked,
    ServiceSlotsAsked,
    SlotsAsked,
    given_once,
    parsed_instant,
)
from durchwahl.web.api.schemas.times import AvailabilityOut
from durchwahl.web.assembly import Gateway
from durchwahl.web.documents import CatalogueAnswers

WIDEST = timedelta(days=62)
USUAL = timedelta(days=14)
STORE = "store-unavailable"
"""Our own holds are subtracted, and the journal knows them."""
HEADERS = {"cache-control": "public, max-age=15", "vary": "Accept-Language"}


def slot_routes(gateway: Gateway) -> APIRouter:
    """Return the first times of all consultations, and all times of some."""
    router = APIRouter(prefix="/v1", tags=["times"], dependencies=[Depends(given_once)])
    answers = CatalogueAnswers(gateway)

    @router.get("/slots/earliest", responses=responses("invalid-parameter", STORE), response_model=AvailabilityOut)
    async def earliest(asked: Annotated[EarliestAsked, Query()], accept_language: AcceptLanguage = None) -> Response:
        """The first slot of each consultation (service and channel), ascending, across all departments."""
        wanted = Filter(
            kind=("consultation",),
            department=tuple(asked.department),
            language=tuple(asked.language_),
            q=asked.q,
        )
        now = gateway.clock()
        services = gateway.snapshot.select(wanted)
        found = await earliest_of(gateway.slots, services, now, asked.channel, asked.language_)
        page = found.slots[asked.offset : asked.offset + asked.limit]
        body = {
            "items": [present.slot(one, gateway.sealer, gateway.settings.zone, now) for one in page],
            "total": len(found.slots),
            "limit": asked.limit,
            "offset": asked.offset,
            "as_of": present.oldest(found.states),
            "complete": found.complete,
            "empty_reason": None if found.slots else ("fully_booked" if services else "not_bookable"),
            "next_release_at": None,
            "next_from": None,
            "sources": present.source_states(found.states),
            "notice": answers.notice(asked.language(accept_language)) or None,
        }
        return Response(to_json(body), headers=HEADERS, media_type="application/json")

    @router.get("/slots", responses=responses("not-found", "invalid-parameter", STORE), response_model=AvailabilityOut)
    async def slots(asked: Annotated[SlotsAsked, Query()], accept_language: AcceptLanguage = None) -> Response:
        """Free times for all given services together in one appointment."""
        if len(asked.count) not in (0, len(asked.service)):
            raise Problem("invalid-parameter", errors=[FieldError("?count", "count_each")])
        counts = asked.count or [1] * len(asked.service)
        wanted = tuple(zip(asked.service, counts, strict=True))
        return await _answer(gateway, wanted, asked, answers.notice(asked.language(accept_language)))

    @router.get(
        "/services/{service_id}/slots",
        responses=responses("not-found", "invalid-parameter", STORE),
        response_model=AvailabilityOut,
    )
    async def service_slots(
        service_id: str, asked: Annotated[ServiceSlotsAsked, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """Free times for one service."""
        if len(asked.count) > 1:
            raise Problem("invalid-parameter", errors=[FieldError("?count", "count_each")])
        wanted = ((service_id, asked.count[0] if asked.count else 1),)
        return await _answer(gateway, wanted, asked, answers.notice(asked.language(accept_language)))

    return router


async def _answer(
    gateway: Gateway, services: tuple[tuple[str, int], ...], asked: ServiceSlotsAsked, notice: str
) -> Response:
    if len({service for service, _ in services}) != len(services):
        raise Problem("invalid-parameter", errors=[FieldError("?service", "twice")])
    if any(service not in gateway.snapshot.by_id for service, _ in services):
        raise Problem("not-found")
    now = gateway.clock()
    start, end = _window(gateway, asked, now)
    wish = Wish(services, unit_window(start, end), tuple(asked.channel), tuple(asked.language_))
    found = await gateway.slots.find(wish, limit=asked.limit, offset=asked.offset)
    zone = gateway.settings.zone
    body: dict[str, Any] = {
        "items": [present.slot(one, gateway.sealer, zone, now) for one in found.slots],
        "total": found.total,
        "limit": asked.limit,
        "offset": asked.offset,
        "as_of": present.oldest(found.states),
        "complete": found.complete,
        "empty_reason": found.empty_reason,
        "next_release_at": found.next_release_at.astimezone(zone).isoformat() if found.next_release_at else None,
        "next_from": found.next_from.astimezone(zone).isoformat() if found.next_from else None,
        "sources": present.source_states(found.states),
        "notice": notice or None,
    }
    return Response(to_json(body), headers=HEADERS, media_type="application/json")


def _window(gateway: Gateway, asked: ServiceSlotsAsked, now: datetime) -> tuple[datetime, datetime]:
    zone = gateway.settings.zone
    start = parsed_instant(asked.from_, "from", zone) if asked.from_ else now
    end = parsed_instant(asked.to, "to", zone) if asked.to else start + USUAL
    if end <= start:
        raise Problem("invalid-parameter", errors=[FieldError("?to", "not_after_from")])
    if end - start > WIDEST:
        raise Problem("invalid-parameter", errors=[FieldError("?to", "range_too_long")])
    return start, end
