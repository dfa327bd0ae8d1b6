"""Where departments' systems call us: webhooks, a video platform that asks whether a room was booked.

A call that does not carry its source's secret is answered like an address that does not exist. Strangers can call as
well: what their calls do to a plugin has no bearing on what the gateway asks of the source.
"""

import re
from typing import Any

from fastapi import APIRouter, Request, Response

from durchwahl.booking.rooming import meeting_of
from durchwahl.booking.views import view_of
from durchwahl.errors import DurchwahlError, Problem
from durchwahl.model.room import Meeting
from durchwahl.model.states import LIVE
from durchwahl.plugin.kinds import Inbound, InboundRequest, InboundResponse
from durchwahl.sources.opening import OpenSource
from durchwahl.store import journal, places
from durchwahl.web.assembly import Gateway

METHODS = ["GET", "POST", "PUT", "DELETE"]
NEVER_KEPT = {"cache-control": "no-store"}
LOWEST_STATUS, HIGHEST_STATUS = 200, 599
BODILESS = frozenset({204, 205, 304})
OURS = frozenset({"content-length", "transfer-encoding", "connection"})

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")


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
        answer = await opened.supervisor.answer(lambda: self._asked(opened, system, call))
        if isinstance(answer, DurchwahlError):
            raise answer
        if answer.touched:
            self._gateway.occupations.forget(opened.key)
        body = b"" if answer.status in BODILESS else answer.body
        return Response(body, answer.status, {**answer.headers, **NEVER_KEPT}, answer.content_type)

    async def _asked(
        self, source: OpenSource, system: Inbound, call: InboundRequest
    ) -> InboundResponse | DurchwahlError:
        """Return what the plugin answers; what fails on our side is returned, because it is no bug of the plugin's."""
        if system.authentic(call) is not True:
            return Problem("not-found")
        subject = system.subject(call)
        if not isinstance(subject, str | None):
            raise TypeError(f"subject() returned a {type(subject).__name__} instead of a name or None")
        try:
            meeting = await self._meeting(source, subject)
        except DurchwahlError as error:
            return error
        return checked(await system.receive(call, meeting))

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


def checked(answer: Any) -> InboundResponse:
    """Return the answer of a plugin's `receive`.

    Raises:
        TypeError, ValueError: it cannot be sent.
    """
    if not isinstance(answer, InboundResponse):
        raise TypeError(f"receive() returned a {type(answer).__name__} instead of an InboundResponse")
    status: Any = answer.status
    if type(status) is not int or not LOWEST_STATUS <= status <= HIGHEST_STATUS:
        raise ValueError("receive() answered with a status that is none")
    body: Any = answer.body
    if not isinstance(body, bytes):
        raise TypeError("the body of what receive() answered is no bytes")
    headers: dict[Any, Any] = {"content-type": answer.content_type, **answer.headers}
    if not all(isinstance(part, str) for pair in headers.items() for part in pair):
        raise TypeError("receive() answered with headers that are no texts")
    if not OURS.isdisjoint(name.lower() for name in headers) or not all(
        _NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()
    ):
        raise ValueError("receive() answered with a header that cannot be sent")
    return answer


def inbound_routes(gateway: Gateway) -> APIRouter:
    """Return the one route; it is no part of the uniform interface."""
    router = APIRouter(include_in_schema=False)
    routes = InboundRoutes(gateway)
    router.api_route("/in/{department}/{source}/{path:path}", methods=METHODS)(routes.receive)
    return router
