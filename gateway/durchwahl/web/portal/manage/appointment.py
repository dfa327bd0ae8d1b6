"""The page of an appointment: what was booked, how to take part, and what can be done with it."""

from datetime import timedelta
from typing import Any

from durchwahl.booking.context import instant, milliseconds
from durchwahl.booking.rooming import join_window
from durchwahl.booking.transitions.change import is_cancellable
from durchwahl.booking.views import View
from durchwahl.model.states import LIVE, State
from durchwahl.web.portal.contact import contact_for
from durchwahl.web.portal.manage.scene import Scene
from durchwahl.web.portal.needs import needs_said
from durchwahl.web.portal.rendering import Page

_CANCELLED = frozenset({State.CANCELLING, State.CANCELLED})
_FAILED = frozenset({State.FAILED, State.UNDOING})
_LOST = _CANCELLED | _FAILED | {State.EXPIRED, State.RELEASED, State.RELEASING, State.REFUSED}
_PENDING = frozenset({State.CONFIRMING, State.AWAITING_EMAIL, State.AWAITING_APPROVAL, State.UNRESOLVED})
LONGEST_IN_MINUTES = 120
"""A room that opens earlier than this before its talk has a date and a time."""
DONE = frozenset({"verlegt", "kontakt"})
"""What a page may say has just happened; whatever else stands in an address is not repeated."""
JUST_NOW = timedelta(minutes=5)
"""After this a page that is loaded again says it no more."""


def appointment_page(view: View, token: str, scene: Scene, *, done: str = "", goes: bool = False) -> Page:
    """Return the page; `done` is what has just happened, `goes` that the booking is about to be erased."""
    state, now = State(view.booking.state), scene.gateway.clock()
    is_live = state in LIVE
    values: dict[str, Any] = {
        "booking": view.booking.id,
        "token": token,
        "done": _done(view, scene, done) if is_live else "",
        "goes": goes,
        "state": scene.say(f"status.{state}"),
        "badge": _badge(state),
        "texts": _texts(view, scene),
        "facts": scene.facts(view),
        "phone_mode": scene.phone_mode(view) if is_live else "",
        "needs": needs_said(view.particulars.needs.model_dump(), scene.language),
        "documents": scene.booked.documents(view) if is_live else (),
        "room": _room(view, scene),
        "is_live": is_live,
        "can_move": can_move(view, scene),
        "can_cancel": is_cancellable(view.booking, milliseconds(now)),
        "can_correct": is_live and view.offer is not None and view.end > now,
        "again": _again(view, scene) if state in _LOST or view.end <= now else "",
        "contact": contact_for(view),
        "questions": "" if view.discreet else view.department_name(scene.language),
    }
    title = scene.say("page.manage.heading")
    return Page("manage/appointment.html", title, values, path=f"termin/{view.booking.id}/{token}")


def can_move(view: View, scene: Scene) -> bool:
    """Whether another time can be chosen now: before it begins, and of what is still offered."""
    booking, offer = view.booking, view.offer
    if booking.state != State.CONFIRMED or view.start <= scene.gateway.clock() or offer is None:
        return False
    is_known = all(service in scene.gateway.snapshot.by_id for service, _ in view.services)
    return is_known and offer.accepts(view.services, booking.channel)


def _texts(view: View, scene: Scene) -> list[str]:
    """Return what the state means for the citizen."""
    state, is_over = State(view.booking.state), view.end <= scene.gateway.clock()
    if (said := _by_office(view, scene)) and not is_over:
        return said
    if state in _CANCELLED:
        return [scene.say(f"page.manage.{state}")]
    if state in _FAILED or (state == State.RELEASED and view.booking.failure):
        return [scene.reason("failed", view.booking.failure)]
    if state == State.AWAITING_EMAIL:
        return [scene.say("page.manage.awaiting_email")]
    if state == State.AWAITING_APPROVAL and view.approved_until is not None:
        return [scene.say("page.manage.awaiting_approval", when=scene.said.start(view.approved_until))]
    if state == State.UNRESOLVED:
        return [scene.say("mail.unresolved.intro")]
    if state in _PENDING:
        return [scene.say("page.manage.pending")]
    if state == State.RESCHEDULING:
        return [scene.say("page.manage.rescheduling")]
    if state in _LOST:
        return [scene.say("page.manage.lost")]
    return [scene.say("page.manage.over")] if is_over or state not in LIVE else []


def _by_office(view: View, scene: Scene) -> list[str]:
    """Return what the office has done with the booking, and why; empty where it has done nothing."""
    note = view.note
    if note is None:
        return []
    why = [scene.say("mail.reason", reason=note.reason)] if note.reason else []
    return [scene.say(f"page.manage.{note.kind}"), *why]


def _badge(state: State) -> str:
    if state in LIVE:
        return "success"
    return "warning" if state in _PENDING else "danger" if state in _LOST else "info"


def _done(view: View, scene: Scene, done: str) -> str:
    booking = view.booking
    is_new = scene.gateway.clock() - instant(booking.updated) <= JUST_NOW
    if done not in DONE or booking.state != State.CONFIRMED or not is_new:
        return ""
    if done == "verlegt" and booking.placement == 1:
        return ""
    return scene.say(f"page.manage.done.{done}", when=scene.start(view))


def _room(view: View, scene: Scene) -> dict[str, Any] | None:
    """Return the way into the room: its address in this page's language, and when it opens; None where there is none.

    It stays open a little after the end: who has dropped out of a long talk finds the way back here.
    """
    window, now = join_window(view), scene.gateway.clock()
    is_kept = view.booking.state in LIVE | {State.COMPLETED} and now < window.end
    if view.booking.channel != "video" or not is_kept:
        return None
    early = round((view.start - window.start) / timedelta(minutes=1))
    if window.start <= now:
        opens = scene.say("page.manage.room_open")
    elif early > LONGEST_IN_MINUTES:
        opens = scene.say("page.manage.room_opens_on", when=scene.said.start(window.start))
    else:
        opens = scene.say("page.manage.room_opens", minutes=str(early))
    href = scene.to.talk(view.booking.id, view.key.token("join-citizen", 0))
    return {"href": href, "opens": opens, "is_open": window.start <= now}


def _again(view: View, scene: Scene) -> str:
    """Return where another time can be chosen; a discreet topic stands in no address here."""
    service, _ = view.services[0]
    if view.discreet or view.offer is None or service not in scene.gateway.snapshot.by_id:
        return scene.to.home()
    return scene.to.times(service, channel=view.booking.channel, language=view.booking.language)
