"""The list of all consultations by department, with online forms in a section of their own.

A service that is neither a consultation nor a form stands on its department's page only: this list answers whom one
can talk to and where one can apply, and such a service offers neither.
"""

from typing import Any

from durchwahl.catalogue.snapshot import Filter
from durchwahl.model.catalogue import Department, Service
from durchwahl.web.portal.addresses import query_of
from durchwahl.web.portal.catalogue.filters import Wanted, channels_of, languages_of, with_those_below
from durchwahl.web.portal.catalogue.jsonld import list_of_services
from durchwahl.web.portal.catalogue.listed import ShownForm, counted, forms_of, sections_of
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.rendering import Page


def home_page(wanted: Wanted, timed: Timed, scene: Scene) -> Page:
    """Return the list; `timed` are the times for what is wanted."""
    services = wanted.selected(scene.snapshot)
    values = list_values(wanted, services, timed, scene)
    title = scene.t("page.list.title") if wanted.is_everything else _title(wanted, scene)
    return Page(
        template="catalogue/home.html",
        title=title,
        values={**values, **_filter_values(wanted, len(services), scene)},
        path=query_of(wanted.query),
        description=scene.t("page.list.description", city=scene.gateway.settings.gateway.city),
        jsonld=list_of_services(services, scene),
        is_indexed=wanted.is_everything,
    )


def list_values(wanted: Wanted, services: tuple[Service, ...], timed: Timed, scene: Scene) -> dict[str, Any]:
    """Return what the block of all departments is made of; narrowed, departments without a match are left out."""
    there = {service.department for service in services}
    departments = [one for one in scene.snapshot.departments if wanted.is_everything or one.id in there]
    return {
        "sections": sections_of(departments, services, timed, scene),
        "forms": _forms(wanted, scene),
        "heading": 2,
    }


def _forms(wanted: Wanted, scene: Scene) -> tuple[ShownForm, ...]:
    """Return the forms; they have no channel to a person and speak no language, so that such a filter leaves none."""
    if wanted.channels or wanted.languages:
        return ()
    snapshot = scene.snapshot
    asked = Filter(department=with_those_below(wanted.departments, snapshot), q=wanted.q)
    return forms_of(snapshot.select(asked), snapshot, scene)


def _filter_values(wanted: Wanted, count: int, scene: Scene) -> dict[str, Any]:
    snapshot, say = scene.snapshot, scene.say
    everything = sum(service.kind == "consultation" for service in snapshot.services)
    key = "page.list.all" if wanted.is_everything else "page.list.found"
    return {
        "wanted": wanted,
        "count": count,
        "result": counted(key, count, scene, total=str(everything)),
        "departments": [(one.id, _indented(one, scene)) for one in snapshot.departments],
        "channels": [(one, scene.t(f"channel.{one}")) for one in channels_of(snapshot)],
        "languages": [(tag, say.language(tag)) for tag in languages_of(snapshot)],
        "has_coverage": bool(scene.gateway.settings.required),
    }


def _indented(one: Department, scene: Scene) -> str:
    name = scene.say.plain(one.name)
    return f"– {name}" if one.parent else name


def _title(wanted: Wanted, scene: Scene) -> str:
    """Return what is wanted in words, the most telling first: `Videoberatungen – Bürgeramt`."""
    by_id = scene.snapshot.department_by_id
    channels = [scene.t(f"page.list.of.{channel}") for channel in wanted.channels] or [scene.t("page.list.of.any")]
    departments = [scene.say.plain(by_id[one].name) for one in wanted.departments]
    languages = [scene.say.language(tag) for tag in wanted.languages]
    words = [scene.t("page.list.quoted", words=wanted.q)] if wanted.q else []
    parts = (", ".join(each) for each in (channels, departments, languages, words) if each)
    return " – ".join(parts)
