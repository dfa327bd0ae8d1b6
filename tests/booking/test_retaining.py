"""What is personal goes when its time has come: by today's configuration, never before, and never under a change."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking import retention
from durchwahl.booking.transitions.retain import end_retaining
from durchwahl.model.states import State
from durchwahl.plugin import OutcomeUnknown
from durchwahl.store import journal, kept
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.tx import Tx
from tests.booking.desk import Desk, Hanging, at_rest, impatient, later
from tests.booking.looking import ask, change, rows
from tests.booking.test_erasing import NOTHING, PERSONAL, booked, over
from tests.booking.waiting import sweeping_ends, that_can
from tests.gateways import DEPARTMENT, GATEWAY, City, Clock, city

HAS_KEY = "SELECT key IS NOT NULL FROM booking"


async def sweep(here: City) -> int:
    found = await here.gateway.retention.sweep()
    await at_rest(here)
    return found


async def seen(here: City) -> Booking:
    (row,) = await rows(here, "SELECT id FROM booking")
    booking = await here.gateway.store.look(journal.booking_by_id, row[0])
    assert booking is not None
    return booking


async def test_an_appointment_is_erased_thirty_days_after_its_end(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await over(here)
        await later(here, days=29, hours=22)
        assert await sweep(here) == 0
        assert await rows(here, HAS_KEY) == [(1,)]
        await later(here, hours=2)
        assert await sweep(here) == 1
        assert await rows(here, PERSONAL) == NOTHING
        assert await rows(here, "SELECT * FROM link") == []
        assert await rows(here, "SELECT kind FROM step") == []


async def test_an_appointment_to_come_is_never_erased(tmp_path: Path) -> None:
    department = DEPARTMENT.replace('number = "33"', 'number = "33"\nretention = "0d"')
    async with city(tmp_path, department=department) as here:
        await booked(here)
        assert await sweep(here) == 0
        assert await rows(here, HAS_KEY) == [(1,)]


async def test_a_cancelled_appointment_is_kept_from_its_cancelling_on(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[-1]["slot"]
        booking = (await here.book((await here.hold(slot)).json())).json()
        await ask(here, booking, "cancel")
        await later(here, days=29)
        assert await sweep(here) == 0
        await later(here, days=1)
        assert await sweep(here) == 1
        assert await rows(here, PERSONAL) == NOTHING


async def test_a_hold_that_became_no_booking_is_kept_for_a_day(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await here.hold((await here.slots())[0]["slot"])
        await later(here, minutes=11)
        assert await rows(here, "SELECT state FROM booking") == [("expired",)]
        await later(here, hours=23)
        assert await sweep(here) == 0
        await later(here, hours=1)
        assert await sweep(here) == 1
        assert await rows(here, PERSONAL) == NOTHING


async def test_an_unresolved_booking_that_nobody_has_resolved_is_given_up_and_erased(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        with that_can(here, find="none"):
            hold = (await here.hold((await here.slots())[0]["slot"])).json()
            desk.will("ensure", OutcomeUnknown("lost"))
            await here.book(hold)
            await at_rest(here)
            await change(here, "DELETE FROM step WHERE kind = 'resolve'")
            await later(here, days=29)
            assert await sweep(here) == 0
            assert await rows(here, "SELECT state FROM booking") == [("unresolved",)]
            await later(here, days=2)
            assert await sweep(here) == 1
            assert await rows(here, "SELECT state FROM booking") == [("failed",)]
            assert await rows(here, PERSONAL) == NOTHING
            assert await rows(here, "SELECT * FROM unit_slot") == []


async def test_another_department_may_keep_for_another_time(tmp_path: Path) -> None:
    department = DEPARTMENT.replace('number = "33"', 'number = "33"\nretention = "2d"')
    async with city(tmp_path, department=department) as here:
        await over(here)
        await later(here, days=2)
        assert await sweep(here) == 1


async def test_todays_configuration_counts_for_what_is_there_already(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        await over(here)
    clock.forward(days=1)
    shorter = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nretention = "20h"')
    async with city(tmp_path, clock=clock, gateway=shorter) as here:
        await here.gateway.retention.sweep()
        assert await rows(here, HAS_KEY) == [(0,)]


async def test_a_department_that_is_gone_keeps_as_the_gateway_does(tmp_path: Path) -> None:
    clock = Clock()
    own = DEPARTMENT.replace('number = "33"', 'number = "33"\nretention = "366d"')
    async with city(tmp_path, clock=clock, department=own) as here:
        await over(here)
    clock.forward(days=31)
    gone = DEPARTMENT.replace('id = "buergeramt"', 'id = "anderes"')
    async with city(tmp_path, clock=clock, department=gone) as here:
        await here.gateway.retention.sweep()
        assert await rows(here, HAS_KEY) == [(0,)]


async def test_a_talk_that_runs_over_keeps_its_room_where_nothing_is_kept(tmp_path: Path) -> None:
    department = DEPARTMENT.replace('number = "33"', 'number = "33"\nretention = "0d"')
    async with city(tmp_path, department=department) as here:
        booking = await booked(here)
        await later(here, hours=1, minutes=21)
        assert await rows(here, "SELECT state FROM booking") == [("completed",)]
        assert await sweep(here) == 0
        assert (await here.client.get(booking["join_url"])).status_code == 200
        await later(here, minutes=15)
        assert await sweep(here) == 1


async def test_what_has_moved_on_since_it_was_seen_is_not_erased(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await over(here)
        await later(here, days=31)
        before = await seen(here)
        await here.gateway.store.write(lambda tx: journal.advance(tx, before, State.NO_SHOW))
        with pytest.raises(Superseded):
            await here.gateway.store.write(end_retaining, before)
        assert await rows(here, "SELECT state, key IS NOT NULL FROM booking") == [("no_show", 1)]
        assert await rows(here, "SELECT * FROM daily_cell") == []


async def test_one_that_moves_on_under_the_sweep_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path) as here:
        for place in (0, 1):
            await here.booked(place)
        await later(here, days=40)
        overdue = retention.overdue

        def and_one_moves(tx: Tx, *asked: Any) -> list[Booking]:
            due = overdue(tx, *asked)
            return [due[0]._replace(version=0), *due[1:]] if due else []

        monkeypatch.setattr(retention, "overdue", and_one_moves)
        assert await sweep(here) == 1
        assert sorted(await rows(here, HAS_KEY)) == [(0,), (1,)]
        monkeypatch.undo()
        assert await sweep(here) == 1
        assert await rows(here, HAS_KEY) == [(0,), (0,)]


async def test_a_cancelling_and_the_end_of_its_time_leave_one_cancelled_booking(tmp_path: Path) -> None:
    department = DEPARTMENT.replace('number = "33"', 'number = "33"\nretention = "0d"')
    async with city(tmp_path, department=department.replace('lead = "1h"', 'lead = "1h"\njoin_late = "0min"')) as here:
        booking = await booked(here)
        await ask(here, booking, "cancel")
        await at_rest(here)
        assert await sweep(here) == 1
        assert await rows(here, "SELECT state, key IS NULL FROM booking") == [("cancelled", 1)]
        assert [mail for mail in here.outbox.mails if "abgesagt" in str(mail["Subject"])]
        assert await rows(here, "SELECT outcome, count FROM daily_cell WHERE language = '' AND service <> ''") == [
            ("cancelled_by_citizen", 1)
        ]


async def test_a_mail_that_is_still_to_be_sent_is_waited_for_and_asked_for_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await over(here)
        await later(here, days=31)
        waits = f"('{booking['id']}', 'mail', 3, {here.clock.milliseconds() + 3_600_000}, 0, 0, '{{}}')"
        await change(here, f"INSERT INTO step (booking, kind, pool, due, fence, attempts, detail) VALUES {waits}")
        assert [await sweep(here), await sweep(here)] == [1, 0]
        assert await rows(here, HAS_KEY) == [(1,)]
        await change(here, "DELETE FROM step WHERE kind = 'mail'")
        await later(here, minutes=2)
        assert await rows(here, PERSONAL) == NOTHING


async def test_many_are_erased_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    async with city(tmp_path) as here:
        for place in range(5):
            await here.booked(place)
        await later(here, days=40)
        assert await sweep(here) == 5
        assert set(await rows(here, HAS_KEY)) == {(0,)}


async def test_what_is_due_is_found_on_an_index(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await over(here)
        plans: list[str] = []

        def explained(tx: Tx) -> None:
            class Explaining:
                def rows(self, sql: str, values: Any = ()) -> list[Any]:
                    plans.extend(str(row[3]) for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", values))
                    return tx.rows(sql, values)

                def row(self, sql: str, values: Any = ()) -> Any:
                    found = self.rows(sql, values)
                    return found[0] if found else None

            asked: Any = Explaining()
            (run,) = kept.runs(asked)
            assert kept.over_since(asked, run.offer, run.state, run.ended, 10)

        await here.gateway.store.read(explained)
        on_bookings = [plan for plan in plans if "booking" in plan and "step" not in plan]
        assert on_bookings
        assert all("booking_to_erase" in plan and plan.startswith("SEARCH") for plan in on_bookings), plans
        assert not [plan for plan in plans if "TEMP B-TREE" in plan]


async def test_the_metric_is_the_age_of_the_oldest_personal_record(tmp_path: Path) -> None:
    async def age(here: City) -> int:
        lines = (await here.client.get("/metrics")).text.splitlines()
        (line,) = [one for one in lines if one.startswith("durchwahl_oldest_personal_record_seconds")]
        return int(line.split()[1])

    async with city(tmp_path) as here:
        await booked(here)
        assert await age(here) == 0
        await later(here, hours=1, minutes=20)
        await later(here, days=3)
        assert await age(here) == 3 * 86_400
        await later(here, days=30)
        await sweep(here)
        assert await age(here) == 0


async def test_the_journals_files_are_clean_after_a_sweep(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await over(here)
        (key,) = (await rows(here, "SELECT key FROM booking"))[0]
        await later(here, days=31)
        assert key in files_of(tmp_path)
        await sweep(here)
        assert key not in files_of(tmp_path)


async def test_a_sweep_that_cannot_clean_because_somebody_reads_cleans_next_time(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await over(here)
        (key,) = (await rows(here, "SELECT key FROM booking"))[0]
        await later(here, days=31)
        with closing(sqlite3.connect(here.settings.data_dir / "durchwahl.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM booking").fetchall()
            await sweep(here)
            assert key in files_of(tmp_path)
            reader.execute("ROLLBACK")
        assert await sweep(here) == 0
        assert key not in files_of(tmp_path)


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "data").glob("durchwahl.db*"))


async def test_a_large_journal_is_written_anew_at_night_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    async with city(tmp_path) as here:
        sweeping_ends(here)
        store = here.gateway.store
        leave_no_traces = store.leave_no_traces

        async def noted(*, largest: int | None = None) -> bool:
            asked.append(largest)
            return await leave_no_traces(largest=largest)

        monkeypatch.setattr(retention, "SMALL", 0)
        monkeypatch.setattr(store, "leave_no_traces", noted)
        await booked(here)
        await later(here, days=31, hours=2)
        assert await sweep(here) == 1
        assert await sweep(here) == 0
        assert asked == [0, 0]
        here.clock.now = here.clock.now.replace(hour=2, minute=30)
        await sweep(here)
        here.gateway.context.has_erased = True
        await sweep(here)
        assert asked == [0, 0, None, 0]


async def test_an_appointment_that_is_being_moved_while_its_old_time_passes_is_not_erased(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    department = DEPARTMENT.replace('number = "33"', 'number = "33"\nretention = "0d"')
    async with city(tmp_path, **desk.config(tmp_path, department)) as here:
        sweeping_ends(here)
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        desk.will("ensure", hanging)
        with impatient():
            await ask(here, booking, "reschedule", slot=slots[-1]["slot"])
            await hanging.asked.wait()
        here.clock.forward(hours=3)
        assert await here.gateway.retention.sweep() == 0
        assert await rows(here, "SELECT state, key IS NOT NULL FROM booking") == [("rescheduling", 1)]
        hanging.go.set()
        await at_rest(here)
        assert await sweep(here) == 0
        assert await rows(here, HAS_KEY) == [(1,)]
