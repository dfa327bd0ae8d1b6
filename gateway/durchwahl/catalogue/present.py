"""Catalogue records as the interface shows them, in one language."""

from typing import Any

from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.model.catalogue import Channel, Department, Service
from durchwahl.model.text import pick


def department(snapshot: Snapshot, one: Department, language: str) -> dict[str, Any]:
    """Return a department with its counts."""
    counts, forms = snapshot.counts(one.id)
    name, lang = pick(one.name, language)
    return {
        "id": one.id,
        "name": name,
        "lang": lang,
        "number": one.number,
        "parent": one.parent,
        "order": one.order,
        "counts": counts,
        "forms": forms,
        "contact": one.contact.model_dump(),
    }


def service(snapshot: Snapshot, one: Service, language: str) -> dict[str, Any]:
    """Return a service with its confirmed channels; forms stand apart from them."""
    name, lang = pick(one.name, language)
    return {
        "id": one.id,
        "name": name,
        "lang": lang,
        "department": one.department,
        "carrier": one.carrier,
        "kind": one.kind,
        "outcome": one.outcome,
        "personal_appearance_required": one.personal_appearance_required,
        "summary": pick(one.summary, language)[0] or None,
        "description": pick(one.description, language)[0] or None,
        "documents": [pick(texts, language)[0] for texts in one.documents],
        "cost": pick(one.cost, language)[0] or None,
        "leika_keys": list(one.leika_keys),
        "alt_names": list(one.alt_names),
        "forms": [{"url": form.url, "name": pick(form.name, language)[0] or None} for form in one.forms],
        "channels": [channel(one_channel) for one_channel in one.visible_channels],
        "url": one.url,
        "as_of": one.as_of.isoformat(),
        "stale": any(source in snapshot.stale for source in one.sources),
    }


def channel(one: Channel) -> dict[str, Any]:
    """Return a channel; `reason` says why it cannot be booked."""
    return {
        "type": str(one.type),
        "status": one.status,
        "bookable": one.bookable,
        "reason": one.reason,
        "languages": list(one.languages),
        "booking_url": one.booking_url,
    }


def page(
    items: list[dict[str, Any]], *, total: int, limit: int, offset: int, snapshot: Snapshot, notice: str
) -> dict[str, Any]:
    """Return a list as every list of the interface looks; `notice` is what the operator wants every reader to know."""
    return {
        "items": items,
        "total": total,
        "limit": limit,
        "offset": offset,
        "snapshot": snapshot.id,
        "notice": notice or None,
    }
