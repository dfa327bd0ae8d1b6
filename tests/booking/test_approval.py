"""A booking that its department has to approve: it waits with its place taken, until somebody says yes or no."""

from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.notes import Note
from durchwahl.booking.transitions import approval
from durchwahl.plugin import Interval
from tests.booking.desk import SOURCE, Desk, at_rest
from tests.booking.looking import ask, link_in, press, rows, seen, status_of, text_of
from tests.gateways import DEPARTMENT, City, city, key

pytestmark = pytest.mark.usefixtures("on_both")

SERVICE = "buergeramt-fuehrungszeugnis"
APPROVED = DEPARTMENT.replace("verify_email = true", "approval = true")
BOTH = DEPARTMENT.replace("verify_email = true", "verify_email = true\napproval = true")


async def requested(here: City, place: int = 0, **more: Any) -> dict[str, Any]:
    hold = (await here.hold((await here.slots(SERVICE))[place]["slot"])).json()
    answer = await here.book(hold, **more)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending_approval")
    await at_rest(here)
    return dict(answer.json())


async def approved(here: City, booking: dict[str, Any]) -> None:
    offer = here.gateway.offers["buergeramt/bestaetigt"]
    in_journal = here.gateway.sources.open[SOURCE].capabilities.records == "journal"
    await here.gateway.store.write(approval.approve, booking["id"], offer.table, is_in_journal=in_journal)
    here.gateway.context.wake.set()
    await at_rest(here)


async def refused(here: City, booking: dict[str, Any], reason: str = "") -> None:
    (row,) = [one for one in await rows(here, "SELECT id, placement FROM booking") if one[0] == booking["id"]]
    found = await here.gateway.bookings.get(booking["id"], booking["manage_token"])
    note = Note("refused", row[1], reason).sealed(found.key) if reason else None
    await here.gateway.store.write(approval.refuse, booking["id"], note)
    await at_rest(here)


async def test_a_request_waits_with_its_place_taken_and_both_sides_are_told(tmp_path: Path) -> None:
    async with city(tmp_path, department=APPROVED) as here:
        before = (await here.slots(SERVICE))[0]["remaining"]
        await requested(here)
        assert (await here.slots(SERVICE))[0]["remaining"] == before - 1
        (mail,) = here.outbox.to("erika@example.org")
        assert "Ihre Terminanfrage ist bei uns angekommen" in text_of(mail)
        assert "Bescheid bis: Donnerstag, 26. November 2026" in text_of(mail)
        (clerks,) = here.outbox.to("platz-1@teststadt.example")
        assert "wartet eine Terminanfrage" in text_of(clerks)
        assert [part.get_filename() for part in clerks.iter_attachments()] == []


async def test_an_approved_request_is_confirmed_and_both_sides_are_told(tmp_path: Path) -> None:
    async with city(tmp_path, department=APPROVED) as here:
        booking = await requested(here)
        await approved(here, booking)
        assert await status_of(here, booking) == "confirmed"
        subjects = [str(mail["Subject"]) for mail in here.outbox.to("erika@example.org")]
        assert ["Terminanfrage" in one for one in subjects] == [True, False]
        assert "Neuer Termin" in str(here.outbox.to("platz-1@teststadt.example")[-1]["Subject"])


async def test_an_approved_request_is_written_into_the_departments_calendar(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, APPROVED)) as here:
        booking = await requested(here)
        assert desk.entries == {}
        await approved(here, booking)
        assert await status_of(here, booking) == "confirmed"
        assert len(desk.entries) == 1


async def test_an_approved_request_whose_time_a_clerk_has_taken_meanwhile_fails_and_its_citizen_is_told(
    tmp_path: Path,
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, APPROVED)) as here:
        booking = await requested(here)
        (place,) = await rows(here, "SELECT lane FROM placement")
        shown = await here.gateway.bookings.get(booking["id"], booking["manage_token"])
        desk.foreign.append((place[0], Interval(shown.start, shown.end)))
        await approved(here, booking)
        assert await status_of(here, booking) == "failed"
        assert "ist nicht gebucht" in str(here.outbox.to("erika@example.org")[-1]["Subject"])


async def test_a_refused_request_frees_its_place_and_says_why(tmp_path: Path) -> None:
    async with city(tmp_path, department=APPROVED) as here:
        before = (await here.slots(SERVICE))[0]["remaining"]
        booking = await requested(here)
        await refused(here, booking, "Dafür ist das Ordnungsamt zuständig.")
        assert await status_of(here, booking) == "refused"
        assert (await here.slots(SERVICE))[0]["remaining"] == before
        said = text_of(here.outbox.to("erika@example.org")[-1])
        assert "Das Amt schreibt dazu: Dafür ist das Ordnungsamt zuständig." in said
        assert f"/leistung/{SERVICE}/termine?channel=video" in said
        page = await here.client.get(booking["manage_url"])
        assert "Dafür ist das Ordnungsamt zuständig." in page.text
        assert b"Ordnungsamt" not in b"".join(one[0] for one in await rows(here, "SELECT note FROM booking"))


