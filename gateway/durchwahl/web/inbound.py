"""Where departments' systems call us: webhooks, a video platform that asks whether a room was booked.

A call that does not carry its source's secret is answered like an address that does not exist.
"""

from fastapi import APIRouter, Request, Response

from durchwahl.booking.rooming import meeting_of
from durchwahl.booking.views import view_of
from durchwahl.errors import Problem
from durchwahl.model.room import Meeting
from durchwahl.model.states import LIVE
from durchwahl.plugin.kinds import Inbound, InboundRequest, InboundResponse
from durchwahl.sources.opening import OpenSource
from durchwahl.store import journal, places
from durchwahl.web.assembly import Gateway

METHODS = ["GET", "POST", "PUT", "DELETE"]


class InboundRoutes:
    """Hands calls on to the source that they name, under its deadline; the body is capped by the edge."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def receive(self, request: Request, department: str, source: str, path: str) -> Response:
        """Answer a call from a department's system."""
        opened = self._gateway.sources.get(f"{department}/{source}")
        if opened is None or not isinstance(opened.source, Inbound):
            raise Problem("not-found")
        system = opened.source
        call = InboundRequest(
            method=request.method,
            path=path,
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=await request.body(),
        )
        if not system.authentic(call):
            raise Problem("not-found")
        meeting = await self._meeting(opened, system.subject(call))
        answer = await opened.supervisor.read(lambda: system.receive(call, meeting))
        return self._answered(answer)

    async def _meeting(self, source: OpenSource, name: str | None) -> Meeting | None:
        """Return the living booking of that name, if it belongs to this very source."""
        if name is None:
            return None
        context = self._gateway.context
        booking = await context.store.read(journal.booking_by_name, name)
        if booking is None or booking.state not in LIVE:
            return None
        offer = context.offers.get(booking.offer)
        place = await context.store.read(places.place_of, booking.id, booking.placement)
        if offer is None or place is None or source.key not in (offer.calendar, offer.video):
            return None
        return meeting_of(view_of(context, booking), place, source)

    def _answered(self, answer: InboundResponse) -> Response:
        if answer.touched:
            for source in self._gateway.sources.open:
                self._gateway.occupations.forget(source)
        headers = {**answer.headers, "cache-control": "no-store"}
        return Response(answer.body, answer.status, headers, answer.content_type)


def inbound_routes(gateway: Gateway) -> APIRouter:
    """Return the one route; it is no part of the uniform interface."""
    router = APIRouter(include_in_schema=False)
    routes = InboundRoutes(gateway)
    router.api_route("/in/{department}/{source}/{path:path}", methods=METHODS)(routes.receive)
    return router
