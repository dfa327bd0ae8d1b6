"""The office moves or cancels many bookings: each is decided once, its new place taken first, its citizen told once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.day import batch as batch_module
from durchwahl.booking.day.batch import Batches
from durchwahl.booking.day.orders import Order
from durchwahl.booking.erasing import Erasing
from durchwahl.booking.transitions import office
from durchwahl.errors import Rejected, Unavailable
from durchwahl.plugin import Interval
from durchwahl.store import batches, journal
from durchwahl.store.journal import Superseded
from durchwahl.store.listed import Which
from tests.booking.desk import Desk, Hanging, Lost, at_rest, impatient, later
from tests.booking.looking import ask, interval_of, rows, seen, status_of, text_of
from tests.booking.office import LANE_1, REASON, carried_out, everything_in, lane_of, order
from tests.booking.test_approval import APPROVED, requested
from tests.gateways import DEPARTMENT, City, city

pytestmark = pytest.mark.usefixtures("on_both")

ONE_LANE = DEPARTMENT.replace("[offers.meldewesen]\n", '[offers.meldewesen]\nlanes = ["platz-1"]\n')
CITIZEN, CLERK = "erika@example.org", "platz-1@teststadt.example"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again sooner than a machine beside a gateway has to."""
    monkeypatch.setattr(batch_module, "LOOK", 0.02)


async def booked(here: City, place: int = 0, **asked: Any) -> dict[str, Any]:
    booking = await here.booked(place, **asked)
    await at_rest(here)
    return booking


def on(day: str, hour: int) -> int:
    return round(datetime.fromisoformat(f"2026-11-{day}T{hour:02}:00:00+01:00").timestamp() * 1000)


# --- Moving


async def test_where_another_lane_is_free_at_the_same_time_only_the_clerks_hear_of_it(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        assert await lane_of(here, booking) == "platz-1"
        (outcome,) = (await carried_out(here, order())).values()
        assert (outcome.word, outcome.new_lane) == ("other_lane", "platz-2")
        assert await lane_of(here, booking) == "platz-2"
        assert (await seen(here, booking))["start"] == booking["start"]
        assert len(here.outbox.to(CITIZEN)) == 1  # the confirmation
        assert "abgesagt" in str(here.outbox.to(CLERK)[-1]["Subject"])


async def test_where_no_other_lane_is_free_the_nearest_time_is_kept_and_the_citizen_told_once(tmp_path: Path) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        slots = await here.slots()
        booking = await booked(here, 2)
        which = replace(LANE_1, begins=on("23", 0), ends=on("24", 0))
        (outcome,) = (await carried_out(here, order(which))).values()
        assert outcome.word == "other_time"
        after = await seen(here, booking)
        tuesday = next(one["start"] for one in slots if one["start"].startswith("2026-11-24"))
        assert after["start"] == tuesday
        assert after["office"] == {"did": "moved_by_office", "reason": REASON}
        _, moved = here.outbox.to(CITIZEN)
        assert "Das Amt hat Ihren Termin verlegt" in str(moved["Subject"])
        said = text_of(moved)
        assert f"Das Amt schreibt dazu: {REASON}" in said
        assert "Bisher: Montag, 23. November 2026" in said
        assert "Passt Ihnen die neue Zeit nicht?" in said
        assert booking["manage_url"] in said
        assert await rows(here, "SELECT count(*) FROM placement") == [(1,)]


async def test_an_english_citizen_is_told_in_english_with_the_reason_as_typed(tmp_path: Path) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        await here.book(hold, lang="en")
        await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))
        said = text_of(here.outbox.to(CITIZEN)[-1])
        assert "the office cannot keep the previous time" in said
        assert f"The office says: {REASON}" in said


@pytest.mark.parametrize(
    ("language", "said"), [("", "Das Amt konnte die bisherige"), ("en/", "The office could not keep")]
)
async def test_the_page_says_that_the_office_has_moved_it_and_why(tmp_path: Path, language: str, said: str) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        booking = await booked(here)
        await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))
        page = await here.client.get(booking["manage_url"].replace("/termin/", f"/{language}termin/"))
        assert said in page.text
        assert REASON in page.text
        assert REASON.encode() not in b"".join(one[0] for one in await rows(here, "SELECT note FROM booking"))


