"""What the room's script calls: JSON in and out, the link's token as a bearer, the seat in a header of its own.

Every call is a POST, because every one notes that somebody is there. None of it is part of the uniform interface.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import Field, ValidationError
from pydantic_core import to_json

from durchwahl.errors import Problem
from durchwahl.model.booking import Given
from durchwahl.model.room import IceServer
from durchwahl.rooms.talks import Link, Talks, Told

T = TypeVar("T")
B = TypeVar("B", bound=Given)

SEAT = "x-seat"
"""Beside the body, so that what is wrong with a body costs its sender's seat and nobody else's."""
JSON = "application/json"


class After(Given):
    """The room's last change that the script knows."""

    after: Annotated[int, Field(ge=0, lt=2**53)]


class Guest(Given):
    """Whom the clerk lets in."""

    guest: Annotated[int, Field(ge=0, lt=2**53)]


class Leaving(Given):
    """What a page says with its last breath, when it can set no header (`sendBeacon`)."""

    token: str = Field(max_length=200, repr=False)
    seat: str = Field(max_length=60)


class TalkCalls:
    """Each method is one call."""

    def __init__(self, talks: Talks) -> None:
        self._talks = talks

    async def sit(self, request: Request, booking_id: str) -> Response:
        """Take a seat; a seat in the header is the one from before a reload."""
        seated = await self._talks.sit(_link(request, booking_id))
        servers = [_ice_server(one) for one in seated.ice_servers]
        return _answer({"seat": seated.seat, "ice_servers": servers, **_told(seated.told)})

    async def send(self, request: Request, booking_id: str) -> Response:
        """Pass a signal on."""
        is_kept = await self._talks.send(_link(request, booking_id), await request.body())
        return _answer({"kept": is_kept})

    async def listen(self, request: Request, booking_id: str) -> Response:
        """Wait for news, unless the browser is gone first."""
        link, body = _link(request, booking_id), _read(After, await request.body())
        told = await _unless_gone(request, self._talks.listen(link, body.after))
        return Response(status_code=204) if told is None else _answer(_told(told))

    async def admit(self, request: Request, booking_id: str) -> Response:
        """Let the citizen in."""
        body = _read(Guest, await request.body())
        return _answer(_told(await self._talks.admit(_link(request, booking_id), body.guest)))

    async def end(self, request: Request, booking_id: str) -> Response:
        """End the talk."""
        return _answer(_told(await self._talks.end(_link(request, booking_id))))

    async def reopen(self, request: Request, booking_id: str) -> Response:
        """Open the room again."""
        return _answer(_told(await self._talks.reopen(_link(request, booking_id))))

    async def leave(self, request: Request, booking_id: str) -> Response:
        """Free the seat."""
        body = _read(Leaving, await request.body())
        await self._talks.leave(Link(booking_id, body.token, body.seat))
        return Response(status_code=204)


def call_routes(talks: Talks) -> APIRouter:
    """Return the routes; they are the same for pages in every language."""
    router = APIRouter(prefix="/gespraech/{booking_id}", include_in_schema=False)
    calls = TalkCalls(talks)
    router.post("/platz")(calls.sit)
    router.post("/zeichen")(calls.send)
    router.post("/warten")(calls.listen)
    router.post("/einlass")(calls.admit)
    router.post("/ende")(calls.end)
    router.post("/oeffnen")(calls.reopen)
    router.post("/verlassen")(calls.leave)
    return router


def _link(request: Request, booking_id: str) -> Link:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem("not-found")
    return Link(booking_id, token.strip(), request.headers.get(SEAT, ""))


def _read(kind: type[B], raw: bytes) -> B:
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        raise Problem("invalid-body") from error


def _answer(body: dict[str, Any]) -> Response:
    return Response(to_json(body), media_type=JSON)


def _told(told: Told) -> dict[str, Any]:
    stands = told.standing
    return {
        "number": stands.number,
        "call": stands.call,
        "ended": stands.is_ended,
        "admitted": stands.is_admitted,
        "other": stands.other,
        "guest": stands.guest,
        "signals": list(told.signals),
    }


def _ice_server(server: IceServer) -> dict[str, Any]:
    """Return the server as `RTCPeerConnection` takes it (WebRTC 1.0 §4.2.2)."""
    return {name: value for name, value in asdict(server).items() if value is not None}


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what comes of the work; None, and the work is given up, where the browser has hung up first."""
    working, gone = asyncio.create_task(work), asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
