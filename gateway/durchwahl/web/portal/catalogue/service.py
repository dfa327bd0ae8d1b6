"""A service's page: what it is, how one talks to somebody about it and when, and what to have ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from durchwahl.availability.first_times import FirstTimes
from durchwahl.catalogue.offers import Offer
from durchwahl.model.catalogue import Channel, Service
from durchwahl.web.portal.catalogue.jsonld import service_node
from durchwahl.web.portal.catalogue.listed import forms_of
from durchwahl.web.portal.catalogue.opening_hours import hours_in_words, minutes_of
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.catalogue.shown import ShownChannel, shown_service
from durchwahl.web.portal.contact import shown_contact, web_address
from durchwahl.web.portal.rendering import Link, Page

LONGEST_DESCRIPTION = 300


@dataclass(frozen=True)
class Option:
    """A way to talk to somebody: `hours`, `languages` and `length` are in words, `how` says who calls whom."""

    channel: ShownChannel
    title: str
    hours: tuple[str, ...]
    languages: str
    length: str
    how: tuple[str, ...]


def service_page(one: Service, times: FirstTimes, scene: Scene) -> Page:
    """Return everything that a citizen needs to know of a service, and each way to a person."""
    name = scene.say.plain(one.name)
    return Page(
        template="catalogue/service.html",
        title=name,
        values={**service_values(one, times, scene), "heading": 2},
        path=f"leistung/{one.id}",
        breadcrumb=way_to(one, scene),
        here=scene.say.inline(one.name),
        description=scene.say.plain(one.summary)[:LONGEST_DESCRIPTION],
        jsonld=service_node(one, scene),
        is_indexed=True,
    )


def service_values(one: Service, times: FirstTimes, scene: Scene) -> dict[str, Any]:
    """Return what the block of a service is made of."""
    snapshot = scene.snapshot
    department = snapshot.department_by_id[one.department]
    shown = shown_service(one, Timed(times), scene)
    channels = zip(one.visible_channels, shown.channels, strict=True)
    return {
        "service": one,
        "shown": shown,
        "options": [_option(one, channel, seen, scene) for channel, seen in channels],
        "forms": forms_of([one], snapshot, scene),
        "forms_of": one.id,
        "department": department,
        "department_href": scene.to.department(department.id),
        "contact": shown_contact(department.contact),
        "more": web_address(one.url),
        "as_of": scene.say.date(one.as_of),
        "is_stale": any(source in snapshot.stale for source in one.sources),
    }


def way_to(one: Service, scene: Scene) -> tuple[Link, ...]:
    """Return the breadcrumb of what belongs to a service's department."""
    department = scene.snapshot.department_by_id[one.department]
    return (
        Link(scene.to.home(), scene.t("page.home")),
        Link(scene.to.department(department.id), scene.say.inline(department.name)),
    )


def _option(one: Service, channel: Channel, seen: ShownChannel, scene: Scene) -> Option:
    gateway, kind = scene.gateway, str(channel.type)
    offers = [offer for offer in gateway.offers.values() if offer.accepts(((one.id, 1),), kind)]
    return Option(
        channel=seen,
        title=scene.t(f"channel.{kind}"),
        hours=hours_in_words(offers, scene),
        languages=scene.say.languages(channel.languages),
        length=_length(offers, one, scene),
        how=tuple(dict.fromkeys(_how(offers, kind, scene))),
    )


def _length(offers: Sequence[Offer], one: Service, scene: Scene) -> str:
    minutes = minutes_of(offers, one.id)
    if minutes is None:
        return ""
    least, most = minutes
    key = "page.service.minutes" if least == most else "page.service.minutes_between"
    return scene.t(key, least=str(least), most=str(most))


def _how(offers: Sequence[Offer], kind: str, scene: Scene) -> list[str]:
    if kind != "phone":
        return [scene.t(f"page.service.how.{kind}")] if offers else []
    return [scene.t(f"page.service.how.{offer.table.phone}") for offer in offers]