async def test_the_new_place_is_taken_before_the_old_one_goes(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        slots = await here.slots()
        await booked(here)
        desk.will("ensure", hanging)
        work = Batches(here.gateway.context)
        begun, _ = await work.begin(order(replace(LANE_1, ends=on("24", 0))), REASON)
        assert begun is not None
        assert not await work.carry_on(begun, 0)
        await hanging.asked.wait()
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[0])]
        assert await rows(here, "SELECT count(*) FROM placement") == [(2,)]
        assert await rows(here, "SELECT ended FROM batch") == [(None,)]
        hanging.go.set()
        assert await work.carry_on(begun, 5)
        assert (await rows(here, "SELECT ended FROM batch"))[0][0] is not None


async def test_a_place_that_the_calendar_refuses_is_followed_by_another_and_one_letter(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        tuesday = [one for one in await here.slots() if one["start"].startswith("2026-11-24")]
        booking = await booked(here)
        desk.will("ensure", Rejected("no"), Rejected("no"))
        (outcome,) = (await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))).values()
        assert outcome.word == "other_time"
        assert (await seen(here, booking))["start"] == tuesday[2]["start"]
        assert [str(mail["Subject"]).count("verlegt") for mail in here.outbox.to(CITIZEN)] == [0, 1]
        await later(here, minutes=1)
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(tuesday[2])]
        assert await rows(here, "SELECT count(*) FROM placement") == [(1,)]


async def test_a_booking_that_every_place_is_refused_for_is_left_as_it_is_and_nobody_is_told(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        booking = await booked(here)
        desk.always["ensure"] = Rejected("no")
        (outcome,) = (await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))).values()
        assert (outcome.word, "refused 5 other places" in outcome.why) == ("left", True)
        assert (await seen(here, booking))["start"] == booking["start"]
        assert len(here.outbox.to(CITIZEN)) == 1


async def test_a_calendar_that_cannot_be_asked_leaves_the_booking_undecided_even_where_it_would_be_cancelled(
    tmp_path: Path,
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await booked(here)
        desk.always["busy"] = Unavailable("down")
        here.clock.forward(minutes=10)
        for cache in here.gateway.occupations._caches.values():
            cache._blocks.clear()
        work = Batches(here.gateway.context)
        begun, _ = await work.begin(order(else_cancel=True), REASON)
        assert begun is not None
        assert not await work.carry_on(begun, 0)
        assert [one.word for one in await work.report(begun)] == ["open"]
        assert await status_of(here, booking) == "confirmed"


async def test_who_booked_in_a_language_is_moved_to_somebody_who_speaks_it(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here, language="en")  # only platz-1 does
        (outcome,) = (await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))).values()
        assert (outcome.word, outcome.new_lane) == ("other_time", "platz-1")
        assert (await seen(here, booking))["language"] == "en"


async def test_nobody_is_moved_to_an_earlier_time_of_the_next_day(tmp_path: Path) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        slots = await here.slots()
        tuesday = next(place for place, one in enumerate(slots) if one["start"].startswith("2026-11-24"))
        booking = await booked(here, tuesday)
        which = replace(LANE_1, begins=on("24", 0), ends=on("25", 0))
        await carried_out(here, order(which))
        assert (await seen(here, booking))["start"] > booking["start"]


async def test_the_time_that_the_office_named_is_not_used_on_the_lane_that_it_named(tmp_path: Path) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        booking = await booked(here)
        await carried_out(here, order(replace(LANE_1, begins=on("23", 0), ends=on("30", 0))))
        assert (await seen(here, booking))["start"].startswith("2026-11-30")


async def test_a_whole_department_is_moved_out_of_an_afternoon_on_all_its_lanes(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        bookings = [await booked(here), await booked(here)]
        which = Which(department="buergeramt", begins=on("23", 0), ends=on("24", 0))
        await carried_out(here, order(which))
        assert {(await seen(here, one))["start"][:10] for one in bookings} == {"2026-11-24"}


async def test_two_bookings_of_a_lane_do_not_get_one_place(tmp_path: Path) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        bookings = [await booked(here), await booked(here)]
        await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))
        starts = [(await seen(here, one))["start"] for one in bookings]
        assert len(set(starts)) == 2


