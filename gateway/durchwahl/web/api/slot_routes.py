"""Free times."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from pydantic_core import to_json

from durchwahl.availability import present
from durchwahl.availability.answers import Availability, FreeSlot, Wish, unit_window
from durchwahl.availability.earliest import Earliest
from durchwahl.availability.earliest import earliest as earliest_of
from durchwahl.catalogue.snapshot import Filter
from durchwahl.errors import FieldError, Problem
from durchwahl.web.api.described import responses
from durchwahl.web.api.parameters import (
    AcceptLanguage,
    EarliestAsked,
    Listed,
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


class SlotRoutes:
    """Each method is a route; its docstring is what OpenAPI says."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._notice = CatalogueAnswers(gateway).notice

    async def earliest(
        self, asked: Annotated[EarliestAsked, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """The first slot of each consultation (service and channel), ascending, across all departments."""
        wanted = Filter(
            kind=("consultation",), department=tuple(asked.department), language=tuple(asked.language_), q=asked.q
        )
        now, services = self._gateway.clock(), self._gateway.snapshot.select(wanted)
        found = await earliest_of(self._gateway.slots, services, now, asked.channel, asked.language_)
        page = found.slots[asked.offset : asked.offset + asked.limit]
        return self._answered(found, page, len(found.slots), asked, accept_language, now)

    async def slots(self, asked: Annotated[SlotsAsked, Query()], accept_language: AcceptLanguage = None) -> Response:
        """Free times for all given services together in one appointment."""
        if len(asked.count) not in (0, len(asked.service)):
            raise _wrong("?count", "count_each")
        counts = asked.count or [1] * len(asked.service)
        return await self._free(tuple(zip(asked.service, counts, strict=True)), asked, accept_language)

    async def service_slots(
        self, service_id: str, asked: Annotated[ServiceSlotsAsked, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """Free times for one service."""
        if len(asked.count) > 1:
            raise _wrong("?count", "count_each")
        return await self._free(((service_id, asked.count[0] if asked.count else 1),), asked, accept_language)

    async def _free(
        self, services: tuple[tuple[str, int], ...], asked: ServiceSlotsAsked, accept_language: str | None
    ) -> Response:
        if len({service for service, _ in services}) != len(services):
            raise _wrong("?service", "twice")
        if any(service not in self._gateway.snapshot.by_id for service, _ in services):
            raise Problem("not-found")
        now = self._gateway.clock()
        window = unit_window(*_window(asked, now, self._gateway.settings.zone))
        wish = Wish(services, window, tuple(asked.channel), tuple(asked.language_))
        found = await self._gateway.slots.find(wish, limit=asked.limit, offset=asked.offset)
        return self._answered(found, found.slots, found.total, asked, accept_language, now)

    def _answered(
        self,
        found: Availability | Earliest,
        page: Sequence[FreeSlot],
        total: int,
        asked: Listed,
        accept_language: str | None,
        now: datetime,
    ) -> Response:
        zone, sealer = self._gateway.settings.zone, self._gateway.sealer
        body = {
            "items": [present.slot(one, sealer, zone, now) for one in page],
            "total": total,
            "limit": asked.limit,
            "offset": asked.offset,
            "as_of": present.oldest(found.states),
            "complete": found.complete,
            "empty_reason": found.empty_reason,
            "next_release_at": _local(found.next_release_at, zone),
            "next_from": _local(found.next_from, zone) if isinstance(found, Availability) else None,
            "sources": present.source_states(found.states),
            "notice": self._notice(asked.language(accept_language)) or None,
        }
        return Response(to_json(body), headers=HEADERS, media_type="application/json")


def slot_routes(gateway: Gateway) -> APIRouter:
    """Return the first times of all consultations, and all times of some."""
    router = APIRouter(prefix="/v1", tags=["times"], dependencies=[Depends(given_once)])
    routes = SlotRoutes(gateway)
    across = responses("invalid-parameter", STORE)
    single = responses("not-found", "invalid-parameter", STORE)
    router.get("/slots/earliest", response_model=AvailabilityOut, responses=across)(routes.earliest)
    router.get("/slots", response_model=AvailabilityOut, responses=single)(routes.slots)
    router.get("/services/{service_id}/slots", response_model=AvailabilityOut, responses=single)(routes.service_slots)
    return router


def _window(asked: ServiceSlotsAsked, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = parsed_instant(asked.from_, "from", zone) if asked.from_ else now
    end = parsed_instant(asked.to, "to", zone) if asked.to else start + USUAL
    if end <= start:
        raise _wrong("?to", "not_after_from")
    if end - start > WIDEST:
        raise _wrong("?to", "range_too_long")
    return start, end


def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return instant.astimezone(zone).isoformat() if instant else None


def _wrong(pointer: str, reason: str) -> Problem:
    return Problem("invalid-parameter", errors=[FieldError(pointer, reason)])
