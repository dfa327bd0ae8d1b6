"""Closed times of offers and lanes: config, .ics files, public holidays."""

from collections.abc import Iterable, Iterator
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from durchwahl.availability.hours import Span, closed_span, closing_instant, opening_instant
from durchwahl.availability.ics_files import IcsFiles, Version, ics_spans
from durchwahl.availability.units import unit_after, unit_of
from durchwahl.errors import Finding
from durchwahl.settings.words import Closure


def holiday_spans(code: str | None, years: Iterable[int], zone: ZoneInfo) -> list[Span]:
    """Return the public holidays of `DE-SN` (country, then state) in these years; None has none.

    Raises:
        ValueError: no such country or state.
    """
    if code is None:
        return []
    import holidays  # noqa: PLC0415  # 10 MB that a gateway without holidays, or idle, does not need

    country, _, state = code.partition("-")
    try:
        days = holidays.country_holidays(country, subdiv=state or None, years=list(years))
    except NotImplementedError as error:
        raise ValueError(str(error)) from error
    return sorted(
        (unit_of(opening_instant(day, time(), zone)), unit_after(closing_instant(day, None, zone))) for day in days
    )


class ClosedTimes:
    """Turns closures into closed spans."""

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        self._zone = zone
        self._files = IcsFiles(folder, zone)

    def spans(self, closures: Iterable[Closure]) -> list[Span] | None:
        """Return all closed spans, ascending; None where an .ics file cannot be read."""
        spans: list[Span] = []
        for closure in closures:
            if closure.ics is not None:
                read = self._files.spans(closure.ics)
                if read is None:
                    return None
                spans.extend(read)
            elif (span := closed_span(closure, self._zone)) is not None:
                spans.append(span)
        return sorted(spans)

    def versions(self, closures: Iterable[Closure]) -> tuple[Version, ...]:
        """Return what changes when one of the closures' files does."""
        return tuple(self._files.version(closure.ics) for closure in closures if closure.ics is not None)


def closure_findings(
    closures: Iterable[Closure], folder: Path, zone: ZoneInfo, file: str, key: str
) -> Iterator[Finding]:
    """Yield a finding for each .ics file that cannot be read."""
    for place, closure in enumerate(closures):
        if closure.ics is None:
            continue
        try:
            ics_spans(folder / closure.ics, zone)
        except ValueError as error:
            remedy = f"Until it can be read, nothing that it may close is bookable. Its place is in {folder}."
            yield Finding(file, f"{key}[{place}].ics", f"{closure.ics}: {error}.", remedy)