async def test_who_has_to_change_times_takes_no_place_from_somebody_who_need_not(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        foreign = await booked(here, language="gsg")  # platz-2 is taken at nine
        first = await booked(here)
        second = await booked(here)
        assert [await lane_of(here, one) for one in (foreign, first, second)] == ["platz-2", "platz-1", "platz-1"]
        which = replace(LANE_1, begins=on("23", 0), ends=on("24", 0))
        planned = await Batches(here.gateway.context).plan(order(which))
        assert [one.word for one in planned] == ["other_time", "other_lane"]
        done = await carried_out(here, order(which))
        assert [done[one["id"]].word for one in (first, second)] == ["other_time", "other_lane"]


async def test_other_departments_lanes_and_times_are_left_alone(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        for which in (
            Which(department="jugendamt", lane="platz-1"),
            Which(lane="platz-2"),
            Which(source="buergeramt/andere", lane="platz-1"),
            Which(lane="platz-1", begins=on("24", 0)),
            Which(lane="platz-1", ends=on("23", 9)),
            Which(references=("00000000",)),
        ):
            assert await Batches(here.gateway.context).begin(order(which), REASON) == (None, False)
        reference = Which(references=(booking["reference"],))
        assert len(await carried_out(here, order(reference))) == 1


async def test_a_move_of_the_office_that_fails_after_a_while_is_not_told_to_who_never_heard_of_it(
    tmp_path: Path,
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        booking = await booked(here)
        desk.always["ensure"] = Lost()
        work = Batches(here.gateway.context)
        begun, _ = await work.begin(order(replace(LANE_1, ends=on("24", 0))), REASON)
        assert begun is not None
        assert not await work.carry_on(begun, 0)
        await later(here, minutes=10, seconds=1)
        desk.always.clear()
        await later(here, minutes=2)
        assert (await seen(here, booking))["start"] == booking["start"]
        assert await work.carry_on(begun, 5)
        await at_rest(here)
        assert [str(mail["Message-ID"]).split(".")[1] for mail in here.outbox.to(CITIZEN)] == [
            "confirmation",
            "moved_by_office",
        ]


async def test_a_booking_that_its_citizen_moves_at_this_moment_is_waited_for(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        slots = await here.slots()
        booking = await booked(here)
        desk.will("ensure", hanging)
        with impatient():
            await ask(here, booking, "reschedule", slot=slots[3]["slot"])
        work = Batches(here.gateway.context)
        begun, _ = await work.begin(order(replace(LANE_1, ends=on("24", 0))), REASON)
        assert begun is not None
        assert not await work.carry_on(begun, 0)
        assert [one.word for one in await work.report(begun)] == ["open"]
        hanging.go.set()
        assert await work.carry_on(begun, 5)
        assert (await seen(here, booking))["start"].startswith("2026-11-24")


async def test_a_citizen_may_choose_another_time_after_the_office_and_reads_of_no_reason_any_more(
    tmp_path: Path,
) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        tuesday = [one for one in await here.slots() if one["start"].startswith("2026-11-24")]
        booking = await booked(here)
        await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))
        assert (await ask(here, booking, "reschedule", slot=tuesday[4]["slot"])).status_code == 200
        assert REASON not in (await here.client.get(booking["manage_url"])).text
        assert (await seen(here, booking))["office"] is None
        await ask(here, booking, "cancel")
        assert REASON not in (await here.client.get(booking["manage_url"])).text


# --- Where nothing is free, and cancelling


FULL = ONE_LANE.replace(
    'hours = { mon = ["09:00-12:00"], tue = ["09:00-12:00"] }', 'hours = { mon = ["09:00-09:20"] }'
).replace('horizon = "14d"', 'horizon = "3d"', 1)


async def test_where_nothing_is_free_the_booking_is_left_and_reported(tmp_path: Path) -> None:
    async with city(tmp_path, department=FULL) as here:
        booking = await booked(here)
        (outcome,) = (await carried_out(here, order())).values()
        assert (outcome.word, outcome.why) == ("left", "nothing is free")
        assert await status_of(here, booking) == "confirmed"
        assert len(here.outbox.to(CITIZEN)) == 1


async def test_what_cannot_be_moved_is_cancelled_where_the_office_says_so(tmp_path: Path) -> None:
    async with city(tmp_path, department=FULL) as here:
        booking = await booked(here)
        (outcome,) = (await carried_out(here, order(else_cancel=True))).values()
        assert (outcome.word, await status_of(here, booking)) == ("cancelled", "cancelled")
        said = text_of(here.outbox.to(CITIZEN)[-1])
        assert f"Das Amt schreibt dazu: {REASON}" in said
        assert "/leistung/buergeramt-meldebescheinigung/termine?channel=video" in said
        assert "0351 0000000" in said
        page = (await here.client.get(booking["manage_url"])).text
        assert "Das Amt musste diesen Termin leider absagen" in page


async def test_the_office_cancels_each_once_in_every_calendar(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        bookings = [await booked(here, place) for place in range(3)]
        outcomes = await carried_out(here, order(kind="cancel"))
        assert [one.word for one in outcomes.values()] == ["cancelled"] * 3
        assert [await status_of(here, one) for one in bookings] == ["cancelled"] * 3
        assert desk.entries == {}
        letters = [str(mail["Message-ID"]) for mail in here.outbox.to(CITIZEN)]
        assert sum("cancelled_by_office" in one for one in letters) == 3
        assert await rows(here, "SELECT count(*) FROM unit_slot") == [(0,)]


async def test_what_the_office_has_said_is_erased_with_the_rest(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        await carried_out(here, order(kind="cancel"))
        erasing = Erasing(here.gateway.context, here.gateway.steps)
        assert await erasing.erase(booking["id"], booking["manage_token"], cancels=False)
        assert await rows(here, "SELECT key, note FROM booking") == [(None, None)]
        assert REASON.encode() not in repr(await everything_in(here)).encode()


async def test_a_discreet_topic_stands_in_no_address_of_a_cancellation(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots("buergeramt-suchtberatung"))[0]["slot"])).json()
        await here.book(hold, person={"email": CITIZEN})
        await at_rest(here)
        await carried_out(here, order(Which(department="buergeramt"), kind="cancel"))
        assert "sucht" not in text_of(here.outbox.to(CITIZEN)[-1]).lower()


async def test_an_address_that_is_not_proved_is_not_written_to_about_a_cancellation(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots("buergeramt-fuehrungszeugnis"))[0]["slot"])).json()
        booking = (await here.book(hold)).json()
        await at_rest(here)
        await carried_out(here, order(kind="cancel"))
        assert await status_of(here, booking) == "cancelled"
        assert [str(mail["Message-ID"]).split(".")[1] for mail in here.outbox.to(CITIZEN)] == ["verify"]


