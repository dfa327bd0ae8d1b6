"""What can be had by video or phone of what the city requires, and what is missing, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from durchwahl.availability.first_times import FirstTime, FirstTimes
from durchwahl.catalogue.coverage import ChannelCover, CoverageRow, coverage, percent
from durchwahl.model.text import DEFAULT_LANGUAGE, Texts
from durchwahl.web.portal.catalogue.scene import Scene
from durchwahl.web.portal.rendering import Link, Page


@dataclass(frozen=True)
class Cell:
    """A channel of a required service: in words, and from when on, with the way to its times."""

    text: str
    is_bookable: bool
    start: str = ""
    instant: str = ""
    times: str = ""


@dataclass(frozen=True)
class Line:
    """A required service. `name` is None where no catalogue knows it; then its id stands for it."""

    id: str
    href: str
    name: Texts | None
    department: Texts | None
    department_href: str
    wants: str
    video: Cell
    phone: Cell
    is_covered: bool
    why_not: str


@dataclass(frozen=True)
class Group:
    """The required services under one heading, and the language that it is in."""

    name: str
    language: str
    lines: tuple[Line, ...]


def coverage_page(times: FirstTimes, scene: Scene) -> Page:
    """Return the page: groups as configured, in each the departments in the order of every list."""
    snapshot = scene.snapshot
    rows = coverage(scene.gateway.settings, snapshot)
    share = percent(rows)
    return Page(
        template="catalogue/coverage.html",
        title=scene.t("page.coverage.title"),
        values={
            "groups": _groups(rows, times, scene),
            "percent": f"{share:g}".replace(".", scene.t("page.coverage.point")),
            "covered": str(sum(row.covered for row in rows)),
            "total": str(len(rows)),
            "report": scene.to.report() if scene.gateway.settings.gateway.report_page else "",
        },
        path="abdeckung",
        breadcrumb=(Link(scene.to.home(), scene.t("page.home")),),
        description=scene.t("page.coverage.description", city=scene.gateway.settings.gateway.city),
        is_indexed=True,
    )


def _groups(rows: Sequence[CoverageRow], times: FirstTimes, scene: Scene) -> list[Group]:
    order = {one.id: place for place, one in enumerate(scene.snapshot.departments)}
    names = dict.fromkeys(row.required.group for row in rows)
    last = len(order)
    return [
        Group(
            name or scene.t("page.coverage.required"),
            DEFAULT_LANGUAGE if name else scene.language,
            tuple(
                _line(row, times, scene)
                for row in sorted(rows, key=lambda row: order.get(row.required.department, last))
                if row.required.group == name
            ),
        )
        for name in names
    ]


def _line(row: CoverageRow, times: FirstTimes, scene: Scene) -> Line:
    department = scene.snapshot.department_by_id.get(row.required.department)
    return Line(
        id=row.id,
        href=scene.to.service(row.id) if row.service else "",
        name=row.service.name if row.service else None,
        department=department.name if department else None,
        department_href=scene.to.department(department.id) if department else "",
        wants=scene.t(f"page.coverage.wants.{row.required.wants}"),
        video=_cell(row, "video", row.video, times, scene),
        phone=_cell(row, "phone", row.phone, times, scene),
        is_covered=row.covered,
        why_not=scene.reason("page.coverage.reason", row.why_not or "other") if not row.covered else "",
    )


def _cell(row: CoverageRow, kind: str, cover: ChannelCover, times: FirstTimes, scene: Scene) -> Cell:
    if not cover.bookable:
        return Cell(scene.reason("page.coverage.reason", cover.reason or "other"), is_bookable=False)
    first: FirstTime = times.of(row.id, kind)
    text = scene.t("page.coverage.bookable") if first.start else scene.t(f"page.coverage.{first.state}")
    return Cell(
        text,
        is_bookable=True,
        start=scene.short_start(first),
        instant=scene.instant(first),
        times=scene.to.times(row.id, channel=kind),
    )
