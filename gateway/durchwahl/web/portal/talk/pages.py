"""What the pages of a talk say."""

from durchwahl.rooms.joining import Door
from durchwahl.texts import translate
from durchwahl.web.outgoing import CONTENT_POLICY
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.contact import ShownContact, contact_for
from durchwahl.web.portal.rendering import Page, Renderer

DEVICE_HEADERS = {
    "content-security-policy": f"{CONTENT_POLICY}; script-src 'self'; connect-src 'self'; media-src 'self' blob:",
    "permissions-policy": "camera=(self), microphone=(self)",
}
"""A page with a camera runs our own scripts, which talk to us and to nobody else."""

ROOM_TEXTS = (
    "connecting", "connected", "reconnecting", "offline", "kept_waiting", "nobody", "somebody", "clerk_away",
    "guest_away", "left", "ended", "ended_clerk", "closed", "occupied", "lost", "flooded", "not_found", "unavailable",
    "broken", "other_muted", "other_camera_off", "other_both_off", "admitted", "silent",
    "own_none", "own_no_camera", "own_no_microphone",
)  # fmt: skip
BY_SCRIPT = "{number}"
"""Stands in a text until the script counts."""
DEVICE_TEXTS = (
    "on", "denied", "missing", "busy", "insecure", "no_camera", "camera_busy", "camera_denied", "no_microphone",
    "camera", "microphone", "tone",
)  # fmt: skip


def room_page(door: Door, token: str, renderer: Renderer, language: str) -> Page:
    """Return the room. To look at it changes nothing: its script takes a seat when a button is pressed."""
    view, to = door.view, renderer.addresses(language)
    is_clerk = door.role == "clerk"
    return Page(
        "talk/room.html",
        translate("page.room.heading_clerk" if is_clerk else "page.room.heading", language),
        {
            "role": door.role,
            "token": token,
            "calls": renderer.addresses("de").talk(view.booking.id),
            "door": to.talk(view.booking.id, token),
            "visitor": (view.particulars.person.name or "") if is_clerk else "",
            "department": "" if view.discreet else view.department_name(language),
            "when": renderer.said(language).when(view.start, view.end),
            "closes": renderer.said(language).clock(door.window.end),
            "phone": "" if is_clerk else view.department_phone() or "",
            "contact": ShownContact() if is_clerk else contact_for(view),
            "room_texts": _texts("page.room.said", ROOM_TEXTS, language),
            "device_texts": device_texts(language),
        },
        path=f"gespraech/{view.booking.id}/{token}/raum",
        headers=DEVICE_HEADERS,
    )


def devices_page(to: Addresses, language: str) -> Page:
    """Return the test of camera, microphone and speaker."""
    return Page(
        "talk/devices_page.html",
        translate("page.devices.heading", language),
        {"device_texts": device_texts(language), "home": to.home()},
        path="technik",
        headers=DEVICE_HEADERS,
    )


def device_texts(language: str) -> dict[str, str]:
    """Return what the device test's script says; `talk/devices.html` wants them as `device_texts`."""
    return _texts("page.devices.said", DEVICE_TEXTS, language)


def _texts(prefix: str, names: tuple[str, ...], language: str) -> dict[str, str]:
    return {name: translate(f"{prefix}.{name}", language, number=BY_SCRIPT) for name in names}