async def test_a_citizen_who_cancels_after_the_office_did_is_told_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        await carried_out(here, order(kind="cancel"))
        assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"
        await at_rest(here)
        assert len(here.outbox.to(CITIZEN)) == 2


async def test_a_citizen_who_cancels_while_the_office_moves_has_cancelled(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        booking = await booked(here)
        desk.will("ensure", hanging)
        work = Batches(here.gateway.context)
        begun, _ = await work.begin(order(replace(LANE_1, ends=on("24", 0))), REASON)
        assert begun is not None
        await work.carry_on(begun, 0)
        await hanging.asked.wait()
        cancelling = asyncio.create_task(ask(here, booking, "cancel"))
        await asyncio.sleep(0.05)
        hanging.go.set()
        assert (await cancelling).json()["status"] == "cancelled"
        await work.carry_on(begun, 5)
        assert [one.word for one in await work.report(begun)] == ["gone"]
        for _ in range(3):
            await later(here, seconds=2)
        assert desk.entries == {}
        assert [str(mail["Subject"]).count("verlegt") for mail in here.outbox.to(CITIZEN)] == [0, 0]


async def test_what_waits_for_approval_is_left_to_people_or_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path, department=APPROVED) as here:
        booking = await requested(here)
        (outcome,) = (await carried_out(here, order())).values()
        assert (outcome.word, outcome.why) == ("left", "waits for approval: approve or refuse it")
        await carried_out(here, order(else_cancel=True))
        assert await status_of(here, booking) == "cancelled"


async def test_what_has_begun_is_neither_moved_nor_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        here.clock.now = datetime.fromisoformat(booking["start"]) + timedelta(minutes=1)
        for kind in ("move", "cancel"):
            assert await Batches(here.gateway.context).begin(order(kind=kind), REASON) == (None, False)


# --- Batches


