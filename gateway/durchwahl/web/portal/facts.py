"""What is booked, in words: the same on every page, from the chosen time to the appointment that is over."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup, escape

from durchwahl.booking.context import instant
from durchwahl.booking.placing import Chosen
from durchwahl.booking.views import View, counted
from durchwahl.texts import say_languages, translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.said import Said

Fact = tuple[str, Markup | str]


class Facts:
    """Says what, where, when and how; a name that is not translated carries its own language."""

    def __init__(self, gateway: Gateway, said: Said, language: str) -> None:
        self._gateway = gateway
        self._said = said
        self._language = language

    def of(self, view: View, *, hides_topic: bool) -> list[Fact]:
        """Return them of a hold or booking; `hides_topic` is what a discreet appointment wants of a lasting page."""
        when = self._when(view.start, view.end)
        how = self._how(view.booking.channel, view.languages)
        if hides_topic and view.discreet:
            return [*when, *how]
        return [*self._what(view.department, view.services), *when, *how]

    def wanted(self, wanted: Chosen) -> list[Fact]:
        """Return them of a time that nobody holds yet."""
        what = self._what(wanted.offer.department, wanted.services)
        languages = [wanted.language] if wanted.language else []
        return [*what, *self._when(instant(wanted.starts), instant(wanted.ends)), *self._how(wanted.channel, languages)]

    def topic(self, services: Sequence[tuple[str, int]]) -> Markup:
        """Return what it is about."""
        known = [self._gateway.snapshot.service(one) for one, _ in services]
        gone = escape(translate("service.gone", self._language))
        names = [self._said.inline(service.name) if service else gone for service in known]
        counts = [count for _, count in services]
        return Markup(", ").join(map(self._counted, names, counts))

    def documents(self, view: View) -> list[Markup]:
        """Return what to have ready, each thing once."""
        snapshot = self._gateway.snapshot
        services = [service for one, _ in view.services if (service := snapshot.service(one))]
        return list(dict.fromkeys(self._said.inline(text) for one in services for text in one.documents))

    def _counted(self, name: Markup, count: int) -> Markup:
        return Markup(counted("{}", count, self._language)).format(name)  # noqa: S704  # a text of our own catalogues

    def _what(self, department_id: str, services: Sequence[tuple[str, int]]) -> list[Fact]:
        department = self._gateway.snapshot.department_by_id.get(department_id)
        name = self._said.inline(department.name) if department else translate("department.gone", self._language)
        return [self._fact("what", self.topic(services)), self._fact("where", name)]

    def _when(self, start: datetime, end: datetime) -> list[Fact]:
        return [self._fact("when", self._said.when(start, end))]

    def _how(self, channel: str, languages: Sequence[str]) -> list[Fact]:
        how = [self._fact("how", translate(f"channel.{channel}", self._language))]
        return how + ([self._fact("language", say_languages(languages, self._language))] if languages else [])

    def _fact(self, name: str, said: Markup | str) -> Fact:
        return translate(f"page.manage.{name}", self._language), said
