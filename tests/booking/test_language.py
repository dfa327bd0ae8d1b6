"""Who booked a talk in a language gets it in that language, wherever the booking is moved."""

from pathlib import Path
from typing import Any

import pytest

from durchwahl.errors import Rejected
from tests.booking.desk import Desk, Hanging, at_rest, impatient
from tests.booking.looking import ask, rows, seen, text_of
from tests.gateways import DEPARTMENT, City, bearer, city, key

BOTH_ARE_WRITTEN_TO = DEPARTMENT.replace('"de", "gsg"]', '"de", "gsg"]\nmail = "platz-2@teststadt.example"')
ENGLISH_ONLY = DEPARTMENT.replace('languages = ["de", "en"]', 'languages = ["en"]').replace(
    '["de", "gsg"]', '["en", "fr"]'
)


async def lane_of(here: City, booking: dict[str, Any]) -> str:
    found = await rows(here, f"SELECT lane FROM placement WHERE booking = '{booking['id']}' ORDER BY placement DESC")
    return str(found[0][0])


async def test_a_booking_for_a_signing_lane_moves_to_a_signing_lane_whatever_the_slot_was_sought_for(
    tmp_path: Path,
) -> None:
    async with city(tmp_path) as here:
        slots, english = await here.slots(), await here.slots(language="en")
        booking = await here.booked(language="gsg")
        for slot in (slots[5], english[7]):
            answer = await ask(here, booking, "reschedule", slot=slot["slot"])
            assert (answer.status_code, answer.json()["start"]) == (200, slot["start"])
            assert answer.json()["language"] == "gsg"
            await at_rest(here)
            assert await lane_of(here, booking) == "platz-2"


async def test_a_time_at_which_nobody_signs_is_refused_with_times_at_which_somebody_does(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots, signed = await here.slots(), await here.slots(language="gsg")
        booking = await here.booked(language="gsg")
        await here.hold(signed[5]["slot"])  # the signing clerk's only place; the other clerk is free
        answer = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
        nearest = answer.json()["alternatives"]
        assert nearest
        assert all("gsg" in one["languages"] for one in nearest)
        assert (await seen(here, booking))["start"] == booking["start"]
        moved = await ask(here, booking, "reschedule", slot=nearest[0]["slot"])
        assert (moved.status_code, await lane_of(here, booking)) == (200, "platz-2")


async def test_a_booking_without_a_wish_moves_to_any_lane(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots, signed = await here.slots(), await here.slots(language="gsg")
        booking = await here.booked()
        await here.hold(signed[5]["slot"])
        answer = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        assert (answer.status_code, answer.json()["language"]) == (200, None)


async def test_who_moves_to_a_time_sought_for_a_language_wishes_it_from_then_on(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots, signed = await here.slots(), await here.slots(language="gsg")
        booking = await here.booked()
        first = await ask(here, booking, "reschedule", slot=signed[5]["slot"])
        assert (first.json()["language"], await lane_of(here, booking)) == ("gsg", "platz-2")
        await at_rest(here)
        await ask(here, booking, "reschedule", slot=slots[7]["slot"])
        assert await lane_of(here, booking) == "platz-2"


async def test_the_lost_answer_of_a_move_offers_times_in_the_language_too(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked(language="gsg")
        await at_rest(here)
        desk.will("occupants", hanging)
        sent = {"headers": {**bearer(booking["manage_token"]), **key()}, "json": {"slot": slots[5]["slot"]}}
        url = f"/v1/bookings/{booking['id']}/reschedule"
        with impatient():
            assert (await here.client.post(url, **sent)).status_code == 202
        desk.will("ensure", Rejected("no"))
        hanging.go.set()
        await at_rest(here)
        await here.gateway.store.write(lambda tx: tx.run("UPDATE idempotency SET answer = NULL, lease = 0"))
        again = await here.client.post(url, **sent)
        assert (again.status_code, again.json()["code"]) == (409, "slot-taken")
        assert all("gsg" in one["languages"] for one in again.json()["alternatives"])


async def test_mails_and_page_name_the_language_that_was_wished(tmp_path: Path) -> None:
    async with city(tmp_path, department=BOTH_ARE_WRITTEN_TO) as here:
        booking = await here.booked(language="gsg")
        await at_rest(here)
        (citizen,), (clerk,) = here.outbox.to("erika"), here.outbox.to("platz-2")
        assert "Sprache: Deutsche Gebärdensprache" in text_of(citizen)
        assert "Sprache: Deutsche Gebärdensprache" in text_of(clerk)
        page = (await here.client.get(booking["manage_url"])).text
        assert "Deutsche Gebärdensprache" in page


@pytest.mark.parametrize("letter", ["change", "cancellation"])
async def test_the_clerk_reads_the_language_in_every_mail(tmp_path: Path, letter: str) -> None:
    async with city(tmp_path, department=BOTH_ARE_WRITTEN_TO) as here:
        slots = await here.slots(language="gsg")
        booking = await here.booked(language="gsg")
        await at_rest(here)
        if letter == "change":
            await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        else:
            await ask(here, booking, "cancel")
        await at_rest(here)
        assert "Sprache: Deutsche Gebärdensprache" in text_of(here.outbox.to("platz-2")[-1])


async def test_the_calendar_entry_names_the_language_that_was_wished(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        await here.booked(language="gsg")
        (entry,) = desk.entries.values()
        assert "Sprache: Deutsche Gebärdensprache" in entry.description.splitlines()


async def test_where_nothing_was_wished_german_goes_without_saying(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        assert "Sprache" not in "".join(text_of(mail) for mail in here.outbox.mails)
        assert "<dt>Sprache</dt>" not in (await here.client.get(booking["manage_url"])).text


async def test_where_nobody_speaks_german_the_languages_are_named(tmp_path: Path) -> None:
    async with city(tmp_path, department=ENGLISH_ONLY) as here:
        await here.booked()
        await at_rest(here)
        (citizen,) = here.outbox.to("erika")
        assert "Sprache: Englisch oder Französisch" in text_of(citizen)
