"""What pages tell machines about themselves (schema.org)."""

from collections.abc import Iterable
from typing import Any

from durchwahl.catalogue.exports import service_jsonld
from durchwahl.model.catalogue import Department, Service
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.catalogue.scene import Scene
from durchwahl.web.portal.contact import web_address

CONTEXT = "https://schema.org"


def list_of_services(services: Iterable[Service], scene: Scene) -> dict[str, Any]:
    """Return a list as schema.org's `ItemList`, in the page's order."""
    to = _public(scene)
    return {
        "@context": CONTEXT,
        "@type": "ItemList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": scene.say.plain(one.name),
                "url": to.service(one.id),
            }
            for place, one in enumerate(services, 1)
        ],
    }


def department_node(one: Department, scene: Scene) -> dict[str, Any]:
    """Return a department as schema.org's `GovernmentOrganization`."""
    to, api = _public(scene), f"{scene.gateway.settings.gateway.public_url}v1/departments/"
    node = {
        "@context": CONTEXT,
        "@type": "GovernmentOrganization",
        "@id": f"{api}{one.id}",
        "name": scene.say.plain(one.name),
        "url": to.department(one.id),
        "sameAs": web_address(one.contact.url),
        "telephone": one.contact.phone,
        "email": one.contact.email,
        "parentOrganization": {"@id": f"{api}{one.parent}"} if one.parent else None,
        "areaServed": scene.gateway.settings.gateway.city,
    }
    return {key: value for key, value in node.items() if value}


def service_node(service: Service, scene: Scene) -> dict[str, Any]:
    """Return a service as the catalogue's export does, its channels leading to pages instead of the interface."""
    to, department = _public(scene), scene.snapshot.department_by_id[service.department]
    node = service_jsonld(service, scene.gateway.settings, scene.language)
    channels = [_on_a_page(one, to.times(service.id, channel=one["name"])) for one in node.get("availableChannel", ())]
    reserving = [_reserving(one["serviceUrl"]) for one in channels if "serviceUrl" in one]
    page = {
        "@context": CONTEXT,
        **node,
        "url": to.service(service.id),
        "provider": {
            "@type": "GovernmentOrganization",
            **node["provider"],
            "name": scene.say.plain(department.name),
            "url": to.department(department.id),
        },
        "availableChannel": channels,
        "potentialAction": [*node.get("potentialAction", ()), *reserving],
    }
    return {key: value for key, value in page.items() if value}


def _on_a_page(channel: dict[str, Any], times: str) -> dict[str, Any]:
    if "serviceUrl" not in channel:
        return channel
    place = {"serviceLocation": {**channel["serviceLocation"], "url": times}} if "serviceLocation" in channel else {}
    return {**channel, "serviceUrl": times, **place}


def _reserving(times: str) -> dict[str, Any]:
    """Return that an appointment can be reserved here (schema.org `ReserveAction`)."""
    return {"@type": "ReserveAction", "target": {"@type": "EntryPoint", "urlTemplate": times, "httpMethod": "GET"}}


def _public(scene: Scene) -> Addresses:
    return scene.renderer.public_addresses(scene.language)
