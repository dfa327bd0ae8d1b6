"""Whoever was given up for dead and writes all the same leaves nothing behind, and takes nothing away."""

from dataclasses import replace
from pathlib import Path

import pytest

from durchwahl.booking.references import sealed_ref
from durchwahl.booking.transitions import late
from durchwahl.booking.transitions.late import Noted
from durchwahl.errors import OutcomeUnknown
from durchwahl.store import places
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx
from tests.booking.desk import Desk, Hanging, Lost, at_rest, impatient, later
from tests.booking.looking import ask, interval_of, rows, seen
from tests.booking.waiting import half_booked, lease_over, until
from tests.gateways import City, bearer, city

pytestmark = pytest.mark.usefixtures("on_both")

NOTHING = {"placement": [], "unit_slot": [], "step": []}


class MovesOn:
    """Says of each booking, or of the first one only, that it has moved on since it was looked at."""

    def __init__(self, *, once: bool = False) -> None:
        self._most = 1 if once else None
        self.asked = 0

    def __call__(self, tx: Tx, booking: Booking) -> None:
        self.asked += 1
        if self._most is None or self.asked <= self._most:
            raise Superseded(f"booking {booking.id} has moved on")


async def correct(here: City, booking: dict[str, str], **person: str) -> int:
    url = f"/v1/bookings/{booking['id']}/contact"
    answer = await here.client.post(url, json=person, headers=bearer(booking["manage_token"]))
    return answer.status_code


async def link(here: City) -> tuple[str, str]:
    """Book, and return what leads to the booking."""
    booking = await here.booked()
    await at_rest(here)
    return booking["id"], booking["manage_token"]


async def left(here: City) -> dict[str, list[tuple[object, ...]]]:
    duties = "SELECT id FROM step WHERE kind = 'reconcile'"
    found = {table: await rows(here, f"SELECT * FROM {table}") for table in NOTHING}
    return {**found, "step": [row for row in found["step"] if (row[0],) not in await rows(here, duties)]}


async def test_a_late_clearing_of_an_earlier_move_leaves_the_present_place_taken(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        wanted = interval_of(slots[5])
        desk.meanwhile += [("platz-1", wanted), ("platz-2", wanted)]
        desk.will("delete", hanging)
        assert (await ask(here, booking, "reschedule", slot=slots[5]["slot"])).status_code == 409
        await hanging.asked.wait()
        await lease_over(here)
        await until(here, "SELECT placement FROM placement", [(1,)])
        assert (await ask(here, booking, "reschedule", slot=slots[7]["slot"])).status_code == 200
        await until(here, "SELECT placement FROM placement", [(3,)])
        hanging.go.set()
        await at_rest(here)
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[7])]
        assert await rows(here, "SELECT DISTINCT placement FROM unit_slot") == [(3,)]
        held = [(await here.hold(slots[7]["slot"])).status_code for _ in range(2)]
        assert sorted(held) == [201, 409]


