"""The catalogue in the formats of others: CSV that a sheet reads back, and schema.org JSON-LD."""

import csv
import io
from typing import Any

from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.model.catalogue import Channel, ChannelHint, Department, Service, ServiceRecord
from durchwahl.model.sheet_columns import COLUMNS, guarded, row_of
from durchwahl.model.text import pick
from durchwahl.settings.resolved import Settings


def services_csv(snapshot: Snapshot) -> bytes:
    """Return all services as a sheet reads them: semicolons, UTF-8 with BOM, no cell that a spreadsheet would run."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for service in snapshot.services:
        row = row_of(as_record(service))
        writer.writerow([guarded(row.get(column, "")) for column in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def as_record(service: Service) -> ServiceRecord:
    """Return a merged service as a source would give it, with its confirmed channels as explicit ones.

    A German name is what no sheet is read without; where there is none, the name in another language stands for it.
    """
    return ServiceRecord(
        id=service.slug,
        name={"de": pick(service.name, "de")[0], **service.name},
        department=service.department,
        carrier=service.carrier,
        summary=service.summary,
        description=service.description,
        documents=service.documents,
        cost=service.cost,
        leika_keys=service.leika_keys,
        alt_names=service.alt_names,
        forms=service.forms,
        channels=tuple(ChannelHint(type=c.type, languages=c.languages) for c in service.visible_channels),
        outcome=service.outcome,
        personal_appearance_required=service.personal_appearance_required,
        url=service.url,
    )


def services_jsonld(settings: Settings, snapshot: Snapshot, language: str) -> dict[str, Any]:
    """Return all services as schema.org `GovernmentService`s of their departments."""
    graph: list[dict[str, Any]] = [_organization(one, settings, language) for one in snapshot.departments]
    graph.extend(service_jsonld(service, settings, language) for service in snapshot.services)
    return {"@context": "https://schema.org", "@graph": graph}


def service_jsonld(service: Service, settings: Settings, language: str) -> dict[str, Any]:
    """Return one service; a form is a channel with an address and nobody at its end, so it stands apart."""
    name, lang = pick(service.name, language)
    url = settings.gateway.public_url
    node: dict[str, Any] = {
        "@type": "GovernmentService",
        "@id": f"{url}v1/services/{service.id}",
        "name": name,
        "inLanguage": lang,
        "description": pick(service.summary, language)[0] or None,
        "provider": {"@id": f"{url}v1/departments/{service.department}"},
        "serviceOperator": {"@type": "Organization", "name": service.carrier} if service.carrier else None,
        "areaServed": settings.gateway.city,
        "identifier": [{"@type": "PropertyValue", "propertyID": "LeiKa", "value": key} for key in service.leika_keys],
        "availableChannel": [_channel(channel, service, url) for channel in service.visible_channels],
        "potentialAction": [_form_action(form.url) for form in service.forms],
    }
    return {key: value for key, value in node.items() if value not in (None, [])}


def _organization(department: Department, settings: Settings, language: str) -> dict[str, Any]:
    url = settings.gateway.public_url
    node = {
        "@type": "GovernmentOrganization",
        "@id": f"{url}v1/departments/{department.id}",
        "name": pick(department.name, language)[0],
        "telephone": department.contact.phone,
        "parentOrganization": {"@id": f"{url}v1/departments/{department.parent}"} if department.parent else None,
    }
    return {key: value for key, value in node.items() if value is not None}


def _channel(channel: Channel, service: Service, url: str) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@type": "ServiceChannel",
        "name": str(channel.type),
        "availableLanguage": list(channel.languages),
        "serviceUrl": f"{url}v1/services/{service.id}/slots?channel={channel.type}" if channel.bookable else None,
    }
    if channel.type == "video":
        node["serviceLocation"] = {"@type": "VirtualLocation", "url": node["serviceUrl"]} if channel.bookable else None
    return {key: value for key, value in node.items() if value is not None}


def _form_action(url: str) -> dict[str, Any]:
    return {"@type": "ApplyAction", "target": {"@type": "EntryPoint", "urlTemplate": url}}
