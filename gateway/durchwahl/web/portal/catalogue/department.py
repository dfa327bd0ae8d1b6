"""A department's page: how it is reached, its consultations, its forms, and what else it does."""

from durchwahl.availability.first_times import FirstTimes
from durchwahl.model.catalogue import Department
from durchwahl.web.portal.catalogue.jsonld import department_node
from durchwahl.web.portal.catalogue.listed import forms_of, section_of
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.contact import shown_contact
from durchwahl.web.portal.rendering import Link, Page


def department_page(one: Department, times: FirstTimes, scene: Scene) -> Page:
    """Return how a department is reached and what it offers, with the times of its consultations."""
    snapshot, name = scene.snapshot, scene.say.plain(one.name)
    own = [service for service in snapshot.services if service.department == one.id]
    consultations = [service for service in own if service.kind == "consultation"]
    parent = snapshot.department_by_id.get(one.parent or "")
    return Page(
        template="catalogue/department.html",
        title=name,
        values={
            "department": one,
            "contact": shown_contact(one.contact),
            "section": section_of(one, consultations, Timed(times), scene),
            "forms": forms_of(own, snapshot, scene),
            "forms_of": one.id,
            "others": [(scene.to.service(s.id), s.name) for s in own if s.kind == "information"],
            "below": [(scene.to.department(d.id), d.name) for d in snapshot.departments if d.parent == one.id],
            "heading": 2,
        },
        path=f"amt/{one.id}",
        breadcrumb=_way_to(parent, scene),
        here=scene.say.inline(one.name),
        description=scene.t("page.department.description", department=name),
        jsonld=department_node(one, scene),
        is_indexed=True,
    )


def _way_to(parent: Department | None, scene: Scene) -> tuple[Link, ...]:
    home = Link(scene.to.home(), scene.t("page.home"))
    if parent is None:
        return (home,)
    return home, Link(scene.to.department(parent.id), scene.say.inline(parent.name))
