"""*Vollständig*, measured: which of the services that the config requires can be had by video or phone, and why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from durchwahl.catalogue.offers import service_id
from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.model.catalogue import Service
from durchwahl.model.text import pick
from durchwahl.settings.gateway import RequiredService
from durchwahl.settings.resolved import Settings


@dataclass(frozen=True)
class ChannelCover:
    """Whether a channel exists and can be booked; `reason` says why it cannot."""

    exists: bool
    bookable: bool
    reason: str | None


@dataclass(frozen=True)
class CoverageRow:
    """One required service. `service` is None where no catalogue knows it."""

    required: RequiredService
    id: str
    service: Service | None
    video: ChannelCover
    phone: ChannelCover

    @property
    def covered(self) -> bool:
        """Whether what is wanted can be booked: video where video is wanted, else video or phone."""
        return self.video.bookable or (self.required.wants == "remote" and self.phone.bookable)

    @property
    def why_not(self) -> str | None:
        """Return the reason in one word, None where the row is covered."""
        if self.covered:
            return None
        if self.service is None:
            return "not_in_catalogue"
        return self.video.reason or self.phone.reason


def coverage(settings: Settings, snapshot: Snapshot) -> tuple[CoverageRow, ...]:
    """Return a row for each required service, in the config's order."""
    return tuple(_row(required, snapshot) for required in settings.required)


def percent(rows: Iterable[CoverageRow]) -> float:
    """Return the share of covered rows, rounded down: 100 is said of all only. Nothing required is wholly covered."""
    covered = [row.covered for row in rows]
    return (1_000 * sum(covered) // len(covered)) / 10 if covered else 100.0


def presented(row: CoverageRow, snapshot: Snapshot, language: str) -> dict[str, Any]:
    """Return the row as the interface shows it; no times, because these change every minute."""
    department = snapshot.department_by_id.get(row.required.department)
    return {
        "department": row.required.department,
        "department_name": pick(department.name, language)[0] if department else None,
        "service": row.id,
        "name": pick(row.service.name, language)[0] if row.service else None,
        "group": row.required.group or None,
        "wants": row.required.wants,
        "video": vars(row.video),
        "phone": vars(row.phone),
        "covered": row.covered,
        "why_not": row.why_not,
        "forms": [form.url for form in row.service.forms] if row.service else [],
    }


def _row(required: RequiredService, snapshot: Snapshot) -> CoverageRow:
    identifier = service_id(required.department, required.service)
    service = snapshot.by_id.get(identifier)
    return CoverageRow(required, identifier, service, _cover(service, "video"), _cover(service, "phone"))


def _cover(service: Service | None, channel_type: str) -> ChannelCover:
    channel = next((c for c in service.channels if c.type == channel_type), None) if service else None
    if channel is None:
        return ChannelCover(exists=False, bookable=False, reason="no_channel")
    if channel.status != "confirmed":
        return ChannelCover(exists=False, bookable=False, reason=f"only_{channel.status}")
    return ChannelCover(exists=True, bookable=channel.bookable, reason=channel.reason)