async def test_a_request_that_nobody_answers_expires_and_its_citizen_is_told_kindly(tmp_path: Path) -> None:
    department = APPROVED.replace("approval = true", 'approval = true\napproval_within = "2h"')
    async with city(tmp_path, department=department) as here:
        before = (await here.slots(SERVICE))[0]["remaining"]
        booking = await requested(here)
        here.clock.forward(hours=2, minutes=1)
        await at_rest(here)
        assert await status_of(here, booking) == "expired"
        assert (await here.slots(SERVICE))[0]["remaining"] == before
        assert "nicht rechtzeitig bestätigt" in text_of(here.outbox.to("erika@example.org")[-1])
        with pytest.raises(approval.NotAwaited, match="expired"):
            await approved(here, booking)


async def test_a_request_waits_no_longer_than_until_its_start(tmp_path: Path) -> None:
    department = APPROVED.replace("approval = true", 'approval = true\napproval_within = "30d"')
    async with city(tmp_path, department=department) as here:
        await requested(here)
        assert await rows(here, "SELECT expires - starts FROM booking") == [(0,)]


async def test_a_citizen_can_cancel_while_the_department_thinks(tmp_path: Path) -> None:
    async with city(tmp_path, department=APPROVED) as here:
        before = (await here.slots(SERVICE))[0]["remaining"]
        booking = await requested(here)
        assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"
        await at_rest(here)
        assert (await here.slots(SERVICE))[0]["remaining"] == before
        assert "abgesagt" in str(here.outbox.to("erika@example.org")[-1]["Subject"])
        assert "abgesagt" in str(here.outbox.to("platz-1@teststadt.example")[-1]["Subject"])
        here.clock.forward(days=4)
        await at_rest(here)
        assert await status_of(here, booking) == "cancelled"


@pytest.mark.parametrize("verb", ["approve", "refuse"])
async def test_a_request_is_answered_once(tmp_path: Path, verb: str) -> None:
    answered = approved if verb == "approve" else refused
    async with city(tmp_path, department=APPROVED) as here:
        booking = await requested(here)
        await answered(here, booking)
        written = len(here.outbox.mails)
        with pytest.raises(approval.NotAwaited, match=r"it is (confirmed|refused)"):
            await approved(here, booking)
        with pytest.raises(approval.NotAwaited, match=r"it is (confirmed|refused)"):
            await refused(here, booking)
        await at_rest(here)
        assert len(here.outbox.mails) == written


async def test_the_same_key_asks_once_and_is_answered_alike(tmp_path: Path) -> None:
    async with city(tmp_path, department=APPROVED) as here:
        hold = (await here.hold((await here.slots(SERVICE))[0]["slot"])).json()
        wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "A", "email": "a@example.org"}}
        same = key()
        first = await here.client.post("/v1/bookings", json=wish, headers=same)
        await at_rest(here)
        await approved(here, first.json())
        again = await here.client.post("/v1/bookings", json=wish, headers=same)
        assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
        assert int(first.headers["retry-after"]) >= 60
        assert len(here.outbox.to("a@example.org")) == 2


async def test_where_the_mail_has_to_be_proved_too_the_department_is_asked_after_that(tmp_path: Path) -> None:
    async with city(tmp_path, department=BOTH) as here:
        hold = (await here.hold((await here.slots(SERVICE))[0]["slot"])).json()
        booking = (await here.book(hold)).json()
        await at_rest(here)
        assert (booking["status"], here.outbox.to("platz-1@teststadt.example")) == ("pending_activation", [])
        page = await press(here, link_in(here, "bestaetigen"))
        assert "Das Amt muss diesen Termin noch bestätigen" in page.text
        await at_rest(here)
        assert await status_of(here, booking) == "pending_approval"
        assert len(here.outbox.to("platz-1@teststadt.example")) == 1
        here.clock.forward(hours=3)  # far beyond the time of the hold
        await at_rest(here)
        await approved(here, booking)
        assert (await seen(here, booking))["status"] == "confirmed"


async def test_requests_count_among_the_bookings_that_one_client_may_make(tmp_path: Path) -> None:
    desk = APPROVED.replace('hours = { thu = ["09:00-11:00"] }', 'hours = { thu = ["09:00-18:00"] }')
    async with city(tmp_path, department=desk) as here:
        slots = [one["slot"] for one in await here.slots(SERVICE) for _ in range(one["remaining"])]
        for slot in slots[:20]:
            held = await here.hold(slot)
            assert held.status_code == 201
            assert (await here.book(held.json())).status_code == 202
        assert (await here.hold(slots[20])).json()["code"] == "booking-limit"


@pytest.mark.parametrize(
    ("language", "said"),
    [("", "Es sagt bis"), ("en/", "It will accept or decline by")],
)
async def test_the_page_of_a_request_says_until_when_it_waits(tmp_path: Path, language: str, said: str) -> None:
    async with city(tmp_path, department=APPROVED) as here:
        booking = await requested(here)
        address = booking["manage_url"].replace("/termin/", f"/{language}termin/")
        page = (await here.client.get(address)).text
        assert said in page
        made = f"/{language}termin/{booking['id']}/{booking['manage_token']}/gebucht"
        title = {"": "Ihre Anfrage ist beim Amt", "en/": "Your request is with the office"}[language]
        assert title in (await here.client.get(made)).text
