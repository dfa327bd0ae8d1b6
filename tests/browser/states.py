"""Everything that a page can be about, made once through the interface: holds and bookings in each state."""

import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.browser.running import ROOT, Site, body_of, link_of, wait_until

CERTIFICATE = "buergeramt-meldebescheinigung"
PASSPORT = "buergeramt-reisepass"
PARKING = "strassen-und-tiefbauamt-bewohnerparkausweis"
PREGNANCY = "gesundheit-und-praevention-schwangerenberatung"
PERSON = {"name": "Erika Beispiel", "email": "erika@example.org", "phone": "0351 4567890"}
RENEWED = timedelta(minutes=5)
"""A hold lasts ten."""


@dataclass(frozen=True)
class Booking:
    """A booking, and where its pages are below a language."""

    answer: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"termin/{self.answer['id']}/{self.answer['manage_token']}"

    @property
    def talk(self) -> str:
        return "gespraech/" + str(self.answer["join_url"]).split("/gespraech/")[1]

    @property
    def start(self) -> datetime:
        return datetime.fromisoformat(self.answer["start"])

    @property
    def end(self) -> datetime:
        return datetime.fromisoformat(self.answer["end"])


@dataclass
class Interface:
    """What the pages stand on, asked directly."""

    site: Site
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.site.base, trust_env=False, timeout=30)

    def slots(self, service: str, channel: str, **asked: str) -> list[dict[str, Any]]:
        """Return free times, the first one first."""
        answer = self.client.get(f"v1/services/{service}/slots", params={"channel": channel, **asked})
        return list(answer.raise_for_status().json()["items"])

    def hold(self, service: str, channel: str = "video", place: int = 0, **asked: str) -> dict[str, Any]:
        """Hold the n-th free time."""
        return self.hold_slot(self.slots(service, channel, **asked)[place]["slot"])

    def hold_slot(self, slot: str) -> dict[str, Any]:
        """Hold a free time."""
        answer = self.client.post("v1/holds", json={"slot": slot}, headers=_key())
        return dict(answer.raise_for_status().json())

    def fill_in(self, hold: Mapping[str, Any]) -> None:
        """Send a hold's form."""
        sent = {"token": hold["token"], "support_person": "1", "interpreter": "uk", **PERSON}
        answer = self.client.post(f"termin/neu/{hold['id']}/angaben", data=sent)
        assert answer.headers["location"].endswith("/pruefen"), answer.text

    def book(self, service: str, channel: str = "video", place: int = 0, **more: Any) -> Booking:
        """Book the n-th free time."""
        hold = self.hold(service, channel, place)
        names = {one["name"] for one in hold["fields"]}
        person = {key: value for key, value in PERSON.items() if key in names}
        wish = {"hold": hold["id"], "token": hold["token"], "person": person, **more}
        answer = self.client.post("v1/bookings", json=wish, headers=_key())
        return Booking(answer.raise_for_status().json())

    def cancel(self, booking: Booking) -> None:
        """Cancel a booking."""
        headers = {**_key(), "Authorization": f"Bearer {booking.answer['manage_token']}"}
        self.client.post(f"v1/bookings/{booking.answer['id']}/cancel", headers=headers).raise_for_status()

    def status(self, booking: Booking) -> str:
        """Return what has become of a booking."""
        return str(self.seen(booking)["status"])

    def seen(self, booking: Booking) -> dict[str, Any]:
        """Return a booking as it is now."""
        headers = {"Authorization": f"Bearer {booking.answer['manage_token']}"}
        return dict(self.client.get(f"v1/bookings/{booking.answer['id']}", headers=headers).raise_for_status().json())


def showing_everything(folder: Path) -> Path:
    """Write Dresden's example with one offer that asks to confirm the mail address; return its gateway.toml."""
    shutil.copytree(ROOT / "config", folder / "config")
    path = folder / "config" / "departments" / "strassen-und-tiefbauamt.toml"
    text = path.read_text(encoding="utf-8")
    assert "[offers.bewohnerparken]" in text
    path.write_text(text.replace("[offers.bewohnerparken]", "[offers.bewohnerparken]\nverify_email = true"), "utf-8")
    gateway = folder / "config" / "gateway.toml"
    rooms = re.compile(r"\[sources\.raeume\]\n.*?(?=\n# What the motion)", re.DOTALL)
    text, count = rooms.subn('[sources.raeume]\ntype = "room"\n', gateway.read_text(encoding="utf-8"))
    assert count == 1
    gateway.write_text(text, encoding="utf-8")
    return gateway


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


@dataclass
class States:
    """One of each. `hold` is renewed when it is asked for near its end."""

    site: Site
    interface: Interface
    past: Booking
    expired: dict[str, Any]
    open: Booking
    video: Booking
    phone: Booking
    discreet: Booking
    cancelled: Booking
    unverified: str
    clerk: str
    _holds: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def hold(self) -> str:
        """Return the path of a living hold's form, which is empty."""
        return self._renewed("empty", self._held)

    def filled(self) -> str:
        """Return the path of a living hold's form, which is filled in."""
        return self._renewed("filled", lambda: self._held(fill=True))

    def slot(self) -> str:
        """Return a free time."""
        return str(self.interface.slots(CERTIFICATE, "phone")[4]["slot"])

    def _renewed(self, name: str, made: Callable[[], str]) -> str:
        now = self.site.clock.now()
        if name not in self._holds or now - self._holds[name][0] > RENEWED:
            self._holds[name] = now, made()
        return self._holds[name][1]

    def _held(self, *, fill: bool = False) -> str:
        hold = self.interface.hold(CERTIFICATE, "phone", 3)
        if fill:
            self.interface.fill_in(hold)
        return path_of(hold)


def path_of(hold: Mapping[str, Any]) -> str:
    """Return the path of a hold's form."""
    return f"termin/neu/{hold['id']}/{hold['token']}"


@contextmanager
def made(site: Site) -> Iterator[States]:
    """Make everything: what shall be past first. Afterwards a talk is about to begin."""
    interface = Interface(site)
    try:
        yield _made(site, interface)
    finally:
        interface.client.close()


def _made(site: Site, interface: Interface) -> States:
    expired = interface.hold(CERTIFICATE, "video", 2)
    past = interface.book("buergeramt-ummeldung-hauptwohnung")
    talk = interface.book(PASSPORT)  # its times begin on Monday at 13:00
    assert past.end < talk.start
    site.clock.put(talk.start - timedelta(minutes=5))
    cancelled = interface.book(CERTIFICATE, "video", 5)
    interface.cancel(cancelled)
    wait_until(lambda: interface.status(cancelled) == "cancelled", "the booking stays")
    interface.book(PARKING, "video", 1)
    confirmation = link_of(site.mail(to=PERSON["email"], about="/bestaetigen/"), "/bestaetigen/")
    return States(
        site=site,
        interface=interface,
        past=past,
        expired=expired,
        open=talk,
        video=interface.book(CERTIFICATE, "video", 0, needs={"interpreter": "uk", "captions": True}),
        phone=interface.book(CERTIFICATE, "phone", 1),
        discreet=interface.book(PREGNANCY, "video"),
        cancelled=cancelled,
        unverified=_below(site, confirmation),
        clerk=_clerks(site, talk),
    )


def _clerks(site: Site, talk: Booking) -> str:
    part = f"/gespraech/{talk.answer['id']}/"
    mail = site.mail(to="buergeramt-platz", about=part)
    assert part in body_of(mail)
    return _below(site, link_of(mail, part))


def _below(site: Site, link: str) -> str:
    return link.removeprefix(site.base).rstrip(".")
