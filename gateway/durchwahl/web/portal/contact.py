"""How an office is reached by anybody, in the form in which pages show it."""

from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from durchwahl.booking.views import View
from durchwahl.model.catalogue import Contact


@dataclass(frozen=True)
class ShownContact:
    """How an office is reached; each part is empty where there is none."""

    phone: str = ""
    telephone: str = ""
    hours: str = ""
    email: str = ""
    mailto: str = ""
    url: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.phone or self.hours or self.mailto or self.url)


def shown_contact(contact: Contact) -> ShownContact:
    """Return how an office is reached."""
    return ShownContact(
        phone=contact.phone or "",
        telephone=telephone(contact.phone),
        hours=contact.hours or "",
        email=contact.email or "",
        mailto=mailto(contact.email),
        url=web_address(contact.url),
    )


def contact_for(view: View) -> ShownContact:
    """Return how a booking's office is reached; for a discreet one by the number alone: addresses name topics."""
    department = view.context.snapshot().department_by_id.get(view.department)
    if department is None:
        return ShownContact()
    shown = shown_contact(department.contact)
    return replace(shown, email="", mailto="", url="") if view.discreet else shown


def web_address(url: str | None) -> str:
    """Return an address that a page may link: http(s) with a host, whatever a catalogue says; else empty."""
    try:
        parts = urlsplit((url or "").strip())
        is_sound = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return (url or "").strip() if is_sound else ""


def telephone(phone: str | None) -> str:
    """Return the `tel:` address of a number as people write it; empty where it has no digits."""
    digits = "".join(character for character in phone or "" if character in "+0123456789")
    return f"tel:{digits}" if digits.strip("+") else ""


def mailto(address: str | None) -> str:
    """Return the `mailto:` address; empty where there is none."""
    return f"mailto:{quote(address, safe='@')}" if address and "@" in address else ""