async def test_the_same_order_goes_on_with_its_batch_until_that_has_ended(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await booked(here)
        work = Batches(here.gateway.context)
        first, is_known = await work.begin(order(), REASON)
        again, is_known_again = await work.begin(order(), "another reason")
        assert (first, is_known, is_known_again) == (again, False, True)
        other, _ = await work.begin(order(else_cancel=True), REASON)
        assert first is not None
        assert other is not None
        assert other.id != first.id
        assert Order.of(first) == order()
        await work.carry_on(first, 5)
        ended = await here.gateway.store.read(batches.batch_by_id, first.id)
        assert ended is not None
        assert (ended.reason, await work.carry_on(ended, 5)) == (b"", True)
        assert await work.begin(order(), REASON) == (None, False)


async def test_a_booking_that_went_elsewhere_after_the_batch_began_needs_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        tuesday = next(one["slot"] for one in slots if one["start"].startswith("2026-11-24"))
        bookings = [await booked(here, 0), await booked(here, 1)]
        work = Batches(here.gateway.context)
        begun, _ = await work.begin(order(replace(LANE_1, ends=on("24", 0))), REASON)
        assert begun is not None
        await ask(here, bookings[0], "cancel")
        await ask(here, bookings[1], "reschedule", slot=tuesday)
        await at_rest(here)
        await work.carry_on(begun, 5)
        assert [(one.word, one.why) for one in await work.report(begun)] == [
            ("gone", "is cancelled by now"),
            ("gone", "has another time or lane by now"),
        ]


@pytest.mark.parametrize("kind", ["move", "cancel"])
async def test_two_who_carry_out_one_batch_do_nothing_twice(tmp_path: Path, kind: Any) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        for _ in range(6):
            await booked(here)
        work = Batches(here.gateway.context)
        begun, _ = await work.begin(order(replace(LANE_1, ends=on("24", 0)), kind=kind), REASON)
        assert begun is not None
        await asyncio.gather(*(Batches(here.gateway.context).carry_on(begun, 5) for _ in range(3)))
        await at_rest(here)
        letters = [str(mail["Message-ID"]) for mail in here.outbox.to(CITIZEN)]
        assert sum("by_office" in one for one in letters) == 6
        assert len(set(letters)) == len(letters)


async def test_what_is_decided_for_a_booking_is_written_with_its_item_or_not_at_all(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await booked(here)
        begun, _ = await Batches(here.gateway.context).begin(order(kind="cancel"), REASON)
        assert begun is not None
        (item,) = await here.gateway.store.read(batches.items_of, begun.id)
        await here.gateway.store.write(office.settle_item, item, "left", "somebody else was faster")
        (found,) = await here.gateway.store.read(lambda tx: tx.rows("SELECT id FROM booking"))
        before = await everything_in(here)
        booking = await here.gateway.store.look(journal.booking_by_id, found[0])
        assert booking is not None
        with pytest.raises(Superseded):
            await here.gateway.store.write(office.cancel_by_office, item, booking, b"note")
        assert await everything_in(here) == before


async def test_a_plan_changes_nothing_and_promises_no_place_twice(tmp_path: Path) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        for _ in range(4):
            await booked(here)
        before = await everything_in(here)
        planned = await Batches(here.gateway.context).plan(order(replace(LANE_1, ends=on("24", 0))))
        assert await everything_in(here) == before
        assert len({one.new_starts for one in planned}) == 4
        done = await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))
        assert [(one.new_starts, one.new_lane) for one in planned] == [
            (one.new_starts, one.new_lane) for one in done.values()
        ]


async def test_a_booking_whose_offer_is_gone_is_left_with_that_reason(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await booked(here)
        del here.gateway.offers["buergeramt/meldewesen"]
        (outcome,) = (await carried_out(here, order())).values()
        assert (outcome.word, "not in the configuration any more" in outcome.why) == ("left", True)


async def test_a_clerk_who_writes_into_the_new_time_meanwhile_wins_and_another_is_found(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        tuesday = [one for one in await here.slots() if one["start"].startswith("2026-11-24")]
        booking = await booked(here)
        taken = interval_of(tuesday[0])
        desk.meanwhile.append(("platz-1", Interval(taken.start, taken.end)))
        await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))
        assert (await seen(here, booking))["start"] == tuesday[1]["start"]
        assert len(here.outbox.to(CITIZEN)) == 2


async def test_an_office_moves_again_what_it_has_moved_before_with_a_letter_for_each(tmp_path: Path) -> None:
    async with city(tmp_path, department=ONE_LANE) as here:
        await booked(here)
        await carried_out(here, order(replace(LANE_1, ends=on("24", 0))))
        await carried_out(here, order(replace(LANE_1, begins=on("24", 0), ends=on("25", 0))), "Jetzt ist der Raum zu.")
        letters = here.outbox.to(CITIZEN)
        assert len({str(mail["Message-ID"]) for mail in letters}) == len(letters) == 3
        assert "Jetzt ist der Raum zu." in text_of(letters[-1])
