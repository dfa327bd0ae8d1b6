"""What `check` finds by reading the catalogues: rows, names without a service, services without a name."""

from collections.abc import Iterator, Mapping

from durchwahl.catalogue.ingest import Ingest
from durchwahl.catalogue.offers import Offer, offers_from, service_id
from durchwahl.catalogue.snapshot import Snapshot, build_snapshot
from durchwahl.errors import Finding
from durchwahl.plugin.kinds import ServiceCatalogue
from durchwahl.settings.department_file import CITY
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import Settings
from durchwahl.sources.opening import Sources

UNKNOWN = "no catalogue of the department knows"


async def catalogue_findings(settings: Settings, sources: Sources, *, offline: bool) -> list[Finding]:
    """Read the catalogues and see whether offers and requirements name services that exist.

    Of departments whose catalogue cannot be read nobody knows; what is wrong with the catalogue is said elsewhere.
    """
    pages = await Ingest(without_network(sources) if offline else sources, None).sync()
    offers = offers_from(settings, sources)
    snapshot = build_snapshot(settings, pages.values(), offers)
    unread = {
        source.resolved.config.department
        for source, _ in sources.of(ServiceCatalogue)
        if source.key not in pages and source.resolved.config.table.mode != "shadow"
    }
    named = [*_of_offers_that_are_not_served(settings, snapshot, offers), *_required(settings, snapshot)]
    findings = [
        one for one in snapshot.findings if UNKNOWN not in one.reason or _is_read(_owner(one, settings), unread)
    ]
    return findings + [finding for department, finding in named if _is_read(department, unread)]


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
    for index, required in enumerate(settings.required):
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
