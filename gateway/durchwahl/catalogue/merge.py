"""Records, overlay and offers -> one service each; where two sources speak, the department's own comes first."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from durchwahl.catalogue.channels import Channels
from durchwahl.catalogue.ingest import SourcePage
from durchwahl.catalogue.offers import Offer, service_id
from durchwahl.errors import Finding
from durchwahl.model.catalogue import (
    Department,
    Service,
    ServiceRecord,
)
from durchwahl.settings.department import OverlayTable
from durchwahl.settings.department_file import CITY
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import DepartmentConfig, Settings
from durchwahl.settings.words import collated


def slugged(text: str) -> str:
    """Return a stable slug: lower case, umlauts spelled out, everything else a hyphen."""
    spelled = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:64].strip("-") or "service"


def departments_from(settings: Settings) -> tuple[Department, ...]:
    """Return the departments in the order of every list."""
    return tuple(
        Department(
            id=one.id,
            name=one.table.name,
            number=one.table.number,
            parent=one.table.parent,
            order=(index + 1) * 10,
            contact=one.table.contact.contact(),
        )
        for index, one in enumerate(settings.departments)
    )


def merged(
    settings: Settings, pages: Iterable[SourcePage], offers: Mapping[str, Offer]
) -> tuple[tuple[Service, ...], list[Finding]]:
    """Return the services in the order of every list (department, then name), and what did not fit."""
    found: dict[tuple[str, str], list[tuple[SourcePage, ServiceRecord]]] = {}
    findings: list[Finding] = []
    for page in pages:
        first_with: dict[tuple[str, str], str] = {}
        for record in page.records:
            department = department_of(settings, page.source, record)
            if department is None:
                findings.append(_unmatched(settings, page.source, record))
                continue
            place = department.id, slugged(record.id)
            if first_with.setdefault(place, record.id) != record.id:
                findings.append(_same_slug(settings, page.source, record, first_with[place]))
            else:
                found.setdefault(place, []).append((page, record))
    findings.extend(_ambiguous_ids(settings, found))
    findings.extend(_unknown_services(settings, offers, found))
    services: list[Service] = []
    channels = Channels(settings, offers)
    for department in settings.departments:
        own = [
            _service(department, slug, records, offers, channels)
            for (owner, slug), records in found.items()
            if owner == department.id
        ]
        services.extend(sorted(own, key=lambda service: (collated(service.name.get("de", "")), service.id)))
    return tuple(services), findings


def department_of(settings: Settings, source: str, record: ServiceRecord) -> DepartmentConfig | None:
    """Return the department that answers for a record, None where it names a unit that is nobody's."""
    owner = source.split("/", maxsplit=1)[0]
    if record.department is None:
        return settings.department(owner)
    if (named := settings.department(record.department)) is not None:
        return named if owner in (CITY, named.id) or named.table.parent == owner else settings.department(owner)
    kind = settings.sources[source].table.type
    return next((d for d in settings.departments if record.department in d.table.matches.get(kind, ())), None)


def _unmatched(settings: Settings, source: str, record: ServiceRecord) -> Finding:
    kind = settings.sources[source].table.type
    reason = f'the service "{record.id}" belongs to the unit "{record.department}", which is no department\'s.'
    remedy = f'Add it to a department: matches = {{ {kind} = ["{record.department}"] }}.'
    if record.department is None:
        reason = f'the service "{record.id}" names no unit, and a catalogue of the whole city belongs to no department.'
        remedy = "Give it its unit there, or configure the catalogue in the department's file."
    return Finding(settings.sources[source].file, settings.sources[source].place, reason, remedy, "warning")


def _same_slug(settings: Settings, source: str, record: ServiceRecord, first: str) -> Finding:
    reason = f'the service "{record.id}" would have the same address as "{first}" and was left out.'
    remedy = "Give one of them an id that differs in its first 64 letters and digits."
    return Finding(settings.sources[source].file, settings.sources[source].place, reason, remedy)


