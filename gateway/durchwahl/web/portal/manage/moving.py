"""Moving an appointment to another time. The old time stays until the new one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic_core import from_json

from durchwahl.availability import present
from durchwahl.availability.answers import Availability, FreeSlot, Wish, unit_window
from durchwahl.availability.units import instant_of
from durchwahl.booking.answers import Answer, claim_for
from durchwahl.booking.context import milliseconds
from durchwahl.booking.placing import chosen
from durchwahl.booking.views import View
from durchwahl.errors import Problem
from durchwahl.model.states import State
from durchwahl.web.keyed import answered_once
from durchwahl.web.portal.contact import contact_for
from durchwahl.web.portal.forms import SentForm, sent_form
from durchwahl.web.portal.manage.appointment import can_move
from durchwahl.web.portal.manage.cancelling import back_to
from durchwahl.web.portal.manage.scene import Scene
from durchwahl.web.portal.rendering import Page
from durchwahl.web.portal.times.days import Day, days_of
from durchwahl.web.portal.times.listed import LOOKED_AT, is_unanswered, new_key, whole_days
from durchwahl.web.portal.times.sought import WIDEST, begins, day_from
from durchwahl.web.problems import problem_answer

CHOOSE_AGAIN = ("slot-taken", "slot-withdrawn", "slot-forged", "source-unavailable", "invalid-body")
"""What somebody can mend by choosing another time, or the same one later."""


@dataclass(frozen=True)
class Wrong:
    """Why a time could not be had, and the nearest others."""

    code: str
    alternatives: Sequence[Any] = ()
    status: int = 409


class MovingRoutes:
    """Each method is a page, or what its button does."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._gateway = scene.gateway
        self._bookings = scene.gateway.bookings

    async def page(self, request: Request, booking_id: str, token: str) -> Response:
        """Show free times for the same talk from a day on; where it cannot be moved, the appointment says why."""
        view = await self._bookings.get(booking_id, token)
        if not can_move(view, self._scene):
            return self._scene.onward(booking_id, token)
        day = day_from(request.query_params.get("from", ""), self._gateway)
        return self._scene.answer(await self._page(view, token, day))

    async def move(self, request: Request, booking_id: str) -> Response:
        """Move, once however often the button is pressed, and lead back to the appointment."""
        form = await sent_form(request)
        view = await self._bookings.get(booking_id, form.token)
        if not form.get("slot"):
            return self._scene.answer(await self._page(view, form.token, None, Wrong("nothing-chosen", (), 422)))
        try:
            answer = await self._moved(request, booking_id, form)
        except Problem as problem:
            if problem.code == "idempotency-in-flight":
                return self._scene.onward(booking_id, form.token)
            if problem.code not in CHOOSE_AGAIN:
                raise
            answer = problem_answer(problem, request, self._gateway)
        said = from_json(answer.body)
        if answer.status < 300:
            return await self._after(view, form.token, said["start"])
        if said["code"] not in CHOOSE_AGAIN:  # it was cancelled, or has begun: its own page says so
            return self._scene.onward(booking_id, form.token)
        wrong = Wrong(said["code"], said["alternatives"], answer.status)
        return self._scene.answer(await self._page(view, form.token, None, wrong, form.get("slot")))

    async def _after(self, view: View, token: str, start: str) -> Response:
        """Lead back; that it is moved is said only where that is so: an old answer may have been repeated."""
        now = await self._bookings.get(view.booking.id, token)
        is_so = now.booking.state == State.CONFIRMED and now.start.isoformat() == start
        return self._scene.onward(view.booking.id, token, done="verlegt" if is_so else "")

    async def _moved(self, request: Request, booking_id: str, form: SentForm) -> Answer:
        """Move; the same time chosen twice on one loading of the page is one wish."""
        slot, token = form.get("slot"), form.token
        key = f"page move {booking_id} {form.get('key')[:64]} {slot}"[:1_000]
        claim = claim_for(self._gateway.context, key, b"page move", slot.encode())

        async def effect() -> Answer:
            return await self._bookings.reschedule(booking_id, token, slot, claim)

        return await answered_once(
            self._gateway, request, claim, effect, lambda known: self._bookings.moved(known, slot, claim)
        )

    async def _page(self, view: View, token: str, day: date | None, wrong: Wrong | None = None, slot: str = "") -> Page:
        scene, booking = self._scene, view.booking.id
        topic = [] if view.discreet else [(scene.say("page.manage.what"), scene.booked.topic(view.services))]
        nearest = days_of(one for one in wrong.alternatives if self._is_other(view, one["slot"])) if wrong else ()
        times = await self._times(view, token, day)
        values = {
            **times,
            "booking": booking,
            "token": token,
            "key": new_key(),
            "facts": [(scene.say("page.move.present"), scene.when(view)), *topic],
            "wrong": self._said(wrong, slot) if wrong else "",
            "nearest": nearest,
            "days": nearest or times["days"],
            "contact": contact_for(view),
        }
        title, path = scene.say("page.move.title"), f"termin/{booking}/{token}/verlegen"
        status = wrong.status if wrong else 200
        back = back_to(scene, booking, token)
        return Page("manage/move.html", title, values, path, back, has_error=wrong is not None, status=status)

    async def _times(self, view: View, token: str, day: date | None) -> dict[str, Any]:
        """Return the free times from a day on, the ways to others, and why there are none."""
        zone = self._gateway.settings.zone
        today = self._gateway.clock().astimezone(zone).date()
        first = max(day or today, today)
        found = await self._free(view, begins(first, zone))
        days, later = self._listed(view, found)
        own = self._scene.to.appointment(view.booking.id, token, "verlegen")
        return {
            "days": days,
            "earlier": own if first > today else "",
            "later": f"{own}?from={later.isoformat()}" if later else "",
            "unanswered": is_unanswered(found),
            "reason": found.empty_reason or "",
            "next_release_at": found.next_release_at,
        }

    async def _free(self, view: View, start: datetime) -> Availability:
        now = self._gateway.clock()
        window = unit_window(max(start, now), start + WIDEST)
        language = view.booking.language
        wish = Wish(view.services, window, (view.booking.channel,), (language,) if language else ())
        return await self._gateway.slots.find(wish, limit=LOOKED_AT)

    def _listed(self, view: View, found: Availability) -> tuple[tuple[Day, ...], date | None]:
        """Return the first days with other times of the same offer, and the day from which on there are more."""
        zone, now = self._gateway.settings.zone, self._gateway.clock()
        own: list[FreeSlot] = [
            slot
            for slot in found.slots
            if slot.offer.id == view.booking.offer and milliseconds(instant_of(slot.start)) != view.booking.starts
        ]
        shown, rest = whole_days(own, self._gateway)
        days = days_of(present.slot(one, self._gateway.sealer, zone, now) for one in shown)
        return days, rest or (found.next_from.astimezone(zone).date() if found.next_from else None)

    def _is_other(self, view: View, slot: str) -> bool:
        """Whether a slot is another time of the booking's own offer: only that can be chosen."""
        try:
            found = chosen(self._gateway.context, slot)
        except Problem:
            return False
        return found.offer.id == view.booking.offer and found.starts != view.booking.starts

    def _said(self, wrong: Wrong, slot: str) -> str:
        """Return what has gone wrong, with the time that was chosen where it still can be read."""
        scene = self._scene
        if wrong.code == "slot-taken":
            try:
                starts = chosen(self._gateway.context, slot).start
            except Problem:
                return scene.say("page.move.withdrawn")
            when = scene.said.start(instant_of(starts))
            return scene.say("page.move.taken", when=when)
        if wrong.code == "nothing-chosen":
            return scene.say("page.move.nothing_chosen")
        return scene.say("page.move.unavailable" if wrong.code == "source-unavailable" else "page.move.withdrawn")


def moving_routes(scene: Scene) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    routes = MovingRoutes(scene)
    router.get("/termin/{booking_id}/{token}/verlegen")(routes.page)
    router.post("/termin/{booking_id}/verlegen")(routes.move)
    return router
