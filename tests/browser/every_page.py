"""Every page that there is, each in a state that is worth a look, with a sentence for the documentation."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.states import CERTIFICATE, Booking, States, path_of


@dataclass(frozen=True)
class Place:
    """Where a page is shown: in a browser's tab, in a language, with everything that it can be about."""

    page: Page
    states: States
    language: str = "de"

    def address(self, path: str = "") -> str:
        """Return the address of a path below the language."""
        return f"{self.states.site.base}{'' if self.language == 'de' else f'{self.language}/'}{path}"

    def go(self, path: str = "") -> None:
        """Open a page by its path below the language."""
        self.page.goto(self.address(path))


@dataclass(frozen=True)
class Shown:
    """A page: the name of its picture, what it shows, and how to come there."""

    name: str
    said: str
    show: Callable[[Place], None]
    scripts_allowed: int = 0
    """Bytes over the wire: what can be done without a script has none."""

    def open(self, place: Place) -> None:
        """Come there.

        Raises:
            AssertionError: what is there is no page of ours.
        """
        self.show(place)
        headings = place.page.locator("main h1")
        headings.first.wait_for()
        assert headings.count() == 1, f"{self.name}: {place.page.url} has {headings.count()} headings"
        assert "schiefgegangen" not in headings.inner_text(), f"{self.name}: {place.page.url} is broken"


def _at(path: str) -> Callable[[Place], None]:
    return lambda place: place.go(path)


def _of(path: Callable[[States], str]) -> Callable[[Place], None]:
    return lambda place: place.go(path(place.states))


def _submit(place: Place) -> None:
    """Press the main button of the page's own form."""
    place.page.locator("main .dw-actions button").first.click()


def _wrong_details(place: Place) -> None:
    place.go(place.states.hold())
    place.page.fill("#name", "")
    place.page.fill("#email", "erika@")
    _submit(place)


def _wrong_contact(place: Place) -> None:
    place.go(f"{place.states.video.path}/kontakt")
    place.page.fill("#email", "erika@")
    _submit(place)


def _nothing_chosen(place: Place) -> None:
    """Press the button while no time is chosen; a browser that does not ask for one sends it so."""
    place.go(f"{place.states.video.path}/verlegen")
    place.page.evaluate("() => document.querySelectorAll('[required]').forEach(one => { one.required = false })")
    _submit(place)


def _first_mail(place: Place) -> None:
    place.go("vorfuehrung")
    place.page.locator("main li a").first.click()


def _with_devices(path: Callable[[States], str]) -> Callable[[Place], None]:
    """Switch camera and microphone on."""

    def show(place: Place) -> None:
        place.go(path(place.states))
        place.page.locator("[data-device-start] button").click()
        place.page.locator("[data-device-panel]").wait_for()

    return show


def _manage(which: Callable[[States], Booking], page: str = "") -> Callable[[Place], None]:
    return lambda place: place.go(f"{which(place.states).path}{page}")


EVERY_PAGE: tuple[Shown, ...] = (
    Shown("liste", "All consultations by department, with the first time of each; online forms apart.", _at("")),
    Shown(
        "liste-gefiltert", "The list narrowed: by video, in German Sign Language.", _at("?channel=video&language=gsg")
    ),
    Shown("liste-nichts", "Nothing was found, and what to try.", _at("?q=Zeppelin")),
    Shown("amt", "A department.", _at("amt/buergeramt")),
    Shown("leistung", "A service: what it is, and every way to talk about it.", _at(f"leistung/{CERTIFICATE}")),
    Shown(
        "leistung-vorsprache", "A service on which the talk only advises.", _at("leistung/buergeramt-personalausweis")
    ),
    Shown("formular", "From an online form to the person who answers questions about it.", _at("leika/99115003012000")),
    Shown("formular-auswahl", "The same where several consultations fit.", _at("leika/99115005000000")),
    Shown("formular-niemand", "The same where none fits.", _at("leika/99999999999999")),
    Shown("abdeckung", "What the city wants to offer by video and phone, and what of it there is.", _at("abdeckung")),
    Shown(
        "termine-liste", "Free times by day, the next ones first.", _at(f"leistung/{CERTIFICATE}/termine?channel=video")
    ),
    Shown(
        "termine-monat",
        "The same as a month: free days are links, the chosen day's times stand below.",
        _at(f"leistung/{CERTIFICATE}/termine/monat?channel=phone"),
    ),
    Shown(
        "termine-keine",
        "Nothing is free: why, and what else there is.",
        _at(f"leistung/{CERTIFICATE}/termine?channel=video&from=2027-08-01"),
    ),
    Shown(
        "zeit-gewaehlt",
        "A time that was chosen on another website.",
        _of(lambda states: f"termin/neu?slot={states.slot()}&service={CERTIFICATE}"),
    ),
    Shown("angaben", "The time is reserved; who comes, and what they need.", _of(lambda states: states.hold())),
    Shown("angaben-fehler", "Something is wrong with the form: what, and where.", _wrong_details),
    Shown("pruefen", "A last look at everything.", _of(lambda states: f"{states.filled()}/pruefen")),
    Shown(
        "gebucht", "Booked: the reference, what to prepare, how to take part.", _manage(lambda s: s.video, "/gebucht")
    ),
    Shown("gebucht-telefon", "Booked by phone: who calls whom.", _manage(lambda s: s.phone, "/gebucht")),
    Shown(
        "abgelaufen",
        "The reservation has expired: the nearest other times; what was typed is kept.",
        _of(lambda states: path_of(states.expired)),
    ),
    Shown("bestaetigen", "The mail address is confirmed by a button.", _of(lambda states: states.unverified)),
    Shown("termin", "The appointment, behind the link in the mail.", _manage(lambda s: s.video)),
    Shown("termin-diskret", "A discreet one: it names no topic.", _manage(lambda s: s.discreet)),
    Shown("termin-abgesagt", "A cancelled one.", _manage(lambda s: s.cancelled)),
    Shown("termin-vorbei", "One that is over.", _manage(lambda s: s.past)),
    Shown("verlegen", "Choosing another time.", _manage(lambda s: s.video, "/verlegen")),
    Shown("verlegen-fehler", "No other time was chosen.", _nothing_chosen),
    Shown("absagen", "Cancelling, by a button.", _manage(lambda s: s.video, "/absagen")),
    Shown("kontakt", "Correcting the contact details.", _manage(lambda s: s.video, "/kontakt")),
    Shown("kontakt-fehler", "Something is wrong with them.", _wrong_contact),
    Shown("loeschen", "Erasing everything about the citizen.", _manage(lambda s: s.video, "/loeschen")),
    Shown("geloescht", "Everything is erased.", _at("termin/geloescht")),
    Shown("gespraech-zu-frueh", "The door of a room that is not open yet.", _of(lambda states: states.video.talk)),
    Shown("gespraech", "The door of an open room: what is needed, and the phone instead.", _of(lambda s: s.open.talk)),
    Shown("gespraech-amt", "The clerk's door.", _of(lambda states: states.clerk)),
    Shown(
        "raum",
        "The room before it is entered: one's own picture, level, devices.",
        _with_devices(lambda states: f"{states.open.talk}/raum"),
        scripts_allowed=30_000,
    ),
    Shown("technik", "The test of camera, microphone and sound.", _with_devices(lambda _: "technik"), 10_000),
    Shown("vorfuehrung", "The demonstration's mails.", _at("vorfuehrung")),
    Shown("vorfuehrung-nachricht", "One of them.", _first_mail),
    Shown("fehler-404", "An address that leads nowhere.", _at("amt/gibt-es-nicht")),
)
