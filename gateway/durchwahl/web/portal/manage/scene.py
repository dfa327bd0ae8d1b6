"""What every page behind a link in a mail is made with, and what they all say of an appointment."""

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from durchwahl.booking.views import View
from durchwahl.texts import say_start, say_when, translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.facts import Fact, Facts
from durchwahl.web.portal.rendering import Page, Renderer
from durchwahl.web.portal.said import Said


@dataclass(frozen=True)
class Scene:
    """The gateway, and how its pages say things in one language."""

    gateway: Gateway
    renderer: Renderer
    language: str

    @property
    def to(self) -> Addresses:
        """Where the pages are."""
        return self.renderer.addresses(self.language)

    @property
    def said(self) -> Said:
        """What says the catalogue's texts."""
        return self.renderer.said(self.language)

    def say(self, key: str, **values: str) -> str:
        """Return a text in the page's language."""
        return translate(key, self.language, **values)

    def reason(self, prefix: str, word: str | None) -> str:
        """Return the text of one of an open list of words."""
        try:
            return self.say(f"{prefix}.{word}")
        except KeyError:
            return self.say(f"{prefix}.other")

    def answer(self, page: Page) -> Response:
        """Return the page as an answer."""
        return self.renderer.response(page, self.language)

    def onward(self, *parts: str, done: str = "") -> Response:
        """Lead to a page of an appointment by GET, so that loading it again sends no form again.

        `done` lets the page say what has just happened.
        """
        query = f"?getan={done}" if done else ""
        return RedirectResponse(self.to.appointment(*parts) + query, 303)

    def when(self, view: View) -> str:
        """Return date and times of the talk."""
        city = self.gateway.settings.gateway.city
        return say_when(view.start, view.end, zone=view.booking.zone, language=self.language, city=city)

    def start(self, view: View) -> str:
        """Return when the talk begins."""
        return say_start(view.start, zone=view.booking.zone, language=self.language)

    @property
    def booked(self) -> Facts:
        """What says what is booked."""
        return Facts(self.gateway, self.said, self.language)

    def facts(self, view: View) -> list[Fact]:
        """Return what, where, when and how, and the reference; a discreet appointment's topic is not named."""
        facts = self.booked.of(view, hides_topic=True)
        return [*facts, (self.say("page.manage.reference"), view.booking.reference)]

    def phone_mode(self, view: View) -> str:
        """Return who calls whom; empty where nobody does."""
        phone = view.phone()
        if phone is None:
            return ""
        if phone["mode"] == "citizen_calls" and phone["number"]:
            return self.say("page.manage.phone_citizen_calls", phone=phone["number"])
        return self.say("page.manage.phone_callback")
