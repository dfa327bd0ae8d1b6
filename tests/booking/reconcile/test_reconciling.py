"""A clerk moves or deletes an appointment, a calendar is emptied or put back: what follows, and what does not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.reconcile.acting import Acting
from durchwahl.booking.reconcile.reconciler import Findings, Reconciler
from durchwahl.errors import Unavailable
from durchwahl.plugin import Interval
from durchwahl.store import doubts
from durchwahl.store.doubts import Doubt
from tests.booking.desk import SOURCE, Desk, at_rest, later
from tests.booking.looking import ask, rows, seen, status_of
from tests.gateways import City, city

pytestmark = pytest.mark.usefixtures("on_both")

CITIZEN = "erika@example.org"
LATER = 6
"""Which free slot is booked: one that can still be booked when time has gone by."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def here(desk: Desk, tmp_path: Path) -> AsyncIterator[City]:
    async with city(tmp_path, **desk.config(tmp_path)) as running:
        yield running


async def compared(here: City, *, released: bool = False) -> Findings:
    """Compare and act, as a gateway does at its turn."""
    source = here.gateway.sources.open[SOURCE]
    findings = await Reconciler(here.gateway.context).look(source)
    await Acting(here.gateway.context).act(findings, released=released)
    await at_rest(here)
    return findings


async def compared_for_long(here: City, **how: bool) -> Findings:
    """Compare, and once more when what differs has differed for long enough."""
    await compared(here)
    await later(here, minutes=10)
    return await compared(here, **how)


async def bookings(here: City, number: int) -> list[dict[str, Any]]:
    made = [await here.booked(place=LATER) for _ in range(number)]
    await at_rest(here)
    return made


def kinds(findings: Findings) -> list[str]:
    return [one.kind for one in findings.found]


def mails(here: City, kind: str) -> list[str]:
    return [str(mail["Message-ID"]) for mail in here.outbox.to(CITIZEN) if f".{kind}." in str(mail["Message-ID"])]


async def test_what_stands_where_it_was_booked_does_not_differ(here: City) -> None:
    await bookings(here, 3)
    assert kinds(await compared(here)) == []


async def test_an_appointment_that_a_clerk_has_deleted_is_cancelled_and_its_citizen_told_once(
    here: City, desk: Desk
) -> None:
    booking, _ = await bookings(here, 2)
    before = len(here.outbox.to(CITIZEN))
    del desk.entries[next(iter(desk.entries))]
    for _ in range(3):
        await compared_for_long(here)
    assert await status_of(here, booking) == "cancelled"
    assert len(here.outbox.to(CITIZEN)) == before + 1
    assert await rows(here, "SELECT count(*) FROM placement") == [(1,)]
    assert (await here.hold((await here.slots())[0]["slot"])).status_code == 201


async def test_nothing_is_cancelled_before_it_has_been_missing_for_ten_minutes(here: City, desk: Desk) -> None:
    booking, _ = await bookings(here, 2)
    del desk.entries[next(iter(desk.entries))]
    assert kinds(await compared(here)) == ["missing"]
    await later(here, minutes=9)
    await compared(here)
    assert await status_of(here, booking) == "confirmed"


async def test_an_appointment_that_a_clerk_has_cut_and_pasted_is_not_missing(here: City, desk: Desk) -> None:
    booking, _ = await bookings(here, 2)
    name, entry = next(iter(desk.entries.items()))
    del desk.entries[name]
    await compared(here)
    desk.entries[name] = entry
    await later(here, minutes=10)
    await compared(here)
    assert await status_of(here, booking) == "confirmed"
    assert await here.gateway.store.read(doubts.doubts) == []


async def test_a_booking_follows_to_where_a_clerk_has_moved_it_and_its_citizen_is_told(here: City, desk: Desk) -> None:
    slots = await here.slots()
    (booking,) = await bookings(here, 1)
    name, entry = next(iter(desk.entries.items()))
    desk.entries[name] = _at(entry, hours=1)
    await compared_for_long(here)
    moved = await seen(here, booking)
    assert (moved["status"], moved["start"] > booking["start"]) == ("confirmed", True)
    assert len(mails(here, "moved_by_office")) == 1
    assert kinds(await compared(here)) == []
    wanted = next(slot for slot in slots if slot["start"] == booking["start"])
    assert (await here.hold(wanted["slot"])).status_code == 201


async def test_nobody_is_told_of_a_mere_change_of_lane(here: City, desk: Desk) -> None:
    await bookings(here, 1)
    name, entry = next(iter(desk.entries.items()))
    other = here.gateway.sources.open[SOURCE].lanes["platz-2" if entry.lane.name == "platz-1" else "platz-1"]
    before = len(here.outbox.to(CITIZEN))
    desk.entries[name] = replace(entry, lane=other)
    await compared_for_long(here)
    assert await rows(here, "SELECT lane FROM placement") == [(other.name,)]
    assert len(here.outbox.to(CITIZEN)) == before


