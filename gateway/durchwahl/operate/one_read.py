"""What one read of a source gave, as `try` shows it; an answer of a wrong shape is said with what was expected."""

import inspect
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from durchwahl.errors import Invalid
from durchwahl.model.booking import Link
from durchwahl.model.catalogue import ServiceRecord
from durchwahl.model.schedule import Interval
from durchwahl.plugin.kinds import BusyTimes, DeepLink, ServiceCatalogue
from durchwahl.settings.resolved import Settings
from durchwahl.sources.opening import OpenSource


async def one_read(settings: Settings, source: OpenSource, days: int) -> list[dict[str, Any]]:
    """Return a row for each thing that the source says; none where it has nothing to be read.

    Raises:
        SourceError: it cannot be read; `Invalid` where its plugin's answer has a wrong shape.
    """
    system = source.source
    plugin = f"plugin {source.resolved.offered.plugin}"
    if isinstance(system, ServiceCatalogue):
        return await source.supervisor.read(lambda: _services(system, plugin))
    if isinstance(system, BusyTimes):
        now = datetime.now(UTC)
        window = Interval(now, now + timedelta(days=days))
        lanes = tuple(source.lanes.values())
        return await source.supervisor.read(lambda: _busy(system.busy(lanes, window), plugin, settings))
    if isinstance(system, DeepLink):
        offers = [offer.id for offer in settings.offers.values() if offer.calendar == source.key]
        return [await source.supervisor.read(partial(_link, system, offer, plugin)) for offer in offers]
    return []


async def _services(catalogue: ServiceCatalogue, plugin: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    records: Any = catalogue.services()
    if not hasattr(records, "__aiter__"):
        if inspect.iscoroutine(records):
            records.close()
        raise _wrong(f"{plugin}: services()", records, "an async iterator of ServiceRecords (yield them)")
    async for record in records:  # whatever it is
        if not isinstance(record, ServiceRecord):
            raise _wrong(f"{plugin}: services()", record, "a ServiceRecord")
        channels = [f"{hint.type} ({hint.basis}: {hint.detail})" for hint in record.channels]
        items.append({
            "id": record.id, "name": record.name.get("de"), "department": record.department,
            "leika": list(record.leika_keys), "channels": channels, "forms": [form.url for form in record.forms],
        })  # fmt: skip
    return [*items, *_left_out(catalogue, plugin)]


def _left_out(catalogue: ServiceCatalogue, plugin: str) -> list[dict[str, Any]]:
    problems: Any = catalogue.row_problems()
    expected = "a sequence of (place, reason, remedy)"
    if not isinstance(problems, Sequence):
        raise _wrong(f"{plugin}: row_problems()", problems, expected)
    for problem in problems:
        if not isinstance(problem, tuple | list) or len(problem) != len(("place", "reason", "remedy")):
            raise _wrong(f"{plugin}: row_problems()", problem, expected)
    return [
        {"id": str(place), "name": str(reason), "department": str(remedy), "leika": [], "channels": ["left out"],
         "forms": []}
        for place, reason, remedy in problems
    ]  # fmt: skip


async def _busy(answering: Any, plugin: str, settings: Settings) -> list[dict[str, Any]]:
    said = f"{plugin}: busy()"
    busy: Any = await answering if inspect.isawaitable(answering) else answering
    if not isinstance(busy, Mapping):
        raise _wrong(said, busy, "a mapping of lane names to Intervals")
    rows = []
    for lane, spans in sorted(busy.items(), key=lambda item: str(item[0])):
        if not isinstance(lane, str):
            raise _wrong(said, lane, "a lane's name")
        if not isinstance(spans, Sequence):
            raise _wrong(f"{said} of lane {lane}", spans, "a sequence of Intervals")
        for span in spans:
            if not isinstance(span, Interval):
                raise _wrong(f"{said} of lane {lane}", span, "an Interval")
        rows += [
            {"lane": lane, "busy from": _shown(span.start, settings), "to": _shown(span.end, settings)}
            for span in sorted(spans)
        ]
    return rows


async def _link(system: DeepLink, offer: str, plugin: str) -> dict[str, Any]:
    link: Any = await system.link(offer)
    if not isinstance(link, Link):
        raise _wrong(f"{plugin}: link()", link, "a Link")
    return {"offer": offer, "url": link.url, "phone": link.phone}


def _shown(at: datetime, settings: Settings) -> str:
    return at.astimezone(settings.zone).isoformat(timespec="minutes")


def _wrong(what: str, got: object, expected: str) -> Invalid:
    return Invalid(f"{what} gave a {type(got).__name__} instead of {expected}.")