async def test_a_number_of_a_place_is_never_used_twice(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        for place in (5, 6, 7):
            desk.meanwhile += [(lane, interval_of(slots[place])) for lane in ("platz-1", "platz-2")]
            assert (await ask(here, booking, "reschedule", slot=slots[place]["slot"])).status_code == 409
            await at_rest(here)
        names = [name for method, name in desk.calls if method == "ensure"]
        assert len(names) == len(set(names)) == 4


async def test_a_confirmation_that_arrives_after_the_cancelling_is_taken_out_again(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        async with half_booked(here, desk, hanging) as booking:
            assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"
        await lease_over(here)
        await until(here, "SELECT state FROM booking", [("cancelled",)])
        hanging.go.set()
        await at_rest(here)
        assert desk.entries == {}
        assert await left(here) == NOTHING


async def test_a_late_confirmation_is_taken_out_as_often_as_it_takes(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        async with half_booked(here, desk, hanging) as booking:
            await ask(here, booking, "cancel")
        await lease_over(here)
        await until(here, "SELECT state FROM booking", [("cancelled",)])
        desk.will("delete", Lost(), Lost())
        hanging.go.set()
        await at_rest(here)
        for _ in range(3):
            await later(here, minutes=1)
        assert desk.entries == {}
        assert await left(here) == NOTHING


async def test_a_request_without_an_answer_that_arrives_after_the_cancelling_is_taken_out_again(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        await here.booked(place=3)
        (other,) = desk.entries
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", OutcomeUnknown("No answer came."))
        booking = (await here.book(hold)).json()
        assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"
        await at_rest(here)
        name = next(name for method, name in desk.calls if method == "ensure" and name != other)
        desk.entries[name] = desk.seen[0]
        await later(here, seconds=31)
        assert list(desk.entries) == [other]
        assert await rows(here, f"SELECT state FROM booking WHERE id = '{booking['id']}'") == [("cancelled",)]


async def test_a_first_request_that_arrives_after_a_second_one_was_cancelled_is_taken_out_again(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", OutcomeUnknown("No answer came."))
        booking = (await here.book(hold)).json()
        await later(here, seconds=2)
        (name,) = desk.entries
        assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"
        await at_rest(here)
        assert desk.entries == {}
        desk.entries[name] = desk.seen[0]
        await later(here, seconds=31)
        assert desk.entries == {}
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]


async def test_a_correction_that_arrives_after_the_cancelling_is_taken_out_again(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        (name,) = desk.entries
        desk.will("ensure", OutcomeUnknown("No answer came."))
        await correct(here, booking, phone="+4935112345678")
        await until(here, "SELECT count(*) FROM placement WHERE unsettled IS NOT NULL", [(1,)])
        await ask(here, booking, "cancel")
        await at_rest(here)
        desk.entries[name] = desk.seen[0]
        await later(here, seconds=31)
        assert desk.entries == {}


async def test_an_older_request_that_arrives_on_top_of_a_newer_one_does_not_stay(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", OutcomeUnknown("No answer came."))
        booking = (await here.book(hold)).json()
        await later(here, seconds=2)
        assert await correct(here, booking, phone="+4935112345678") == 200
        await at_rest(here)
        (name,) = desk.entries
        assert desk.entries[name].sequence == 1
        desk.entries[name] = desk.seen[0]
        await later(here, seconds=31)
        assert desk.entries[name].sequence == 1


async def test_what_is_known_to_have_ended_is_not_waited_for(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"
        await until(here, "SELECT state FROM booking", [("cancelled",)])
        assert desk.entries == {}


async def test_a_note_of_a_write_is_refused_to_whoever_has_lost_the_step(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = (await here.gateway.bookings.get(*await link(here))).booking
        (place,) = await here.gateway.store.look(places.places_of, booking.id)
        lost = Step(4711, booking.id, "refresh", 1, 1, {})
        with pytest.raises(Superseded):
            await here.gateway.store.write(late.note_write, lost, booking, place)
        assert await rows(here, "SELECT unsettled FROM placement") == [(None,)]


async def test_whoever_has_lost_the_step_takes_out_what_he_wrote_beside_the_entry_that_counts(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        view = await here.gateway.bookings.get(*await link(here))
        (place,) = await here.gateway.store.look(places.places_of, view.booking.id)
        desk.entries["beside"] = desk.seen[0]
        beside = sealed_ref(view.key, place, {"name": "beside"})
        lost = Step(4711, view.booking.id, "confirm", 1, 1, {})
        before = replace(place, ref=None)
        is_kept = await here.gateway.store.write(
            late.remembered, lost, before, beside, None, Noted(1, None), can_be_twice=True
        )
        assert not is_kept
        assert await rows(here, "SELECT kind FROM step WHERE kind = 'stray'") == [("stray",)]
        here.gateway.context.wake.set()
        await at_rest(here)
        assert [name for method, name in desk.calls if method == "delete"] == [place.name]
        assert await here.gateway.store.look(places.places_of, view.booking.id) == [place]


async def test_cancelling_waits_for_a_correction_that_is_just_being_written(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        desk.will("ensure", hanging)
        assert await correct(here, booking, phone="+4935112345678") == 200
        await hanging.asked.wait()
        with impatient():
            assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"
        hanging.go.set()
        await at_rest(here)
        assert desk.entries == {}
        assert await left(here) == NOTHING


async def test_a_move_clears_the_old_place_only_when_nobody_writes_there_any_more(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        desk.will("ensure", hanging)
        await correct(here, booking, phone="+4935112345678")
        await hanging.asked.wait()
        assert (await ask(here, booking, "reschedule", slot=slots[5]["slot"])).status_code == 200
        hanging.go.set()
        await at_rest(here)
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[5])]
        assert await rows(here, "SELECT placement FROM placement") == [(2,)]


async def test_a_step_whose_booking_has_moved_on_looks_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        monkeypatch.setattr(late, "must_stand", MovesOn(once=True))
        await correct(here, booking, phone="+4935112345678")
        await at_rest(here)
        (entry,) = desk.entries.values()
        assert "35112345678" in entry.description.replace(" ", "")
        assert await rows(here, "SELECT * FROM step WHERE kind = 'refresh'") == []


async def test_a_step_whose_booking_moves_on_again_and_again_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, moves_on = Desk(), MovesOn()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        monkeypatch.setattr(late, "must_stand", moves_on)
        await correct(here, booking, phone="+4935112345678")
        await at_rest(here)
        assert moves_on.asked == 2
        await later(here, seconds=1)
        assert moves_on.asked == 3


async def test_an_older_correction_that_arrives_last_does_not_stay(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        desk.will("ensure", hanging)
        await correct(here, booking, phone="+4935111111111")
        await hanging.asked.wait()
        await correct(here, booking, phone="+4935122222222")
        await lease_over(here)
        await until(here, "SELECT count(*) FROM step WHERE kind = 'refresh'", [(0,)])
        hanging.go.set()
        await at_rest(here)
        (entry,) = desk.entries.values()
        assert "35122222222" in entry.description.replace(" ", "")


async def test_thirty_corrections_are_not_thirty_writes(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        desk.will("ensure", hanging)
        for number in range(30):
            assert await correct(here, booking, phone=f"+49351123456{number:02}") == 200
        await hanging.asked.wait()
        assert (await rows(here, "SELECT count(*) FROM step WHERE kind = 'refresh'"))[0][0] == 1
        hanging.go.set()
        await at_rest(here)
        assert "35112345629" in next(iter(desk.entries.values())).description.replace(" ", "")


async def test_a_step_goes_on_for_as_long_as_a_slow_calendar_may_take(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    config = desk.config(tmp_path)
    config["department"] = config["department"].replace('type = "desk"', 'type = "desk"\ndeadline = "60s"')
    async with city(tmp_path, **config) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("occupants", hanging)
        with impatient():
            booking = (await here.book(hold)).json()
        await hanging.asked.wait()
        await lease_over(here)
        await until(here, "SELECT fence, attempts FROM step WHERE kind = 'confirm'", [(1, 1)])
        hanging.go.set()
        await at_rest(here)
        assert (await seen(here, booking))["status"] == "confirmed"
        assert desk.said("ensure") == 1