async def test_two_bookings_never_follow_to_one_time(here: City, desk: Desk) -> None:
    first, second = await bookings(here, 2)
    (_, one), (name, other) = desk.entries.items()
    desk.entries[name] = replace(other, lane=one.lane, interval=one.interval)
    await compared_for_long(here)
    assert [(await seen(here, one))["start"] for one in (first, second)] == [first["start"], second["start"]]
    assert [one.kind for one in await here.gateway.store.read(doubts.doubts)] == ["moved"]


async def test_an_emptied_calendar_cancels_nobody(here: City, desk: Desk) -> None:
    made = await bookings(here, 4)
    desk.entries.clear()
    findings = await compared_for_long(here)
    assert (kinds(findings), findings.brake.holds) == (["missing"] * 4, True)
    assert {await status_of(here, one) for one in made} == {"confirmed"}


async def test_somebody_who_has_looked_lets_what_is_missing_be_cancelled(here: City, desk: Desk) -> None:
    made = await bookings(here, 4)
    desk.entries.clear()
    await compared_for_long(here, released=True)
    assert {await status_of(here, one) for one in made} == {"cancelled"}
    assert len(mails(here, "cancelled_by_office")) == 4


async def test_what_bears_our_mark_and_is_in_no_journal_is_kept_and_its_time_given_to_nobody(
    here: City, desk: Desk
) -> None:
    slot = (await here.slots())[LATER]
    await bookings(here, 1)
    entry = desk.entries.popitem()[1]
    for table in ("unit_slot", "placement", "link", "step", "idempotency", "booking"):
        await here.gateway.store.write(lambda tx, table=table: tx.run(f"DELETE FROM {table}"))
    desk.entries["dw-from-before-the-restore"] = entry
    assert kinds(await compared_for_long(here)) == ["unknown"]
    assert list(desk.entries) == ["dw-from-before-the-restore"]
    held = [(await here.hold(slot["slot"])).status_code for _ in range(2)]
    assert sorted(held) == [201, 409]
    del desk.entries["dw-from-before-the-restore"]
    await compared(here)
    assert await rows(here, "SELECT 1 FROM unit_slot WHERE placement = 0") == []


async def test_what_the_journal_has_given_up_is_taken_out(here: City, desk: Desk) -> None:
    booking, other = await bookings(here, 2)
    name, entry = next(iter(desk.entries.items()))
    await ask(here, booking, "cancel")
    await at_rest(here)
    desk.entries[name] = entry
    assert kinds(await compared(here)) == ["left_over"]
    await compared_for_long(here)
    assert name not in desk.entries
    assert await status_of(here, other) == "confirmed"


async def test_a_calendar_that_cannot_be_read_to_the_end_says_nothing(here: City, desk: Desk) -> None:
    await bookings(here, 2)
    desk.entries.clear()
    desk.will("occupants", Unavailable("down"), Unavailable("down"))
    with pytest.raises(Unavailable):
        await compared(here)
    assert await here.gateway.store.read(doubts.doubts) == []


async def test_after_a_restore_nothing_is_done_before_somebody_has_looked(here: City, desk: Desk) -> None:
    made = await bookings(here, 3)
    restored = Doubt("restored", "", "journal", "", None, 0, 0)
    await here.gateway.store.write(doubts.note, restored)
    desk.entries.popitem()
    await compared_for_long(here)
    assert {await status_of(here, one) for one in made} == {"confirmed"}
    await here.gateway.store.write(doubts.end_restore)
    await compared(here)
    assert [await status_of(here, one) for one in made] == ["confirmed", "confirmed", "cancelled"]


async def test_a_running_gateway_compares_by_itself(here: City, desk: Desk) -> None:
    booking, _ = await bookings(here, 2)
    del desk.entries[next(iter(desk.entries))]
    for _ in range(3):
        await later(here, minutes=15)
    assert await status_of(here, booking) == "cancelled"


async def test_an_appointment_that_is_just_being_moved_does_not_differ(here: City, desk: Desk) -> None:
    slots = await here.slots()
    (booking,) = await bookings(here, 1)
    desk.always["ensure"] = Unavailable("down")
    await ask(here, booking, "reschedule", slot=slots[LATER + 3]["slot"])
    assert kinds(await compared(here)) == []


def _at(entry: Any, **later: float) -> Any:
    interval = Interval(entry.interval.start + timedelta(**later), entry.interval.end + timedelta(**later))
    return replace(entry, interval=interval)
