"""What the plain pages say."""

from urllib.parse import urlsplit

from durchwahl.booking.views import View
from durchwahl.errors import Problem
from durchwahl.model.problems import PROBLEMS
from durchwahl.model.states import LIVE, State
from durchwahl.rooms.joining import Door
from durchwahl.texts import say_languages, say_start, say_when, translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.outgoing import CONTENT_POLICY
from durchwahl.web.portal.pages import PageContent, PageForm, PageLink

LEADING_AWAY = CONTENT_POLICY.replace("form-action 'self'", "form-action *")
"""The room is elsewhere, at an address made at the click: Chrome blocks the way there that follows a form (CSP 3)."""
CANCELLABLE = LIVE | {State.CONFIRMING, State.AWAITING_EMAIL, State.AWAITING_APPROVAL}


def manage_page(view: View, token: str, gateway: Gateway, language: str) -> PageContent:
    """Return the appointment's page: what was booked, and the button that cancels it."""
    state = State(view.booking.state)
    is_cancelled = state in (State.CANCELLING, State.CANCELLED)
    status = f"page.manage.{state}" if is_cancelled else f"status.{state}"
    return PageContent(
        title=translate("page.manage.heading", language),
        texts=[translate(status, language)],
        facts=facts(view, gateway, language),
        documents=view.documents(language) if state in LIVE else (),
        links=_links(view, language) if state in LIVE else (),
        form=_cancelling(view, token, gateway, language)
        if state in CANCELLABLE and view.end > gateway.clock()
        else None,
    )


def door_page(door: Door, token: str, gateway: Gateway, language: str) -> PageContent:
    """Return the page before the room."""
    opens = say_start(door.window.start, zone=door.view.booking.zone, language=language)
    values = {"when": opens} if door.stands == "too_early" else {}
    texts = [translate(f"page.join.{door.stands}", language, **values)]
    is_ready = door.stands == "ready"
    if is_ready:
        texts.append(translate("page.join.leaves", language))
    button = translate("page.join.button", language)
    phone = door.view.department_phone()
    if phone and door.stands != "cancelled":
        texts.append(translate("page.join.phone", language, phone=phone))
    return PageContent(
        title=translate("page.join.heading_clerk" if door.role == "clerk" else "page.join.heading", language),
        texts=texts,
        facts=facts(door.view, gateway, language),
        form=PageForm(_address(gateway, "gespraech", door.view.booking.id), token, button) if is_ready else None,
        headers={"content-security-policy": LEADING_AWAY} if is_ready else {},
    )


def problem_page(problem: Problem, language: str) -> PageContent:
    """Return a problem as a page that says what to do."""
    return PageContent(
        title=translate(f"problem.{problem.code}.title", language),
        texts=[translate(f"problem.{problem.code}.detail", language)],
        status=PROBLEMS[problem.code],
    )


def facts(view: View, gateway: Gateway, language: str) -> list[tuple[str, str]]:
    """Return when, what, where and how; a discreet appointment's topic is not named."""
    city = gateway.settings.gateway.city
    said = {"when": say_when(view.start, view.end, zone=view.booking.zone, language=language, city=city)}
    if not view.discreet:
        said["what"] = ", ".join(view.service_names(language))
        said["where"] = view.department_name(language)
    said["how"] = translate(f"channel.{view.booking.channel}", language)
    if view.languages:
        said["language"] = say_languages(view.languages, language)
    said["reference"] = view.booking.reference
    return [(translate(f"page.manage.{name}", language), text) for name, text in said.items()]


def _links(view: View, language: str) -> list[PageLink]:
    links = [PageLink(f"{_local(view.manage_url())}/termin.ics", translate("page.manage.calendar", language))]
    if (join := view.join_url()) is not None:
        links.append(PageLink(_local(join), translate("page.manage.join", language)))
    return links


def _local(url: str) -> str:
    """Return the address without scheme and host: a page works under every name that leads to it."""
    return urlsplit(url).path


def verify_page(booking_id: str, token: str, gateway: Gateway, language: str) -> PageContent:
    """Return the page with the button that confirms a mail address."""
    action = _address(gateway, "termin", booking_id, "bestaetigen")
    return PageContent(
        title=translate("page.verify.heading", language),
        texts=[translate("page.verify.explained", language)],
        form=PageForm(action, token, translate("page.verify.button", language)),
    )


def verified_page(language: str) -> PageContent:
    """Return the page after the button."""
    return PageContent(
        title=translate("page.verify.heading", language), texts=[translate("page.verify.done", language)]
    )


def _cancelling(view: View, token: str, gateway: Gateway, language: str) -> PageForm:
    return PageForm(
        action=_address(gateway, "termin", view.booking.id, "absagen"),
        token=token,
        button=translate("page.manage.cancel_button", language),
        heading=translate("page.manage.cancel_heading", language),
        explained=translate("page.manage.cancel_explained", language),
    )


def _address(gateway: Gateway, *parts: str) -> str:
    """Return where a form goes: under every name that leads to the page, and without its token."""
    return "/".join([gateway.settings.prefix, *parts])
