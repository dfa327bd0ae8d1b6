"""Which bookings a command means: the options, and what they say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from durchwahl.booking.day.times import EXAMPLES, stamp_of
from durchwahl.booking.notes import checked_reason
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import Settings
from durchwahl.store.listed import Which

F = TypeVar("F", bound=Callable[..., Any])

_READ_ALOUD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
"""Crockford's base32 as people hear and write it."""


@dataclass(frozen=True)
class Filters:
    """What was typed."""

    department: str | None
    lane: str | None
    begins: str | None
    ends: str | None
    reference: tuple[str, ...]
    hit_by_closures: bool

    def which(self, settings: Settings, states: tuple[str, ...] = ()) -> Which:
        """Return what is meant.

        Raises:
            click.BadParameter: a time or lane that cannot be read.
        """
        source, lane = self._lane()
        return Which(
            department=self.department,
            source=source,
            lane=lane,
            begins=_stamp(self.begins, settings.zone, "from"),
            ends=_stamp(self.ends, settings.zone, "to"),
            states=states,
            references=tuple(normal_reference(one) for one in self.reference),
        )

    def refuse_unknown(self, settings: Settings) -> None:
        """Refuse a department or lane that nobody knows, for a command that has found nothing.

        Raises:
            click.BadParameter: it is not configured; the text names the nearest.
        """
        departments = [one.id for one in settings.departments]
        if self.department is not None and self.department not in departments:
            raise _unknown("department", self.department, departments)
        source, lane = self._lane()
        keys = [source] if source else [key for key in settings.sources if self._may_hold(key)]
        lanes = [name for key in keys if key in settings.sources for name in settings.sources[key].lanes]
        if lane is not None and lane not in lanes:
            raise _unknown("lane", lane, lanes)

    def _may_hold(self, source: str) -> bool:
        return self.department is None or source.split("/", 1)[0] in (self.department, "city")

    def _lane(self) -> tuple[str | None, str | None]:
        """Return source and lane of `platz-1`, `termine/platz-1` or `buergeramt/termine/platz-1`."""
        if self.lane is None:
            return None, None
        *source, lane = self.lane.split("/")
        if len(source) == 1 and self.department is not None:
            source = [self.department, *source]
        if len(source) not in (0, 2):
            raise click.BadParameter(f'"{self.lane}": write a lane, source/lane or department/source/lane')
        return "/".join(source) or None, lane


def filter_options(command: F) -> F:
    """Add the options that narrow."""
    options = (
        click.option("--department", help="A department's id."),
        click.option("--lane", help="A lane: its name, or source/lane."),
        click.option("--from", "begins", help=f"From then on, in the city's time: {EXAMPLES}."),
        click.option("--to", "ends", help="Until then; a date is included."),
        click.option("--reference", multiple=True, help="The number that a citizen names; repeatable."),
        click.option("--hit-by-closures", is_flag=True, help="Only those in a closure or on a holiday."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def taken_from(given: dict[str, Any]) -> Filters:
    """Take what `filter_options` gave out of a command's parameters."""
    return Filters(**{name: given.pop(name) for name in Filters.__dataclass_fields__})


def reason_option(*, required: bool) -> Callable[[F], F]:
    """Return the option of the sentence that citizens read."""
    return click.option(
        "--reason",
        required=required,
        default=None,
        callback=_reason,
        help="Why, for the citizens: they read it as typed.",
    )


def normal_reference(text: str) -> str:
    """Return a reference as the journal has it, however it was heard."""
    return text.strip().upper().translate(_READ_ALOUD)


def _reason(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else checked_reason(value)
    except ValueError as error:
        raise click.BadParameter(f"the reason {error}.", ctx, option) from error


def _stamp(text: str | None, zone: ZoneInfo, edge: Any) -> int | None:
    try:
        return None if text is None else stamp_of(text, zone, edge)
    except ValueError as error:
        raise click.BadParameter(f"--{edge}: {error}.") from error


def _unknown(what: str, name: str, known: list[str]) -> click.BadParameter:
    return click.BadParameter(f'There is no {what} "{name}". {did_you_mean(name, known)}'.strip())
