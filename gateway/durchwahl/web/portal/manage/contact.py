"""Correcting mail address and phone number. The name stays: appointments are not for sale."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from durchwahl.booking.particulars import fields_of
from durchwahl.booking.refusals import not_to_be_corrected
from durchwahl.booking.views import View
from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import FormField, Person
from durchwahl.model.states import LIVE
from durchwahl.web.portal.forms import sent_form
from durchwahl.web.portal.manage.cancelling import back_to
from durchwahl.web.portal.manage.scene import Scene
from durchwahl.web.portal.mistakes import sentences
from durchwahl.web.portal.rendering import Page
from durchwahl.web.wrong_fields import field_error


class ContactRoutes:
    """Each method is a page, or what its button does."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._bookings = scene.gateway.bookings

    async def page(self, booking_id: str, token: str) -> Response:
        """Show the data as they are now, ready to be corrected."""
        view = await self._bookings.get(booking_id, token)
        person = view.particulars.person
        now = {field.name: getattr(person, field.name) or "" for field in self._fields(view)}
        return self._scene.answer(self._form(view, token, now))

    async def correct(self, request: Request, booking_id: str) -> Response:
        """Keep what was corrected and lead back, or show what is wrong with everything as it was typed."""
        form = await sent_form(request)
        view = await self._bookings.get(booking_id, form.token)
        typed = {field.name: form.get(field.name) for field in self._fields(view)}
        wrong = await self._wrong(booking_id, form.token, typed)
        if wrong:
            return self._scene.answer(self._form(view, form.token, typed, wrong))
        return self._scene.onward(booking_id, form.token, done="kontakt")

    async def _wrong(self, booking_id: str, token: str, typed: Mapping[str, str]) -> Sequence[FieldError]:
        """Correct what can be; return what cannot, and then nothing was changed."""
        try:
            person = Person.model_validate({name: value.strip() or None for name, value in typed.items()})
            await self._bookings.correct(booking_id, token, person)
        except ValidationError as error:
            return [field_error({**one, "loc": ("body", *one["loc"])}) for one in error.errors(include_input=False)]
        except Problem as problem:
            if problem.code != "invalid-body":
                raise
            return problem.errors
        return ()

    def _fields(self, view: View) -> list[FormField]:
        """Return the fields that can be corrected.

        Raises:
            Problem: `booking-cancelled`, `not-reschedulable`: there is no appointment any more.
        """
        if view.offer is None or view.booking.state not in LIVE:
            raise not_to_be_corrected(view.booking.state)
        fields = fields_of(view.offer, view.booking.channel, self._scene.language)
        return [field for field in fields if field.name != "name"]

    def _form(self, view: View, token: str, typed: Mapping[str, str], errors: Sequence[FieldError] = ()) -> Page:
        scene, fields = self._scene, self._fields(view)
        labels = {field.name: field.label for field in fields}
        wrong = sentences(errors, labels, scene.language)
        values = {
            "booking": view.booking.id,
            "token": token,
            "name": view.particulars.person.name or "",
            "fields": fields,
            "typed": typed,
            "wrong": wrong,
            "errors": [(name if name in labels else "", text) for name, text in wrong.items()],
        }
        return Page(
            "manage/contact.html",
            scene.say("page.contact.title"),
            values,
            path=f"termin/{view.booking.id}/{token}/kontakt",
            breadcrumb=back_to(scene, view.booking.id, token),
            has_error=bool(wrong),
            status=422 if wrong else 200,
        )


def contact_routes(scene: Scene) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    routes = ContactRoutes(scene)
    router.get("/termin/{booking_id}/{token}/kontakt")(routes.page)
    router.post("/termin/{booking_id}/kontakt")(routes.correct)
    return router