def _ambiguous_ids(settings: Settings, found: dict[tuple[str, str], Any]) -> list[Finding]:
    """Leave out services whose id is another department's, too: `a` + `b-c` reads like `a-b` + `c`."""
    findings, owners = [], dict[str, str]()
    order = {department.id: place for place, department in enumerate(settings.departments)}
    for owner, slug in sorted(found, key=lambda place: order[place[0]]):
        identifier = service_id(owner, slug)
        if owners.setdefault(identifier, owner) != owner:
            del found[owner, slug]
            reason = f'the service "{slug}" would have the id "{identifier}", which is one of {owners[identifier]}\'s.'
            file = next(one.file for one in settings.departments if one.id == owner)
            findings.append(Finding(file, "department.id", reason, "Give the service or the department another id."))
    return findings


def _unknown_services(
    settings: Settings, offers: Mapping[str, Offer], found: Mapping[tuple[str, str], object]
) -> list[Finding]:
    """Find what offers, overlays and renamings name without any catalogue knowing it."""
    named: list[tuple[str, str, str, str]] = []
    for offer in offers.values():
        place = f"offers.{offer.id.split('/')[1]}.services"
        named.extend((settings.offers[offer.id].file, place, offer.department, slug) for slug in offer.slug_of.values())
    for one in settings.departments:
        named.extend((one.file, f"services.{slug}", one.id, slug) for slug in one.overlay)
        named.extend((one.file, "department.renamed", one.id, slug) for slug in one.table.renamed.values())
    findings = []
    for file, place, department, slug in named:
        if (department, slug) not in found:
            hint = did_you_mean(slug, [known for owner, known in found if owner == department])
            remedy = hint or "Add it to the department's sheet, or correct the name."
            reason = f'no catalogue of the department knows the service "{slug}".'
            findings.append(Finding(file, place, reason, remedy))
    return findings


def _service(
    department: DepartmentConfig,
    slug: str,
    records: Sequence[tuple[SourcePage, ServiceRecord]],
    offers: Mapping[str, Offer],
    channels: Channels,
) -> Service:
    """Merge one service; where two sources speak, the department's own comes before the city's."""
    ranked = sorted(records, key=lambda pair: pair[0].source.split("/")[0] != department.id)
    first = ranked[0][1]
    overlay = department.overlay.get(slug, OverlayTable())
    identifier = service_id(department.id, slug)
    own_offers = [offer for offer in offers.values() if identifier in offer.services]
    return Service(
        id=identifier,
        slug=slug,
        department=department.id,
        carrier=next((record.carrier for _, record in ranked if record.carrier), None),
        name=overlay.name or first.name,
        summary=overlay.summary or _first_texts(record.summary for _, record in ranked),
        description=_first_texts(record.description for _, record in ranked),
        documents=next((record.documents for _, record in ranked if record.documents), ()),
        cost=_first_texts(record.cost for _, record in ranked),
        leika_keys=_union(record.leika_keys for _, record in ranked),
        alt_names=_union(record.alt_names for _, record in ranked),
        forms=tuple({form.url: form for _, record in ranked for form in record.forms}.values()),
        channels=channels.of(department.id, slug, overlay, ranked),
        outcome=next((record.outcome for _, record in ranked if record.outcome), None),
        personal_appearance_required=next(
            (r.personal_appearance_required for _, r in ranked if r.personal_appearance_required is not None),
            None,
        ),
        discreet=overlay.discreet if overlay.discreet is not None else any(o.table.discreet for o in own_offers),
        url=next((record.url for _, record in ranked if record.url), None),
        sources=tuple(page.source for page, _ in ranked),
        as_of=min((page.as_of for page, _ in ranked), default=datetime.now(UTC)),
    )


def _first_texts(candidates: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    return next((texts for texts in candidates if texts), {})


def _union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))
