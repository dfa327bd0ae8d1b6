"""The confirm protocol on a calendar that clerks write into as well, and that fails in every way it can."""

import asyncio
from pathlib import Path

import pytest

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, Refused, Rejected, Unavailable
from durchwahl.plugin import Interval
from tests.booking.desk import Desk, Hanging, Lost, at_rest, forgiven, impatient, later
from tests.booking.looking import interval_of, link_in, rows, status_of
from tests.gateways import DEPARTMENT, bearer, city, key

TEN_MINUTES = {"minutes": 10, "seconds": 1}


async def test_a_confirmed_booking_stands_in_the_calendar_once(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        (entry,) = desk.entries.values()
        assert entry.talk == interval_of(booking)
        assert desk.said("ensure") == 1


async def test_an_entry_of_a_clerk_that_the_cache_does_not_know_is_a_conflict_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        lane = (await rows(here, "SELECT lane FROM placement"))[0][0]
        desk.foreign.append((str(lane), interval_of(slots[0])))
        answer = await here.book(hold)
        assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
        assert desk.said("ensure") == 0
        assert await rows(here, "SELECT * FROM unit_slot") == []


async def test_a_clerk_who_writes_between_the_two_reads_wins_and_nothing_of_ours_is_left(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        lane = str((await rows(here, "SELECT lane FROM placement"))[0][0])
        desk.meanwhile.append((lane, interval_of(slots[0])))
        answer = await here.book(hold)
        assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
        assert desk.entries == {}
        assert desk.said("delete") == 1
        assert await rows(here, "SELECT * FROM unit_slot") == []
        starts = [one["start"] for one in answer.json()["alternatives"]]
        assert starts
        assert starts == sorted(starts)
        assert slots[0]["start"] not in starts


async def test_an_entry_that_only_touches_ours_is_no_conflict(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[1]["slot"])).json()
        lane = str((await rows(here, "SELECT lane FROM placement"))[0][0])
        own = interval_of(slots[1])
        length = own.end - own.start
        desk.foreign += [(lane, Interval(own.start - length, own.start)), (lane, Interval(own.end, own.end + length))]
        assert (await here.book(hold)).status_code == 201


async def test_a_write_whose_answer_was_lost_is_found_again_and_books_once(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", Lost())
        answer = await here.book(hold)
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
        await later(here, seconds=2)
        assert await status_of(here, answer.json()) == "confirmed"
        assert len(desk.entries) == 1
        assert len(here.outbox.to("erika@example.org")) == 1


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("occupants", Unavailable("down")),
        ("occupants", Invalid("garbage")),
        ("ensure", NotSent("down")),
        ("ensure", OutcomeUnknown("lost")),
        ("ensure", Invalid("garbage")),
        ("ensure", Refused("no")),
        ("ensure", ZeroDivisionError("a plugin's bug")),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
async def test_whatever_goes_wrong_once_is_a_202_that_is_confirmed_later(
    tmp_path: Path, method: str, error: Exception
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will(method, error, error)
        answer = await here.book(hold)
        assert answer.status_code == 202
        assert answer.headers["location"] == f"http://gateway.test/v1/bookings/{answer.json()['id']}"
        assert int(answer.headers["retry-after"]) > 0
        assert here.outbox.mails == []
        await later(here, minutes=2)
        await later(here, minutes=2)
        assert await status_of(here, answer.json()) == "confirmed"
        assert len(desk.entries) == 1


async def test_a_calendar_that_says_no_is_a_conflict_and_never_a_repeat(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", Rejected("taken"))
        answer = await here.book(hold)
        assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
        await later(here, minutes=1)
        assert desk.said("ensure") == 1
        assert desk.entries == {}


async def test_a_calendar_that_hangs_lets_the_citizen_go_and_confirms_behind(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", hanging)
        with impatient():
            answer = await here.book(hold)
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
        await hanging.asked.wait()
        hanging.go.set()
        await at_rest(here)
        assert await status_of(here, answer.json()) == "confirmed"


async def test_a_calendar_that_stays_away_makes_the_booking_fail_and_the_mail_says_so_at_once(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        for method in ("occupants", "ensure", "find", "delete"):
            desk.always[method] = Unavailable("gone")
        answer = await here.book(hold)
        assert answer.status_code == 202
        await later(here, minutes=5)
        assert await status_of(here, answer.json()) == "pending"
        await later(here, **TEN_MINUTES)
        assert await status_of(here, answer.json()) == "failed"
        subjects = [str(mail["Subject"]) for mail in here.outbox.to("erika@example.org")]
        assert len(subjects) == 1
        assert "nicht gebucht" in subjects[0]


async def test_a_failed_booking_keeps_its_time_until_the_calendar_is_known_to_be_clean(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.always["ensure"] = Lost()
        desk.always["find"] = Unavailable("gone")
        answer = await here.book(hold)
        await later(here, **TEN_MINUTES)
        assert await status_of(here, answer.json()) == "failed"
        assert await rows(here, "SELECT * FROM unit_slot") != []
        desk.always.clear()
        await later(here, minutes=2)
        assert desk.entries == {}
        assert await rows(here, "SELECT * FROM unit_slot") == []
        assert len(here.outbox.to("erika@example.org")) == 1


async def test_removing_ours_is_tried_until_it_is_gone(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        desk.will("delete", Unavailable("1"), OutcomeUnknown("2"), Invalid("3"), Lost())
        headers = {**bearer(booking["manage_token"]), **key()}
        answer = await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert desk.entries
        for _ in range(5):
            await later(here, minutes=2)
        assert desk.entries == {}
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        assert await rows(here, "SELECT * FROM unit_slot") == []


async def test_cancelling_while_confirming_is_final_and_the_late_success_is_undone(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", hanging)
        with impatient():
            booking = (await here.book(hold)).json()
            headers = {**bearer(booking["manage_token"]), **key()}
            gone = await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers=headers)
        assert (gone.status_code, gone.json()["status"]) == (200, "cancelled")
        await hanging.asked.wait()
        hanging.go.set()
        for _ in range(4):
            await later(here, seconds=2)
        assert await status_of(here, booking) == "cancelled"
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        assert desk.entries == {}
        assert await rows(here, "SELECT * FROM unit_slot") == []
        subjects = [str(mail["Subject"]) for mail in here.outbox.to("erika@example.org")]
        assert not [subject for subject in subjects if "bestätigt" in subject]


async def test_a_free_time_is_not_lost_when_its_booking_failed(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        before = (await here.slots())[0]["remaining"]
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", Rejected("no"))
        await here.book(hold)
        forgiven(here)
        assert (await here.slots())[0]["remaining"] == before


async def test_a_verified_mail_meets_a_taken_time_and_is_told(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        booking = (await here.book((await here.hold(slots[0]["slot"])).json())).json()
        await at_rest(here)
        token = link_in(here, "bestaetigen").rsplit("/", 1)[1]
        lane = str((await rows(here, "SELECT lane FROM placement"))[0][0])
        desk.foreign.append((lane, interval_of(slots[0])))
        answer = await here.client.post(f"/v1/bookings/{booking['id']}/verify", json={"token": token})
        assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
        assert desk.entries == {}


async def test_two_corrections_at_the_same_moment_are_both_kept(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        url, headers = f"/v1/bookings/{booking['id']}/contact", bearer(booking["manage_token"])
        wishes = [{"email": "neu@example.org"}, {"phone": "+493514881234"}] * 3
        answers = await asyncio.gather(*(here.client.post(url, json=wish, headers=headers) for wish in wishes))
        assert {answer.status_code for answer in answers} == {200}
        await at_rest(here)
        await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers={**headers, **key()})
        await at_rest(here)
        assert here.outbox.to("neu@example.org")


async def test_corrected_contact_data_reach_the_calendar_even_when_it_is_away_for_a_while(tmp_path: Path) -> None:
    department = DEPARTMENT.replace(
        "combinable = true", 'combinable = true\ncalendar_fields = ["reference", "name", "email"]'
    )
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, department)) as here:
        booking = await here.booked()
        desk.will("ensure", Unavailable("away"))
        url = f"/v1/bookings/{booking['id']}/contact"
        await here.client.post(url, json={"email": "neu@example.org"}, headers=bearer(booking["manage_token"]))
        await at_rest(here)
        await later(here, minutes=1)
        (entry,) = desk.entries.values()
        assert "neu@example.org" in entry.description
        assert entry.sequence == 1
