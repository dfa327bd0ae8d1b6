"""Services as lists and pages show them: who consults, how, in which languages, and from when on."""

from collections.abc import Iterable
from dataclasses import dataclass

from durchwahl.availability.first_times import FirstTime
from durchwahl.model.catalogue import Channel, Service
from durchwahl.model.text import DEFAULT_LANGUAGE, Texts
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.contact import telephone

LONGEST_SUMMARY = 220
"""In a list, in characters; the service's own page says everything."""


@dataclass(frozen=True)
class ShownChannel:
    """A way to a person. `start` and `instant` are empty where no time is known; `reason` where it can be booked."""

    type: str
    name: str
    bookable: bool
    reason: str
    first: FirstTime
    start: str
    instant: str
    times: str
    is_timed: bool


@dataclass(frozen=True)
class ShownService:
    """A consultation in a list. `notes` are whole sentences, `languages` the names of those beyond German."""

    service: Service
    href: str
    summary: Texts
    channels: tuple[ShownChannel, ...]
    notes: tuple[str, ...]
    languages: tuple[str, ...]
    phone: str
    telephone: str

    @property
    def timed(self) -> tuple[ShownChannel, ...]:
        """The channels beside which a time is shown."""
        return tuple(one for one in self.channels if one.is_timed and one.bookable)

    @property
    def is_bookable(self) -> bool:
        """Whether anything of it can be booked online."""
        return any(one.bookable for one in self.channels)

    @property
    def is_silent(self) -> bool:
        """Whether a calendar does not answer, so that the department has to be asked."""
        return any(one.first.state == "unavailable" for one in self.timed)


def shown_services(services: Iterable[Service], timed: Timed, scene: Scene) -> tuple[ShownService, ...]:
    """Return services as a list shows them."""
    return tuple(shown_service(one, timed, scene) for one in services)


def shown_service(one: Service, timed: Timed, scene: Scene) -> ShownService:
    """Return a service as a list shows it."""
    department = scene.snapshot.department_by_id.get(one.department)
    return ShownService(
        service=one,
        href=scene.to.service(one.id),
        summary={tag: clipped(text, LONGEST_SUMMARY) for tag, text in one.summary.items()},
        channels=tuple(
            _channel(one, channel, timed, scene) for channel in one.visible_channels if timed.wants(channel.languages)
        ),
        notes=tuple(_notes(one, scene)),
        languages=tuple(scene.say.language(tag) for tag in other_languages(one)),
        phone=(department.contact.phone if department else None) or "",
        telephone=telephone(department.contact.phone if department else None),
    )


def other_languages(one: Service) -> tuple[str, ...]:
    """Return the languages beyond German in which the service can be had."""
    tags = dict.fromkeys(tag for channel in one.visible_channels for tag in channel.languages)
    return tuple(tag for tag in tags if tag != DEFAULT_LANGUAGE)


def clipped(text: str, most: int) -> str:
    """Return a text of at most `most` characters, cut between words where there are any."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[most // 2 :] else cut}…"


def _channel(one: Service, channel: Channel, timed: Timed, scene: Scene) -> ShownChannel:
    kind = str(channel.type)
    first = timed.times.of(one.id, kind)
    spoken = timed.languages[0] if len(timed.languages) == 1 else ""
    return ShownChannel(
        type=kind,
        name=scene.t(f"way.{kind}"),
        bookable=channel.bookable,
        reason="" if channel.bookable else scene.reason("unbookable", channel.reason or "other"),
        first=first,
        start=scene.short_start(first),
        instant=scene.instant(first),
        times=scene.to.times(one.id, channel=kind, language=spoken),
        is_timed=timed.shows(kind),
    )


def _notes(one: Service, scene: Scene) -> Iterable[str]:
    if one.carrier:
        yield scene.t("page.list.carrier", carrier=one.carrier)
    if one.outcome:
        yield scene.t(f"page.list.{one.outcome}")
