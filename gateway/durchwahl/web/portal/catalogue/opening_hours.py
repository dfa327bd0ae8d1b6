"""When a consultation is offered, in words: the hours of its offers, as far as somebody is there then."""

from collections.abc import Iterable, Sequence
from datetime import time

from durchwahl.availability.hours import Span, intersection, joined
from durchwahl.catalogue.offers import Offer
from durchwahl.model.schedule import WeeklyHours
from durchwahl.web.portal.catalogue.scene import Scene

DAY = 24 * 60
A_ROW = 3


def hours_in_words(offers: Iterable[Offer], scene: Scene) -> tuple[str, ...]:
    """Return the hours of a week, days with the same hours together: `Di, Do 9–12 und 14–18 Uhr`.

    They are what the config says, lanes taken together; closures and holidays apart.
    """
    every = list(offers)
    days_of: dict[tuple[Span, ...], list[int]] = {}
    for day in range(7):
        if spans := _minutes(every, day):
            days_of.setdefault(spans, []).append(day)
    said = ((_days(days, scene), _spans(spans, scene)) for spans, days in days_of.items())
    return tuple(scene.t("page.hours.line", days=days, spans=spans) for days, spans in said)


def minutes_of(offers: Iterable[Offer], service: str) -> tuple[int, int] | None:
    """Return how many minutes a talk about the service takes, at least and at most; None without an offer."""
    lengths = [round(offer.duration(((service, 1),)).total_seconds() / 60) for offer in offers]
    return (min(lengths), max(lengths)) if lengths else None


def _minutes(offers: Iterable[Offer], day: int) -> tuple[Span, ...]:
    """Return the spans of a weekday in minutes since midnight, whoever is there."""
    found: list[Span] = []
    for offer in offers:
        offered = _of_a_day(offer.table.hours, day)
        for lane in offer.lanes.values():
            narrowed = lane.table.hours
            found.extend(offered if narrowed is None else intersection(offered, _of_a_day(narrowed, day)))
    return tuple(joined(found))


def _of_a_day(hours: WeeklyHours, day: int) -> list[Span]:
    return joined((_minute(start), DAY if end is None else _minute(end)) for start, end in hours.on(day))


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _days(days: Sequence[int], scene: Scene) -> str:
    """Return weekdays, three and more in a row as a span."""
    from babel.dates import get_day_names  # noqa: PLC0415 - its locale data is not needed to discover or check

    names = get_day_names("abbreviated", "stand-alone", scene.language)
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts: list[str] = []
    for run in runs:
        if len(run) >= A_ROW:
            parts.append(scene.t("page.hours.span", start=names[run[0]], end=names[run[-1]]))
        else:
            parts.extend(names[day] for day in run)
    return ", ".join(parts)


def _spans(spans: Sequence[Span], scene: Scene) -> str:
    from babel.lists import format_list  # noqa: PLC0415 - see above

    said = [scene.t("page.hours.span", start=_wall(start, scene), end=_wall(end, scene)) for start, end in spans]
    return format_list(said, style="standard", locale=scene.language)


def _wall(minute: int, scene: Scene) -> str:
    hour, rest = divmod(minute, 60)
    return scene.t("page.hours.part" if rest else "page.hours.whole", hour=str(hour), minute=f"{rest:02}")
