"""The steps of booking. Each button POSTs and is answered by a way to the next page: going back and again is safe.

The hold's token stands in the addresses of its pages, as a booking's does in its own (ADR 0006).
"""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from pydantic_core import from_json
from starlette.responses import RedirectResponse

from durchwahl.booking.particulars import Particulars
from durchwahl.booking.placing import chosen, must_be_open
from durchwahl.booking.views import View
from durchwahl.errors import Problem
from durchwahl.model.states import State
from durchwahl.web.assembly import Gateway
from durchwahl.web.languages import asked_path
from durchwahl.web.portal.choosing.given import given_in, judged
from durchwahl.web.portal.choosing.pages import FAILED, ChoosingPages, Hold
from durchwahl.web.portal.choosing.pressing import Pressing
from durchwahl.web.portal.forms import SentForm, sent_form
from durchwahl.web.portal.rendering import Page, Renderer

LOST = ("slot-taken", "slot-withdrawn", "slot-forged", "hold-expired")
"""What somebody can mend by choosing another time."""
SETTLED = frozenset({State.COMPLETED, State.NO_SHOW, State.UNRESOLVED})
"""What is over, or waits for the office alone."""


class ChoosingRoutes:
    """Each method is a page, or what its button does."""

    def __init__(self, gateway: Gateway, renderer: Renderer, language: str) -> None:
        self._gateway = gateway
        self._holds, self._bookings = gateway.holds, gateway.bookings
        self._renderer = renderer
        self._language = language
        self._to = renderer.addresses(language)
        self._pages = ChoosingPages(gateway, renderer, language)
        self._pressing = Pressing(gateway, language)

    async def chosen(self, request: Request) -> Response:
        """Show a time that was chosen on somebody else's page, and the button that reserves it."""
        slot = request.query_params.get("slot", "")
        try:
            wanted = chosen(self._gateway.context, slot)
            await must_be_open(self._gateway.context, wanted)
        except Problem as problem:
            return self._lost(problem, self._others(slot, request.query_params.get("service", "")))
        return self._answer(self._pages.chosen(slot, wanted, asked_path(request)))

    async def reserve(self, request: Request) -> Response:
        """Reserve the time, and lead to its form. What was typed for an earlier time comes along."""
        form = await sent_form(request)
        before = await self._before(form)
        typed = before.view.particulars if before else Particulars()
        try:
            hold = from_json((await self._pressing.reserve(request, form.get("slot"), form.get("key"), typed)).body)
        except Problem as problem:
            if problem.code not in LOST:
                raise
            others = self._others(form.get("slot"), form.get("service"), before)
            return self._lost(problem, others, before=before)
        return self._on(self._to.new(hold["id"], hold["token"]))

    async def form(self, hold_id: str, token: str) -> Response:
        """Show the form, filled in as far as it was."""
        return await self._shown(hold_id, token, self._pages.form)

    async def check(self, hold_id: str, token: str) -> Response:
        """Show everything before it is booked; where something is missing, the form."""
        hold = await self._hold(hold_id, token)
        if self._is_open(hold) and judged(hold.view, hold.view.particulars)[0]:
            return self._on(self._to.new(hold_id, token))
        return await self._shown(hold_id, token, self._pages.check)

    async def fill_in(self, request: Request, hold_id: str) -> Response:
        """Keep what was typed, and lead to the look at everything; or show what is wrong."""
        form = await sent_form(request)
        hold = await self._hold(hold_id, form.token)
        given = given_in(form)
        errors, particulars = judged(hold.view, given.particulars)
        await self._holds.keep(hold.view, particulars)
        if not self._is_open(hold):
            return await self._over(await self._hold(hold_id, form.token))
        unreadable = {error.pointer for error in given.errors}
        if wrong := (*given.errors, *(error for error in errors if error.pointer not in unreadable)):
            return self._answer(self._pages.form(hold, typed=given.typed, errors=wrong, status=422))
        return self._on(self._to.new(hold_id, form.token, "pruefen"))

    async def more_time(self, request: Request, hold_id: str) -> Response:
        """Keep what was typed and the time for longer."""
        form = await sent_form(request)
        hold = await self._hold(hold_id, form.token)
        if form.get("step") != "pruefen":
            await self._holds.keep(hold.view, given_in(form).particulars)
        try:
            await self._holds.extend(hold_id, form.token)
        except Problem as problem:
            if problem.code not in ("hold-expired", "not-extendable", "already-booked"):
                raise
        step = ("pruefen",) if form.get("step") == "pruefen" else ()
        return self._on(self._to.new(hold_id, form.token, *step))

    async def give_back(self, request: Request, hold_id: str) -> Response:
        """Give the time back, and lead to the others."""
        form = await sent_form(request)
        hold = await self._hold(hold_id, form.token)
        if not self._is_open(hold):
            return await self._over(hold)
        await self._holds.release(hold_id, form.token)
        return self._on(self._like(hold.view))

    async def book(self, request: Request, hold_id: str) -> Response:
        """Book, once however often the button is pressed, and lead to what has become of it."""
        token = (await sent_form(request)).token
        hold = await self._hold(hold_id, token)
        try:
            await self._pressing.book(request, hold.id, hold.token)
        except Problem as problem:
            if problem.code == "invalid-body":
                return self._on(self._to.new(hold_id, token))
            if problem.code in (*LOST, "source-unavailable"):
                return self._lost(problem, self._like(hold.view), before=hold)
            if problem.code != "already-booked":
                raise
        return self._on(self._to.appointment(hold_id, hold.view.key.token("manage", 0), "gebucht"))

    async def done(self, booking_id: str, token: str) -> Response:
        """Show what has become of the booking; afterwards the appointment's own page says everything."""
        view = await self._bookings.get(booking_id, token)
        if State(view.booking.state) in SETTLED or view.end <= self._gateway.clock():
            return self._on(self._to.appointment(booking_id, token))
        has_failed = State(view.booking.state) in FAILED
        alternatives = await self._bookings.nearby(view) if has_failed else []
        return self._answer(self._pages.done(view, token, alternatives))

    async def _hold(self, hold_id: str, token: str) -> Hold:
        return Hold(await self._holds.get(hold_id, token), token)

    async def _before(self, form: SentForm) -> Hold | None:
        """Return the lost hold whose form was filled in already, where the form names one."""
        hold, token = form.get("hold"), form.token
        if not hold or not token:
            return None
        found = await self._hold(hold, token)
        return found if found.view.booking.state in (State.HELD, *FAILED) else None

    async def _shown(self, hold_id: str, token: str, page: Callable[[Hold], Page]) -> Response:
        hold = await self._hold(hold_id, token)
        return self._answer(page(hold)) if self._is_open(hold) else await self._over(hold)

    async def _over(self, hold: Hold) -> Response:
        """Answer about a hold that leads nowhere any more: booked, its time has passed, or its offer is gone."""
        view = hold.view
        if State(view.booking.state) in (State.HELD, *FAILED):
            code = "hold-expired" if view.offer else "slot-withdrawn"
            problem = Problem(code, alternatives=await self._bookings.nearby(view))
            return self._lost(problem, self._like(view), before=hold)
        return self._on(self._to.appointment(hold.id, view.key.token("manage", 0), "gebucht"))

    def _is_open(self, hold: Hold) -> bool:
        """Whether it can be booked now."""
        view = hold.view
        return view.offer is not None and view.booking.state == State.HELD and hold.until > self._gateway.clock()

    def _others(self, slot: str, service: str, before: Hold | None = None) -> str:
        """Return where other times are: of the kind that the slot or the hold is of, else of the service, else all."""
        if before is not None:
            return self._like(before.view)
        try:
            wanted = chosen(self._gateway.context, slot)
        except Problem:
            return self._to.times(service) if service in self._gateway.snapshot.by_id else self._to.home()
        return self._pages.all_times(wanted.services, wanted.channel, wanted.language)

    def _like(self, view: View) -> str:
        return self._pages.all_times(view.services, view.booking.channel, view.booking.language)

    def _lost(self, problem: Problem, others: str, *, before: Hold | None = None) -> Response:
        return self._answer(self._pages.lost(problem, others, before=before))

    def _answer(self, page: Page) -> Response:
        return self._renderer.response(page, self._language)

    def _on(self, address: str) -> Response:
        return RedirectResponse(address, 303)


def choosing_routes(gateway: Gateway, renderer: Renderer, language: str) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    routes = ChoosingRoutes(gateway, renderer, language)
    router.get("/termin/neu")(routes.chosen)
    router.post("/termin/neu")(routes.reserve)
    router.get("/termin/neu/{hold_id}/{token}")(routes.form)
    router.get("/termin/neu/{hold_id}/{token}/pruefen")(routes.check)
    router.post("/termin/neu/{hold_id}/angaben")(routes.fill_in)
    router.post("/termin/neu/{hold_id}/mehr-zeit")(routes.more_time)
    router.post("/termin/neu/{hold_id}/freigeben")(routes.give_back)
    router.post("/termin/neu/{hold_id}/buchen")(routes.book)
    router.get("/termin/{booking_id}/{token}/gebucht")(routes.done)
    return router
