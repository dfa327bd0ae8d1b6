"""What is offered beside what is asked for, per department, service and channel: as a page and as a sheet.

It has no sums: each number is one part of a report, and those under five are not told.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from durchwahl.booking.counting import OUTCOMES
from durchwahl.booking.report import Row
from durchwahl.model.catalogue import Service
from durchwahl.model.sheet_columns import guarded
from durchwahl.model.text import Texts
from durchwahl.web.portal.catalogue.scene import Scene
from durchwahl.web.portal.rendering import Link, Page

Key = tuple[str, str, str]
"""Department, service, channel."""


@dataclass(frozen=True)
class Line:
    """A service on a channel. `name` is None where no catalogue knows it any more; then its id stands for it."""

    id: str
    href: str
    name: Texts | None
    channel: str
    booking: str
    figures: Mapping[str, str]
    lead: str

    @property
    def held(self) -> str:
        """How many talks were held."""
        return self.figures["held"]

    @property
    def otherwise(self) -> list[tuple[str, str]]:
        """How many ended in another way, those of which there were any."""
        return [(outcome, text) for outcome, text in self.figures.items() if outcome != "held" and text != "0"]


@dataclass(frozen=True)
class Group:
    """A department with its lines; `name` is None where the config does not know it any more."""

    id: str
    name: Texts | None
    lines: tuple[Line, ...]


def report_page(rows: Sequence[Row], period: tuple[str, str], scene: Scene) -> Page:
    """Return the page; `rows` are divided by service, `period` is its first and last day (ISO dates)."""
    first, last = (scene.say.month(date.fromisoformat(day)) for day in period)
    return Page(
        template="report/report.html",
        title=scene.t("page.report.title"),
        values={"groups": groups_of(rows, scene), "first": first, "last": last},
        path="bericht",
        breadcrumb=(Link(scene.to.home(), scene.t("page.home")),),
        description=scene.t("page.report.description", city=scene.gateway.settings.gateway.city),
        is_indexed=True,
        headers={"cache-control": "public, max-age=300"},
    )


def report_sheet(rows: Sequence[Row], scene: Scene) -> bytes:
    """Return the same as a spreadsheet reads it: semicolons, UTF-8 with BOM, no cell that it would run."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    columns = ("department", "service", "channel", "booking", *OUTCOMES, "lead")
    writer.writerow([scene.t(f"page.report.column.{column}") for column in columns])
    for group in groups_of(rows, scene):
        department = scene.say.plain(group.name) if group.name else group.id
        for line in group.lines:
            named = scene.say.plain(line.name) if line.name else line.id
            cells = (department, named, line.channel, line.booking, *line.figures.values(), line.lead)
            writer.writerow([guarded(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def groups_of(rows: Sequence[Row], scene: Scene) -> list[Group]:
    """Return the departments in the order of every list; those that are gone from the config come last."""
    counted = {(row.key[0], row.key[1], row.key[2]): row for row in rows}
    offered = [
        (one.department, one.id, str(way.type)) for one in scene.snapshot.services for way in one.visible_channels
    ]
    known = {one.id: one for one in scene.snapshot.departments}
    by_department: dict[str, dict[Key, Row | None]] = {one: {} for one in known}
    for key in dict.fromkeys((*offered, *counted)):
        by_department.setdefault(key[0], {})[key] = counted.get(key)
    return [
        Group(one, known[one].name if one in known else None, tuple(_line(*line, scene) for line in lines.items()))
        for one, lines in by_department.items()
        if lines
    ]


def _line(key: Key, row: Row | None, scene: Scene) -> Line:
    _, service_id, channel = key
    service = scene.snapshot.by_id.get(service_id)
    lead = row.lead if row is not None else None
    return Line(
        id=service_id,
        href=scene.to.service(service_id) if service else "",
        name=service.name if service else None,
        channel=scene.t(f"channel.{channel}"),
        booking=_booking(service, channel, scene),
        figures={outcome: str(row.figures[outcome]) if row else "0" for outcome in OUTCOMES},
        lead=scene.t(f"page.report.lead.{lead}") if lead else "–",
    )


def _booking(service: Service | None, channel: str, scene: Scene) -> str:
    """Return whether it can be booked now, in words."""
    offered = service.channel(channel) if service else None
    if offered is None:
        return scene.t("page.report.gone")
    return (
        scene.t("page.report.bookable")
        if offered.bookable
        else scene.reason("page.coverage.reason", offered.reason or "other")
    )
