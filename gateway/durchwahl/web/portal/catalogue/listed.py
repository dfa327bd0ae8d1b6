"""Departments with their consultations, and online forms apart from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.model.catalogue import Department, Form, Service
from durchwahl.model.text import Texts
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.catalogue.shown import ShownService, shown_services
from durchwahl.web.portal.contact import telephone, web_address


@dataclass(frozen=True)
class Section:
    """A department with its consultations; `parent` is the department above it."""

    department: Department
    href: str
    parent: Department | None
    services: tuple[ShownService, ...]
    count: str
    telephone: str


@dataclass(frozen=True)
class Answering:
    """A consultation that answers questions about a form."""

    href: str
    name: Texts


@dataclass(frozen=True)
class ShownForm:
    """An online form: nobody is at its other end, so who answers questions about it stands beside it."""

    href: str
    name: Texts
    department: Texts
    answered_by: tuple[Answering, ...]


def sections_of(
    departments: Iterable[Department], services: Sequence[Service], timed: Timed, scene: Scene
) -> tuple[Section, ...]:
    """Return each department with those of the services that are its own, in the order in which both are given."""
    return tuple(
        section_of(one, [service for service in services if service.department == one.id], timed, scene)
        for one in departments
    )


def section_of(one: Department, services: Sequence[Service], timed: Timed, scene: Scene) -> Section:
    """Return a department with its consultations."""
    return Section(
        department=one,
        href=scene.to.department(one.id),
        parent=scene.snapshot.department_by_id.get(one.parent or ""),
        services=shown_services(services, timed, scene),
        count=counted("page.list.count", len(services), scene),
        telephone=telephone(one.contact.phone),
    )


def counted(key: str, count: int, scene: Scene, **values: str) -> str:
    """Return a number of things in words: `key` for one, `key` and `_many` for more, `key` and `_none` for none."""
    return scene.t({0: f"{key}_none", 1: key}.get(count, f"{key}_many"), count=str(count), **values)


def forms_of(services: Iterable[Service], snapshot: Snapshot, scene: Scene) -> tuple[ShownForm, ...]:
    """Return the forms of these services, each address once per department, with who answers questions about it."""
    answering = _answering(snapshot)
    found: dict[tuple[str, str], tuple[Form, Service, dict[str, Service]]] = {}
    for service in services:
        for form in service.forms:
            if not (href := web_address(form.url)):
                continue
            *_, people = found.setdefault((service.department, href), (form, service, {}))
            keys = (href, *service.leika_keys)
            people.update((one.id, one) for key in keys for one in answering.get(key, ()))
    return tuple(
        ShownForm(
            href=href,
            name=form.name if any(form.name.values()) else service.name,
            department=snapshot.department_by_id[department].name,
            answered_by=tuple(Answering(scene.to.service(one.id), one.name) for one in people.values()),
        )
        for (department, href), (form, service, people) in found.items()
    )


def _answering(snapshot: Snapshot) -> dict[str, list[Service]]:
    """Return the consultations by the addresses of their forms and by their LeiKa keys."""
    found: dict[str, list[Service]] = {}
    for service in snapshot.services:
        if service.kind == "consultation":
            for key in {*(web_address(form.url) for form in service.forms), *service.leika_keys}:
                found.setdefault(key, []).append(service)
    return found
