"""What catalogues say that the city has not decided: records of no department, channels that a text only hints at.

Neither is listed as a consultation and neither is dropped: coverage and `durchwahl check` show both.
"""

from collections.abc import Iterable
from typing import Any

from durchwahl.catalogue.ingest import SourcePage
from durchwahl.catalogue.merge import department_of
from durchwahl.errors import Finding
from durchwahl.model.catalogue import Channel, Service
from durchwahl.settings.resolved import Settings


def unmatched(settings: Settings, pages: Iterable[SourcePage]) -> list[dict[str, Any]]:
    """Return the records that match no department: source, id and the unit that they name."""
    return [
        {"source": page.source, "id": record.id, "unit": record.department}
        for page in pages
        for record in page.records
        if department_of(settings, page.source, record) is None
    ]


def candidates(services: Iterable[Service]) -> list[dict[str, Any]]:
    """Return the channels to be confirmed or hidden: service, channel, which source said so and in which words."""
    return [
        {
            "service": service.id,
            "channel": str(channel.type),
            "source": channel.evidence[0].source,
            "detail": channel.evidence[0].detail,
        }
        for service, channel in _candidates(services)
    ]


def candidate_findings(settings: Settings, services: Iterable[Service]) -> list[Finding]:
    """Return a warning for each candidate, with what the department writes to decide it."""
    return [_finding(settings, service, channel) for service, channel in _candidates(services)]


def _candidates(services: Iterable[Service]) -> list[tuple[Service, Channel]]:
    return [(service, channel) for service in services for channel in service.channels if channel.status == "candidate"]


def _finding(settings: Settings, service: Service, channel: Channel) -> Finding:
    department = next(one for one in settings.departments if one.id == service.department)
    evidence = channel.evidence[0]
    words = f' ("{evidence.detail}")' if evidence.detail else ""
    reason = f"a text of {evidence.source} hints at a consultation by {channel.type}{words}: it stays invisible."
    remedy = f'Decide: channels = {{ {channel.type} = "confirmed" }}, or "hidden".'
    return Finding(department.file, f"services.{service.slug}.channels", reason, remedy, "warning")
