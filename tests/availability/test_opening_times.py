"""Which starts hours, closures, lead and horizon leave open, before anybody is busy."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from durchwahl.availability.calendar import OpeningTimes, bounds_of, demand_of
from durchwahl.availability.units import set_units
from durchwahl.catalogue.offers import Offer
from durchwahl.model.schedule import WEEKDAYS
from tests.availability.builders import BERLIN, at, offer, unit

NINE_TO_TEN = {"mon": ["09:00-10:00"]}


def times(holidays: str | None = None, folder: Path = Path()) -> OpeningTimes:
    return OpeningTimes(zone=BERLIN, folder=folder, holidays=holidays)


def starts(one: Offer, start: str, end: str, *, lane: str = "platz-1", holidays: str | None = None) -> list[str]:
    """The possible starts of a lane in a window, as a clock in Dresden shows them."""
    base = unit(start)
    opening = times(holidays).opening(one, demand_of(one, [(one.services[0], 1)]), base, unit(end) - base)
    return [
        f"{datetime.fromtimestamp((base + place) * 300, BERLIN):%m-%d %H:%M}"
        for place in set_units(opening.starts[lane])
    ]


def hours_of(found: list[str]) -> list[str]:
    return [one.split(" ")[1] for one in found]


def test_starts_follow_each_other_by_the_occupied_time() -> None:
    one = offer(hours=NINE_TO_TEN, duration="15min", buffer_after="5min")
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-24 00:00")) == ["09:00", "09:20", "09:40"]


def test_the_last_talk_ends_with_the_opening_and_its_buffer_may_lie_behind() -> None:
    one = offer(hours=NINE_TO_TEN, duration="30min", buffer_after="30min", step="30min")
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-24 00:00")) == ["09:00", "09:30"]


def test_a_talk_longer_than_the_opening_has_no_start() -> None:
    assert starts(offer(hours=NINE_TO_TEN, duration="65min"), "2026-11-23 00:00", "2026-11-24 00:00") == []


def test_a_step_of_its_own_sets_the_distance_of_starts() -> None:
    one = offer(hours=NINE_TO_TEN, duration="20min", step="15min")
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-24 00:00")) == ["09:00", "09:15", "09:30"]


def test_steps_are_counted_from_the_openings_edge_when_the_window_begins_in_its_middle() -> None:
    one = offer(hours=NINE_TO_TEN, duration="25min")
    assert hours_of(starts(one, "2026-11-23 09:05", "2026-11-24 00:00")) == ["09:25"]
    assert hours_of(starts(one, "2026-11-23 09:25", "2026-11-24 00:00")) == ["09:25"]
    assert hours_of(starts(one, "2026-11-23 09:30", "2026-11-24 00:00")) == []


def test_a_window_that_ends_before_a_talk_does_still_holds_its_start() -> None:
    one = offer(hours=NINE_TO_TEN, duration="60min")
    assert hours_of(starts(one, "2026-11-23 09:00", "2026-11-23 09:05")) == ["09:00"]


def test_two_spans_that_touch_are_one_opening() -> None:
    one = offer(hours={"mon": ["09:00-09:30", "09:30-10:00"]}, duration="40min", step="10min")
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-24 00:00")) == ["09:00", "09:10", "09:20"]


def test_spans_that_overlap_are_one_opening() -> None:
    one = offer(hours={"mon": ["09:00-09:45", "09:15-10:00"]}, duration="50min", step="5min")
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-24 00:00")) == ["09:00", "09:05", "09:10"]


def test_an_opening_to_24_and_one_from_midnight_are_one() -> None:
    one = offer(hours={"mon": ["23:00-24:00"], "tue": ["00:00-01:00"]}, duration="40min")
    found = starts(one, "2026-11-23 12:00", "2026-11-24 12:00")
    assert found == ["11-23 23:00", "11-23 23:40", "11-24 00:20"]


def test_steps_over_midnight_are_the_same_when_the_window_begins_after_it() -> None:
    one = offer(hours={"mon": ["23:00-24:00"], "tue": ["00:00-01:00"]}, duration="40min")
    assert starts(one, "2026-11-24 00:00", "2026-11-24 12:00") == ["11-24 00:20"]


def test_hours_around_the_clock_have_the_same_starts_in_every_window() -> None:
    one = offer(hours={day: ["00:00-24:00"] for day in WEEKDAYS}, duration="35min")
    whole = starts(one, "2026-11-20 00:00", "2026-12-05 00:00")
    assert starts(one, "2026-11-28 07:00", "2026-12-05 00:00") == [s for s in whole if s >= "11-28 07:00"]


def test_a_lanes_hours_narrow_the_offers() -> None:
    lanes = {
        "platz-1": {},
        "platz-2": {"hours": {"mon": ["09:30-12:00"]}},
        "platz-3": {"hours": {"tue": ["09:00-12:00"]}},
    }
    one = offer(hours=NINE_TO_TEN, duration="15min", lanes=lanes)
    assert len(starts(one, "2026-11-23 00:00", "2026-11-25 00:00")) == 4
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-25 00:00", lane="platz-2")) == ["09:30", "09:45"]
    assert starts(one, "2026-11-23 00:00", "2026-11-25 00:00", lane="platz-3") == []


def test_starts_on_the_day_of_the_gap_are_counted_in_real_time() -> None:
    one = offer(hours={"sun": ["01:00-04:00"]}, duration="40min")
    assert hours_of(starts(one, "2027-03-28 00:00", "2027-03-29 00:00")) == ["01:00", "01:40", "03:20"]


def test_starts_in_the_doubled_hour_come_twice() -> None:
    one = offer(hours={"sun": ["02:00-03:00"]}, duration="30min")
    assert hours_of(starts(one, "2027-10-31 00:00", "2027-11-01 00:00")) == ["02:00", "02:30", "02:00", "02:30"]


def test_a_closure_of_the_offer_takes_its_days_out() -> None:
    one = offer(hours={"thu": ["09:00-10:00"], "fri": ["09:00-10:00"]}, closures=[{"from": date(2026, 12, 24)}])
    found = starts(one, "2026-12-24 00:00", "2026-12-26 00:00")
    assert {start.split(" ")[0] for start in found} == {"12-25"}


def test_a_closure_of_a_lane_leaves_the_others_open() -> None:
    lanes: dict[str, Any] = {"platz-1": {"closures": [{"from": date(2026, 11, 23)}]}, "platz-2": {}}
    one = offer(hours=NINE_TO_TEN, lanes=lanes)
    assert starts(one, "2026-11-23 00:00", "2026-11-24 00:00") == []
    assert len(starts(one, "2026-11-23 00:00", "2026-11-24 00:00", lane="platz-2")) == 3


def test_a_closure_by_the_hour_takes_only_the_talks_that_it_touches() -> None:
    closure = {"from": datetime(2026, 11, 23, 9, 20, tzinfo=BERLIN), "to": datetime(2026, 11, 23, 9, 30, tzinfo=BERLIN)}
    one = offer(hours=NINE_TO_TEN, duration="10min", closures=[closure])
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-24 00:00")) == [
        "09:00",
        "09:10",
        "09:30",
        "09:40",
        "09:50",
    ]


def test_a_closure_does_not_move_the_steps() -> None:
    closure = {"from": datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN), "to": datetime(2026, 11, 23, 9, 10, tzinfo=BERLIN)}
    one = offer(hours=NINE_TO_TEN, duration="20min", closures=[closure])
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-24 00:00")) == ["09:20", "09:40"]


def test_a_buffer_may_lie_in_a_closure() -> None:
    one = offer(
        hours={"mon": ["22:00-24:00"]},
        duration="30min",
        buffer_after="30min",
        closures=[{"from": date(2026, 11, 24)}],
        step="30min",
    )
    assert hours_of(starts(one, "2026-11-23 00:00", "2026-11-25 00:00")) == ["22:00", "22:30", "23:00", "23:30"]


def test_repentance_day_is_closed_and_the_days_beside_it_are_not() -> None:
    one = offer(hours={day: ["09:00-09:20"] for day in WEEKDAYS})
    found = starts(one, "2026-11-17 00:00", "2026-11-20 00:00", holidays="DE-SN")
    assert found == ["11-17 09:00", "11-19 09:00"]


def test_an_offer_may_stay_open_on_holidays() -> None:
    one = offer(hours={"fri": ["09:00-09:20"]}, open_on_holidays=True)
    assert starts(one, "2026-12-25 00:00", "2026-12-26 00:00", holidays="DE-SN") == ["12-25 09:00"]


def test_holidays_of_the_next_year_are_known_at_the_turn_of_the_year() -> None:
    one = offer(hours={day: ["09:00-09:20"] for day in WEEKDAYS})
    assert "01-01 09:00" not in starts(one, "2026-12-28 00:00", "2027-01-03 00:00", holidays="DE-SN")


def test_an_ics_file_closes_whole_days(tmp_path: Path) -> None:
    event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20261123\r\nEND:VEVENT"
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//DE\r\n{event}\r\nEND:VCALENDAR\r\n"
    (tmp_path / "zu.ics").write_text(text, encoding="utf-8")
    one = offer(hours=NINE_TO_TEN, closures=[{"ics": "zu.ics"}])
    opening = times(folder=tmp_path).opening(one, demand_of(one, [("amt-pass", 1)]), unit("2026-11-23 00:00"), 600)
    assert not any(opening.starts.values())
    assert any(opening.hours.values())


def test_several_services_and_counts_add_up() -> None:
    one = offer(
        services=["pass", "ausweis"], combinable=True, count_at_most=4, duration="10min",
        durations={"ausweis": "15min"}, buffer_before="5min", buffer_after="10min", hours=NINE_TO_TEN,
    )  # fmt: skip
    demand = demand_of(one, [("amt-pass", 2), ("amt-ausweis", 3)])
    assert (demand.before, demand.talk, demand.after) == (1, 13, 2)


def test_lengths_are_occupied_outward() -> None:
    demand = demand_of(offer(duration="12min", buffer_after="1min", hours=NINE_TO_TEN), [("amt-pass", 1)])
    assert (demand.before, demand.talk, demand.after) == (0, 3, 1)


def test_the_lead_counts_from_now_and_is_rounded_up() -> None:
    one = offer(hours=NINE_TO_TEN, lead="2h")
    assert bounds_of(one, at("2026-11-23 07:01"), BERLIN).first == unit("2026-11-23 09:05")
    assert bounds_of(one, at("2026-11-23 07:00"), BERLIN).first == unit("2026-11-23 09:00")


def test_the_horizon_ends_with_a_whole_local_day() -> None:
    one = offer(hours=NINE_TO_TEN, horizon="14d")
    assert bounds_of(one, at("2026-11-23 00:00"), BERLIN).last == unit("2026-12-08 00:00")
    assert bounds_of(one, at("2026-11-23 23:59"), BERLIN).last == unit("2026-12-08 00:00")
    assert bounds_of(one, at("2026-11-24 00:00"), BERLIN).last == unit("2026-12-09 00:00")


def test_a_further_day_is_opened_at_the_release_time() -> None:
    one = offer(hours=NINE_TO_TEN, horizon="14d", release="08:00")
    before, then = bounds_of(one, at("2026-11-23 07:59"), BERLIN), bounds_of(one, at("2026-11-23 08:00"), BERLIN)
    assert (before.last, then.last) == (unit("2026-12-07 00:00"), unit("2026-12-08 00:00"))
    assert before.next_release == at("2026-11-23 08:00")
    assert then.next_release == at("2026-11-24 08:00")


def test_the_horizon_reaches_over_the_change_of_clocks() -> None:
    one = offer(hours=NINE_TO_TEN, horizon="2d")
    assert bounds_of(one, at("2027-03-27 12:00"), BERLIN).last == unit("2027-03-30 00:00")


def minutes_after_midnight(day: date) -> Iterator[datetime]:
    instant = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    while instant.astimezone(BERLIN).date() == day:
        yield instant
        instant += timedelta(minutes=5)


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31), date(2026, 11, 23)])
@pytest.mark.parametrize("release", ["02:30", "02:00", "00:00", "23:55"])
def test_a_released_day_is_never_taken_back_and_comes_when_it_was_announced(day: date, release: str) -> None:
    one = offer(hours=NINE_TO_TEN, release=release)
    last = bounds_of(one, at(f"{day} 00:00"), BERLIN)
    for now in minutes_after_midnight(day):
        bounds = bounds_of(one, now, BERLIN)
        assert bounds.last >= last.last
        assert (bounds.last > last.last) == (bounds.next_release != last.next_release)
        if bounds.last > last.last:
            assert now >= last.next_release
        last = bounds


# --- Against the plain way: look at every unit's local time.

daytime = st.sampled_from(
    [f"{h:02}:{m:02}" for h in (0, 1, 4, 7, 9, 11, 13, 18, 22, 23) for m in (0, 25, 40)] + ["24:00"]
)
day_spans = (
    st.lists(daytime, unique=True, max_size=4)
    .map(sorted)
    .map(lambda edges: [f"{a}-{b}" for a, b in zip(edges[::2], edges[1::2], strict=False)])
)
weeks = st.dictionaries(st.sampled_from(WEEKDAYS), day_spans, max_size=7)
MOMENTS = st.sampled_from(["2026-11-16 00:00", "2027-03-26 00:00", "2027-10-29 00:00", "2026-12-22 00:00"]).map(unit)


def is_open_plainly(hours: dict[str, list[str]], at_unit: int) -> bool:
    local = datetime.fromtimestamp(at_unit * 300, BERLIN)
    wall = f"{local:%H:%M}"
    return any(a <= wall < b for a, b in (span.split("-") for span in hours.get(WEEKDAYS[local.weekday()], ())))


def starts_plainly(hours: dict[str, list[str]], talk: int, step: int, first: int, last: int) -> set[int]:
    """Walk along all units from three weeks before; an opening is a run of open ones."""
    found, edge = set(), None
    for at_unit in range(first - 21 * 288, last + talk):
        edge = (at_unit if edge is None else edge) if is_open_plainly(hours, at_unit) else None
        start = at_unit - talk + 1
        if edge is not None and first <= start < last and start >= edge and (start - edge) % step == 0:
            found.add(start)
    return found


@settings(max_examples=25, deadline=None)
@given(weeks, st.integers(1, 30), st.integers(1, 20), MOMENTS, st.integers(0, 1500), st.integers(1, 700))
def test_starts_are_those_of_looking_at_every_unit(
    hours: dict[str, list[str]], talk: int, step: int, moment: int, later: int, size: int
) -> None:
    if all(is_open_plainly(hours, moment + place) for place in range(0, 7 * 288, 5)):
        return  # around the clock there is no edge to count from
    one = offer(hours=hours, duration=f"{talk * 5}min", step=f"{step * 5}min")
    base = moment + later
    opening = times().opening(one, demand_of(one, [("amt-pass", 1)]), base, size)
    found = {base + place for place in set_units(opening.starts["platz-1"])}
    assert found == starts_plainly(hours, talk, step, base, base + size)


@settings(max_examples=40, deadline=None)
@given(weeks, st.integers(1, 30), MOMENTS, st.integers(0, 1500), st.integers(1, 700))
def test_a_window_has_the_starts_that_a_wider_one_has_there(
    hours: dict[str, list[str]], talk: int, moment: int, later: int, size: int
) -> None:
    one = offer(hours=hours, duration=f"{talk * 5}min", open_on_holidays=False)
    demand = demand_of(one, [("amt-pass", 1)])
    wide = times("DE-SN").opening(one, demand, moment, 2_300).starts["platz-1"]
    narrow = times("DE-SN").opening(one, demand, moment + later, size).starts["platz-1"]
    assert narrow == wide >> later & ((1 << size) - 1)
