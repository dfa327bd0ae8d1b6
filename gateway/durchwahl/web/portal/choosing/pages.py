"""What the steps of booking say: the chosen time, the form, the look at everything, the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from durchwahl.booking.context import instant
from durchwahl.booking.particulars import fields_of
from durchwahl.booking.phone_numbers import readable_number
from durchwahl.booking.placing import Chosen
from durchwahl.booking.rooming import platform_of
from durchwahl.booking.views import View
from durchwahl.errors import FieldError, Problem
from durchwahl.model.problems import PROBLEMS
from durchwahl.model.states import LIVE, State
from durchwahl.texts import translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.choosing.given import INTERPRETED, Typed, typed_before
from durchwahl.web.portal.facts import Facts
from durchwahl.web.portal.mistakes import sentences
from durchwahl.web.portal.needs import TICKS, needs_said
from durchwahl.web.portal.rendering import Page, Renderer
from durchwahl.web.portal.times.days import days_of
from durchwahl.web.portal.times.listed import new_key

EXPLAINED = frozenset({"slot-taken", "slot-withdrawn", "hold-expired"})
"""What the pages say in words of their own: without promising to keep what nobody has typed."""
FAILED = frozenset({State.FAILED, State.UNDOING, State.EXPIRED, State.RELEASED, State.RELEASING, State.REFUSED})


@dataclass(frozen=True)
class Hold:
    """A hold on a page: until when it is kept, and whether there is more time to be had."""

    view: View
    token: str

    @property
    def id(self) -> str:
        """The hold's id."""
        return self.view.booking.id

    @property
    def until(self) -> datetime:
        """When it expires."""
        return instant(self.view.booking.expires or 0)

    @property
    def is_extendable(self) -> bool:
        """Whether it can be kept longer."""
        booking = self.view.booking
        return bool(booking.expires and booking.extendable_until and booking.expires < booking.extendable_until)


class ChoosingPages:
    """Makes the pages in one language."""

    def __init__(self, gateway: Gateway, renderer: Renderer, language: str) -> None:
        self._gateway = gateway
        self._language = language
        self._said = renderer.said(language)
        self._to = renderer.addresses(language)
        self._facts = Facts(gateway, self._said, language)

    def chosen(self, slot: str, wanted: Chosen, path: str) -> Page:
        """Return the page that reserves a time which was chosen on somebody else's page; `path` is its own."""
        others = self.all_times(wanted.services, wanted.channel, wanted.language)
        values = {"slot": slot, "others": others, "facts": self._facts.wanted(wanted), "key": new_key()}
        return self._page("choosing/chosen.html", self._say("page.chosen.title"), values, path)

    def form(
        self, hold: Hold, *, typed: Typed | None = None, errors: tuple[FieldError, ...] = (), status: int = 200
    ) -> Page:
        """Return the form, with what is wrong with it."""
        view = hold.view
        offer = view.offer
        fields = fields_of(offer, view.booking.channel, self._language) if offer else []
        labels = {field.name: field.label for field in fields} | {"interpreter": self._say("page.form.interpreter")}
        wrong = sentences(errors, labels, self._language)
        values = {
            "hold": hold,
            "facts": self._facts.of(view, hides_topic=False),
            "fields": fields,
            "typed": typed or typed_before(view),
            "wrong": wrong,
            "errors": [(name, wrong[name]) for name in labels if name in wrong],
            "interpreted": INTERPRETED,
            "ticks": [tick for tick in TICKS if tick != "captions" or self._shows_captions(view)],
            "phone": view.phone(),
            "identity": offer.table.identity if offer else "required",
        }
        return self._page(
            "choosing/form.html", self._say("page.form.title"), values, f"termin/neu/{hold.id}/{hold.token}",
            has_error=bool(wrong), status=status,
        )  # fmt: skip

    def check(self, hold: Hold) -> Page:
        """Return the look at everything before it is booked."""
        view = hold.view
        person, needs = view.particulars.person, view.particulars.needs
        asked = fields_of(view.offer, view.booking.channel, self._language) if view.offer else []
        given = [(field.label, self._shown(field.name, getattr(person, field.name)), field.name) for field in asked]
        values = {
            "hold": hold,
            "facts": self._facts.of(view, hides_topic=False),
            "given": given,
            "needs": needs_said(needs.model_dump(), self._language),
            "phone": view.phone(),
        }
        path = f"termin/neu/{hold.id}/{hold.token}/pruefen"
        return self._page("choosing/check.html", self._say("page.check.title"), values, path)

    def lost(self, problem: Problem, others: str, *, before: Hold | None = None) -> Page:
        """Return the page that says why a time cannot be had, and offers the nearest others; `others` leads to all.

        What was typed stays with the hold `before`, and goes along to the next one.
        """
        is_kept = before is not None and not before.view.particulars.is_empty
        code = problem.code
        texts = [self._say(f"page.lost.{code}" if code in EXPLAINED else f"problem.{code}.detail")]
        values = {
            "texts": texts + ([self._say("page.lost.kept")] if is_kept else []),
            "days": days_of(problem.alternatives),
            "key": new_key(),
            "others": others,
            "before": before,
        }
        title = self._say(f"problem.{code}.title")
        return self._page("choosing/lost.html", title, values, None, has_error=True, status=PROBLEMS[code])

    def all_times(self, services: Sequence[tuple[str, int]], channel: str, language: str | None) -> str:
        """Return where all free times of the same kind are; all consultations where the first service is gone."""
        service, count = services[0]
        if service not in self._gateway.snapshot.by_id:
            return self._to.home()
        more = str(count) if count > 1 else ""
        return self._to.times(service, channel=channel, language=language or "", count=more)

    def done(self, view: View, token: str, alternatives: Sequence[Mapping[str, Any]]) -> Page:
        """Return what has become of the booking, right after it was made."""
        kind = _outcome(State(view.booking.state))
        values = {
            "view": view,
            "kind": kind,
            "facts": self._facts.of(view, hides_topic=True),
            "documents": self._facts.documents(view) if kind == "confirmed" else (),
            "phone": view.phone(),
            "token": token,
            "has_mail": bool(view.particulars.person.email),
            "days": days_of(alternatives),
            "key": new_key(),
            "others": self.all_times(view.services, view.booking.channel, view.booking.language),
            "before": Hold(view, view.key.token("hold", 0)),
        }
        path = f"termin/{view.booking.id}/{token}/gebucht"
        return self._page(
            "choosing/done.html", self._say(f"page.done.title.{kind}"), values, path, has_error=kind == "failed"
        )

    def _shows_captions(self, view: View) -> bool:
        """Whether the talk's platform can show what is said: nothing is offered that cannot be had."""
        found = platform_of(self._gateway.context, view.booking)
        return found is not None and found[0].capabilities.captions

    def _shown(self, name: str, value: str | None) -> str:
        if not value:
            return self._say("page.check.nothing")
        return readable_number(value) if name == "phone" else value

    def _page(
        self, template: str, title: str, values: Mapping[str, Any], path: str | None, *,
        has_error: bool = False, status: int = 200,
    ) -> Page:  # fmt: skip
        return Page(template, title, values, path=path, has_error=has_error, status=status)

    def _say(self, key: str, **values: str) -> str:
        return translate(key, self._language, **values)


def _outcome(state: State) -> str:
    if state in LIVE:
        return "confirmed"
    if state in (State.CANCELLING, State.CANCELLED):
        return "cancelled"
    if state in FAILED:
        return "failed"
    return str(state) if state in (State.AWAITING_EMAIL, State.AWAITING_APPROVAL) else "pending"
