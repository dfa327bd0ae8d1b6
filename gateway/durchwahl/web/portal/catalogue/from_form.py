"""From an online form to the person who answers questions about it: by the form's address, or by its LeiKa key."""

import re
from collections.abc import Mapping, Sequence

from durchwahl.availability.first_times import FirstTimes
from durchwahl.catalogue.snapshot import Filter
from durchwahl.model.catalogue import Service
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.catalogue.service import service_values, way_to
from durchwahl.web.portal.catalogue.shown import shown_services
from durchwahl.web.portal.rendering import Link, Page
from durchwahl.web.portal.times.listed import listed_times, new_key
from durchwahl.web.portal.times.sought import bookable_channels, day_from, sought_from

NEAREST = ("phone", "video")
"""Who sits at a form is helped soonest by phone."""

LONGEST_ADDRESS = 2_000
MOST_ADDRESSES = 20
_LEIKA_KEY = re.compile(r"[0-9]{14}")


def by_leika_key(key: str) -> Filter | None:
    """Return what a form's LeiKa key leads to; None for what is no key."""
    return Filter(kind=("consultation",), leika_key=(key,)) if _LEIKA_KEY.fullmatch(key) else None


def by_addresses(urls: Sequence[str]) -> Filter | None:
    """Return what forms' addresses lead to, compared as the interface does; None for none."""
    given = tuple(url for url in urls[:MOST_ADDRESSES] if 0 < len(url) <= LONGEST_ADDRESS)
    return Filter(kind=("consultation",), form_url=given) if given else None


async def times_page(one: Service, asked: Mapping[str, str], times: FirstTimes, scene: Scene) -> Page:
    """Return the one service that answers, with its next times to choose.

    Choosing one of them is the next step: from a form to a booked call there are four requests.
    """
    channels = {str(channel.type) for channel in bookable_channels(one)}
    nearest = next((channel for channel in NEAREST if channel in channels), "")
    sought = sought_from(one, {"channel": nearest, **_of_a_list(asked)}, scene.gateway)
    name = scene.say.plain(one.name)
    choices = None
    if sought is not None:
        day = day_from(asked.get("from", ""), scene.gateway)
        choices = await listed_times(scene.gateway, sought, day, scene.to, key=new_key())
    return Page(
        template="catalogue/from_form.html",
        title=scene.t("page.from_form.title", service=name),
        values={
            **service_values(one, times, scene),
            "choices": choices,
            "channels": bookable_channels(one),
            "heading": 2,
        },
        breadcrumb=(*way_to(one, scene), Link(scene.to.service(one.id), scene.say.inline(one.name))),
        here=scene.t("page.from_form.here"),
        headers={"cache-control": "no-store"},
    )


def choice_page(services: Sequence[Service], times: FirstTimes, scene: Scene) -> Page:
    """Return the services that answer, where there are several."""
    return Page(
        template="catalogue/from_form_choice.html",
        title=scene.t("page.from_form.choice_title"),
        values={"services": shown_services(services, Timed(times), scene), "heading": 2},
        breadcrumb=(Link(scene.to.home(), scene.t("page.home")),),
        headers={"cache-control": "public, max-age=15"},
    )


def nobody_page(scene: Scene) -> Page:
    """Return what to do where nobody is known to answer questions about the form."""
    return Page(
        template="catalogue/from_form_nobody.html",
        title=scene.t("page.from_form.nobody_title"),
        breadcrumb=(Link(scene.to.home(), scene.t("page.home")),),
        status=404,
    )


def _of_a_list(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: asked[name] for name in ("channel", "language", "count") if asked.get(name)}
