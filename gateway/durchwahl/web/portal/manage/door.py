"""The page before the room, for the citizen and for the clerk."""

from durchwahl.booking.rooming import platform_of
from durchwahl.rooms.joining import Door
from durchwahl.texts import say_start
from durchwahl.web.outgoing import CONTENT_POLICY
from durchwahl.web.portal.contact import ShownContact, contact_for
from durchwahl.web.portal.manage.scene import Scene
from durchwahl.web.portal.needs import needs_said
from durchwahl.web.portal.rendering import Page

LEADING_AWAY = CONTENT_POLICY.replace("form-action 'self'", "form-action *")
"""The room is elsewhere, at an address made at the click: Chrome blocks the way there that follows a form (CSP 3)."""


def door_page(door: Door, token: str, scene: Scene, *, status: int = 200) -> Page:
    """Return when the room opens, what to have ready, and the button that leads in."""
    view, is_clerk = door.view, door.role == "clerk"
    is_ready, away = door.stands == "ready", leads_away(door, scene)
    opens = say_start(door.window.start, zone=view.booking.zone, language=scene.language)
    values = {
        "booking": view.booking.id,
        "token": token,
        "stands": door.stands,
        "is_clerk": is_clerk,
        "text": scene.say(f"page.join.{door.stands}", when=opens),
        "leaves": away,
        "facts": scene.facts(view),
        "needs": needs_said(view.particulars.needs.model_dump(), scene.language) if is_clerk else (),
        "documents": () if is_clerk else scene.booked.documents(view),
        "contact": ShownContact() if is_clerk or door.stands == "cancelled" else contact_for(view),
    }
    return Page(
        "manage/door.html",
        scene.say("page.join.heading_clerk" if is_clerk else "page.join.heading"),
        values,
        path=f"gespraech/{view.booking.id}/{token}",
        headers={"content-security-policy": LEADING_AWAY} if is_ready and away else {},
        status=status,
    )


def leads_away(door: Door, scene: Scene) -> bool:
    """Whether the room is elsewhere."""
    found = platform_of(scene.gateway.context, door.view.booking)
    return found is not None and not found[0].capabilities.built_in_room
