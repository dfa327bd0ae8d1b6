"""What `check` finds by reading the catalogues: rows, names without a service, services without a name."""

from collections.abc import Container, Iterator, Mapping

from durchwahl.catalogue.ingest import Ingest
from durchwahl.catalogue.offers import Offer, offers_from, service_id
from durchwahl.catalogue.snapshot import Snapshot, build_snapshot
from durchwahl.errors import Finding
from durchwahl.plugin.kinds import ServiceCatalogue
from durchwahl.settings.department_file import CITY
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import Settings
from durchwahl.sources.opening import OpenSource, Sources

UNKNOWN = "no catalogue of the department knows"


async def catalogue_findings(
    settings: Settings, sources: Sources, *, offline: bool, told: Container[str] = ()
) -> list[Finding]:
    """Read the catalogues and see whether offers and requirements name services that exist.

    Of departments whose catalogue cannot be read nobody knows what exists. `told` are the sources of which it was said
    already that they cannot be read.
    """
    asked = without_network(sources) if offline else sources
    pages = await Ingest(asked, None).sync()
    offers = offers_from(settings, sources)
    snapshot = build_snapshot(settings, pages.values(), offers)
    unread = {*_unread(settings, sources, pages)}
    named = [*_of_offers_that_are_not_served(settings, snapshot, offers), *_required(settings, snapshot)]
    findings = [
        one for one in snapshot.findings if UNKNOWN not in one.reason or _is_read(_owner(one, settings), unread)
    ]
    failed = [_unreadable(source) for source, _ in asked.of(ServiceCatalogue) if _fails(source, pages, told)]
    return findings + failed + [finding for department, finding in named if _is_read(department, unread)]


def _fails(source: OpenSource, pages: Container[str], told: Container[str]) -> bool:
    return source.key not in pages and source.key not in told and source.resolved.config.table.mode != "shadow"


def _unreadable(source: OpenSource) -> Finding:
    config, message = source.resolved.config, source.supervisor.health.message or "It cannot be read."
    reason = f"Plugin {source.resolved.offered.plugin} cannot read its catalogue: {message}"
    return Finding(config.file, config.place, reason, f"`durchwahl try {source.key}` shows what it answers.")


def _unread(settings: Settings, sources: Sources, pages: Container[str]) -> Iterator[str]:
    """Yield the departments of catalogues that were not read, or were left out."""
    for key, config in settings.sources.items():
        offered = sources.discovery.types.get(config.table.type)
        is_catalogue = offered is None or "service_catalogue" in offered.kinds
        if is_catalogue and config.table.enabled and config.table.mode != "shadow" and key not in pages:
            yield config.department
    for broken in settings.broken:
        yield broken.split("/")[0]


def _of_offers_that_are_not_served(
    settings: Settings, snapshot: Snapshot, served: Mapping[str, Offer]
) -> Iterator[tuple[str, Finding]]:
    """Yield the unknown services of offers that have another mistake: both are said at once."""
    for offer in (*settings.offers.values(), *settings.left_out.values()):
        for slug in offer.table.services if offer.id not in served else ():
            if service_id(offer.department, slug) not in snapshot.by_id:
                hint = did_you_mean(slug, _slugs(snapshot, offer.department))
                remedy = hint or "Add it to the department's sheet, or correct the name."
                place = f"offers.{offer.id.split('/')[1]}.services"
                yield offer.department, Finding(offer.file, place, f'{UNKNOWN} the service "{slug}".', remedy)


def _required(settings: Settings, snapshot: Snapshot) -> Iterator[tuple[str, Finding]]:
    departments = [one.id for one in settings.departments]
    for index, required in enumerate(settings.required):
        if required.department not in departments:
            remedy = did_you_mean(required.department, departments) or f"Known: {', '.join(departments)}."
            reason = f'there is no department "{required.department}".'
            place = f"required[{index}].department"
            yield required.department, Finding(settings.file, place, reason, remedy, "warning")
            continue
        identifier = service_id(required.department, required.service)
        if identifier not in snapshot.by_id:
            hint = did_you_mean(required.service, _slugs(snapshot, required.department))
            remedy = hint or "Add it to the department's catalogue."
            reason = f'no catalogue knows "{identifier}".'
            yield required.department, Finding(settings.file, f"required[{index}]", reason, remedy, "warning")


def _slugs(snapshot: Snapshot, department: str) -> list[str]:
    return [service.slug for service in snapshot.services if service.department == department]


def _owner(finding: Finding, settings: Settings) -> str:
    return next((one.id for one in settings.departments if one.file == finding.file), CITY)


def _is_read(department: str, unread: set[str]) -> bool:
    return not unread & {department, CITY}


def without_network(sources: Sources) -> Sources:
    """Keep the sources that read files: those without any origin."""
    local = {key: one for key, one in sources.open.items() if not one.resolved.own.origins()}
    return Sources(local, sources.offers, sources.findings, sources.discovery)
