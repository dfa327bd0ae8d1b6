"""The free times of a wish: what is left when busy times, lead and horizon are taken away, and why nothing is."""

from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from durchwahl.availability.slots import FreeSlot, Wish, unit_window
from durchwahl.availability.units import instant_of, unit_after
from durchwahl.model.schedule import WEEKDAYS
from tests.availability.builders import BERLIN, Desk, KnownOccupations, at, offer, unit, walls, wish

SUNDAY = at("2026-11-22 12:00")
MORNINGS = {"mon": ["09:00-10:00"], "tue": ["09:00-10:00"]}
EVERY_DAY = {day: ["09:00-10:00"] for day in WEEKDAYS}


def desk(*, now: datetime = SUNDAY, **table: Any) -> Desk:
    return Desk([offer(**{"hours": MORNINGS, **table})], now)


async def found(one: Desk, start: str = "2026-11-23 00:00", end: str = "2026-11-24 00:00", **more: Any) -> list[str]:
    services = more.pop("services", ())
    answer = await one.slots.find(wish(start, end, *services, **more), limit=1_000)
    return [text.split(" ")[1] for text in walls(answer.slots)]


async def why(one: Desk, start: str = "2026-11-23 00:00", end: str = "2026-11-24 00:00", **more: Any) -> str | None:
    answer = await one.slots.find(wish(start, end, **more), limit=10)
    assert answer.slots == ()
    return answer.empty_reason


async def test_what_is_busy_is_not_free() -> None:
    one = desk()
    one.occupations.block("2026-11-23 09:20", "2026-11-23 09:40")
    assert await found(one) == ["09:00", "09:40"]


async def test_what_stands_before_the_window_blocks_a_buffer_that_reaches_into_it() -> None:
    one = desk(duration="20min", buffer_before="20min", step="20min")
    one.occupations.block("2026-11-23 09:00", "2026-11-23 09:15")
    assert await found(one) == ["09:40"]
    assert await found(one, "2026-11-23 09:20") == ["09:40"]


async def test_what_stands_behind_the_window_blocks_a_talk_that_reaches_out_of_it() -> None:
    one = desk(duration="20min", buffer_after="20min", step="20min")
    one.occupations.block("2026-11-23 09:45", "2026-11-23 09:50")
    assert await found(one, end="2026-11-23 09:25") == ["09:00"]


async def test_two_offers_on_one_lane_exclude_each_other() -> None:
    one = Desk([offer("amt/a", hours=MORNINGS), offer("amt/b", hours=MORNINGS, services=["ausweis"])], SUNDAY)
    one.occupations.block("2026-11-23 09:00", "2026-11-23 09:20")
    assert await found(one) == await found(one, services=["amt-ausweis"]) == ["09:20", "09:40"]


async def test_a_calendar_of_another_source_blocks_nothing() -> None:
    one = desk()
    one.occupations.block("2026-11-23 09:00", "2026-11-23 10:00", source="amt/anderes")
    assert await found(one) == ["09:00", "09:20", "09:40"]


async def test_what_also_busy_holds_blocks_every_lane() -> None:
    one = desk(lanes={"platz-1": {}, "platz-2": {}}, also_busy=["sitzungen", "city/feiern"])
    one.occupations.block("2026-11-23 09:00", "2026-11-23 09:20", source="amt/sitzungen", lane="saal")
    one.occupations.block("2026-11-23 09:40", "2026-11-23 10:00", source="city/feiern", lane="alle")
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=10)
    assert [(walls([slot])[0][6:], slot.remaining) for slot in answer.slots] == [("09:20", 2)]


async def test_remaining_counts_the_free_lanes() -> None:
    one = desk(lanes={"platz-1": {}, "platz-2": {}, "platz-3": {}})
    one.occupations.block("2026-11-23 09:00", "2026-11-23 09:20", lane="platz-2")
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=10)
    assert [slot.remaining for slot in answer.slots] == [2, 3, 3]


async def test_a_slot_says_when_the_talk_ends_without_its_buffers() -> None:
    one = desk(duration="15min", buffer_before="5min", buffer_after="5min")
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=1)
    assert (answer.slots[0].start, answer.slots[0].end) == (unit("2026-11-23 09:00"), unit("2026-11-23 09:15"))


async def test_several_services_take_as_long_as_all_of_them() -> None:
    one = desk(services=["pass", "ausweis"], combinable=True, durations={"ausweis": "40min"}, duration="10min")
    assert await found(one, services=["amt-pass", "amt-ausweis"]) == ["09:00"]


async def test_a_count_multiplies_the_length() -> None:
    one = desk(count_at_most=3, step="10min")
    three = Wish((("amt-pass", 3),), unit_window(at("2026-11-23 00:00"), at("2026-11-24 00:00")))
    assert walls((await one.slots.find(three, limit=9)).slots) == ["11-23 09:00"]


@pytest.mark.parametrize(
    "services", [(("amt-pass", 3),), (("amt-pass", 1), ("amt-ausweis", 1)), (("amt-anderes", 1),), (("amt-pass", 0),)]
)
async def test_what_no_offer_accepts_is_not_bookable(services: tuple[tuple[str, int], ...]) -> None:
    one = desk(services=["pass", "ausweis"], count_at_most=2)
    asked = Wish(services, unit_window(at("2026-11-23 00:00"), at("2026-11-24 00:00")))
    assert (await one.slots.find(asked, limit=9)).empty_reason == "not_bookable"


async def test_an_appointment_longer_than_a_day_is_not_accepted() -> None:
    one = desk(count_at_most=20, duration="2h", hours={day: ["00:00-24:00"] for day in WEEKDAYS[:6]})
    asked = Wish((("amt-pass", 13),), unit_window(at("2026-11-23 00:00"), at("2026-11-28 00:00")))
    assert (await one.slots.find(asked, limit=9)).empty_reason == "not_bookable"


async def test_a_channel_narrows_to_offers_that_have_it() -> None:
    one = desk(channels=["video", "phone"])
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00", channels=("phone",)), limit=9)
    assert {slot.channel for slot in answer.slots} == {"phone"}
    assert await why(one, channels=("in_person",)) == "not_bookable"


async def test_without_a_channel_each_start_comes_on_each_in_the_channels_order() -> None:
    one = desk(channels=["phone", "in_person", "video"])
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=4)
    assert [(slot.start, slot.channel) for slot in answer.slots] == [
        (unit("2026-11-23 09:00"), "video"), (unit("2026-11-23 09:00"), "phone"),
        (unit("2026-11-23 09:00"), "in_person"), (unit("2026-11-23 09:20"), "video"),
    ]  # fmt: skip


# --- Languages

LANGUAGES = {
    "platz-1": {"languages": ["de", "en", "pl"]},
    "platz-2": {"languages": ["de"]},
    "platz-3": {"languages": ["de", "uk"]},
}


async def test_a_language_narrows_to_the_lanes_where_it_is_spoken() -> None:
    answer = await desk(lanes=LANGUAGES).slots.find(
        wish("2026-11-23 00:00", "2026-11-24 00:00", languages=("pl",)), limit=1
    )
    assert (answer.slots[0].remaining, answer.slots[0].language) == (1, "pl")
    assert answer.slots[0].languages == ("de", "en", "pl")


async def test_several_languages_mean_any_of_them_and_each_lane_counts_once() -> None:
    answer = await desk(lanes=LANGUAGES).slots.find(
        wish("2026-11-23 00:00", "2026-11-24 00:00", languages=("uk", "de", "en")), limit=1
    )
    assert (answer.slots[0].remaining, answer.slots[0].language) == (3, "uk")


async def test_without_a_language_none_is_promised() -> None:
    answer = await desk(lanes=LANGUAGES).slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=1)
    assert answer.slots[0].language is None


async def test_a_language_that_nobody_speaks_is_not_announced_for_later() -> None:
    assert await why(desk(lanes=LANGUAGES), languages=("fr",)) == "no_hours"


async def test_the_lane_with_the_fewest_languages_is_taken_first() -> None:
    one = desk(lanes=LANGUAGES)
    here = one.offers[0]
    start = unit("2026-11-23 09:00")
    assert await one.slots.free_lanes(here, [("amt-pass", 1)], start, None) == ["platz-2", "platz-3", "platz-1"]
    assert await one.slots.free_lanes(here, [("amt-pass", 1)], start, "pl") == ["platz-1"]
    assert await one.slots.free_lanes(here, [("amt-pass", 1)], start, "fr") == []


async def test_who_wishes_for_no_language_is_led_to_somebody_who_speaks_german() -> None:
    one = desk(lanes={"platz-1": {"languages": ["en"]}, "platz-2": {"languages": ["de", "en", "pl"]}})
    start = unit("2026-11-23 09:00")
    assert await one.slots.free_lanes(one.offers[0], [("amt-pass", 1)], start, None) == ["platz-2", "platz-1"]
    assert await one.slots.free_lanes(one.offers[0], [("amt-pass", 1)], start, "en") == ["platz-1", "platz-2"]


async def test_free_lanes_leave_out_those_whose_buffers_are_taken() -> None:
    one = desk(lanes={"platz-1": {}, "platz-2": {}}, buffer_before="10min", step="20min")
    one.occupations.block("2026-11-23 08:30", "2026-11-23 08:55", lane="platz-1")
    assert await one.slots.free_lanes(one.offers[0], [("amt-pass", 1)], unit("2026-11-23 09:00"), None) == ["platz-2"]


async def test_free_lanes_of_an_unavailable_calendar_are_not_known() -> None:
    one = desk()
    one.occupations.unavailable.add("amt/termine")
    assert await one.slots.free_lanes(one.offers[0], [("amt-pass", 1)], unit("2026-11-23 09:00"), None) is None


@pytest.mark.parametrize(
    ("start", "is_open"),
    [("2026-11-23 09:00", True), ("2026-11-23 09:05", False), ("2026-11-23 10:00", False), ("2026-11-25 09:00", False)],
)
async def test_a_start_is_open_where_hours_and_steps_say_so_busy_or_not(start: str, is_open: bool) -> None:
    one = desk()
    one.occupations.block("2026-11-23 00:00", "2026-11-24 00:00")
    assert one.slots.is_open(one.offers[0], [("amt-pass", 1)], unit(start)) is is_open


# --- Lead and horizon


async def test_the_lead_takes_the_next_starts_away() -> None:
    assert await found(desk(now=at("2026-11-23 07:20"), lead="2h")) == ["09:20", "09:40"]
    assert await found(desk(now=at("2026-11-23 07:21"), lead="2h")) == ["09:40"]


async def test_a_start_that_is_past_is_never_free_even_without_a_lead() -> None:
    assert await found(desk(now=at("2026-11-23 09:20"), lead="0min")) == ["09:20", "09:40"]
    assert await found(desk(now=at("2026-11-23 09:21"), lead="0min")) == ["09:40"]


async def test_the_last_day_of_the_horizon_is_free_and_the_next_is_not() -> None:
    one = desk(hours=EVERY_DAY, horizon="3d")
    answer = await one.slots.find(wish("2026-11-22 00:00", "2026-12-24 00:00"), limit=1_000)
    assert {text[:5] for text in walls(answer.slots)} == {"11-23", "11-24", "11-25"}


# --- Why nothing is free


async def test_everything_taken_is_fully_booked() -> None:
    one = desk()
    one.occupations.block("2026-11-23 00:00", "2026-11-24 00:00")
    assert await why(one) == "fully_booked"


async def test_days_behind_the_horizon_are_not_released_and_it_says_when() -> None:
    one = desk(hours=EVERY_DAY, horizon="3d", release="07:00")
    answer = await one.slots.find(wish("2026-11-26 00:00", "2026-11-27 00:00"), limit=1)
    assert (answer.empty_reason, answer.next_release_at) == ("not_released", at("2026-11-23 07:00"))


async def test_a_closure_is_closed() -> None:
    assert await why(desk(closures=[{"from": date(2026, 11, 23)}])) == "closed"


async def test_a_holiday_is_closed() -> None:
    one = Desk([offer(hours=EVERY_DAY)], SUNDAY, holidays="DE-SN")
    assert await why(one, "2026-12-25 00:00", "2026-12-26 00:00") == "closed"


async def test_a_day_without_hours_has_no_hours_whatever_is_closed_at_other_times() -> None:
    one = desk(closures=[{"from": date(2026, 12, 24)}])
    assert await why(one, "2026-11-25 00:00", "2026-11-26 00:00") == "no_hours"


async def test_the_end_of_an_opening_where_nothing_fits_is_neither_closed_nor_to_come() -> None:
    one = desk(closures=[{"from": date(2026, 12, 24)}])
    assert await why(one, "2026-11-23 09:45", "2026-11-23 10:00") == "no_hours"


async def test_what_is_too_late_to_book_is_not_announced_for_later() -> None:
    assert await why(desk(now=at("2026-11-23 12:00"))) == "no_hours"
    assert await why(desk(now=at("2026-11-23 08:30"), lead="4h")) == "no_hours"


async def test_a_closed_rest_of_the_window_is_closed_though_its_beginning_is_over() -> None:
    one = desk(now=at("2026-11-23 12:00"), closures=[{"from": date(2026, 11, 24)}])
    assert await why(one, "2026-11-23 00:00", "2026-11-25 00:00") == "closed"


async def test_an_unavailable_calendar_comes_before_every_other_reason() -> None:
    one = desk(closures=[{"from": date(2026, 11, 23)}])
    one.occupations.unavailable.add("amt/termine")
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=1)
    assert (answer.empty_reason, answer.complete) == ("source_unavailable", False)


async def test_one_unavailable_calendar_leaves_the_others_slots() -> None:
    one = Desk([offer("amt/a", hours=MORNINGS), offer("amt/b", hours=MORNINGS, calendar="anderes")], SUNDAY)
    one.occupations.unavailable.add("amt/anderes")
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=9)
    assert (len(answer.slots), answer.complete, answer.empty_reason) == (3, False, None)


async def test_an_unavailable_also_busy_calendar_makes_the_offer_unknown() -> None:
    one = desk(also_busy=["sitzungen"])
    one.occupations.unavailable.add("amt/sitzungen")
    assert await why(one) == "source_unavailable"


def with_closures(folder: Path, **more: Any) -> Desk:
    """Two lanes, of which the second has closures in a file that is not there."""
    lanes = {"platz-1": {}, "platz-2": {"closures": [{"ics": "zu.ics"}], "languages": ["pl"]}}
    return Desk([offer(hours=MORNINGS, lanes=lanes, **more)], SUNDAY, folder=folder)


async def test_an_offer_whose_closures_cannot_be_read_has_no_times_until_they_can(tmp_path: Path) -> None:
    one = Desk([offer(hours=MORNINGS, closures=[{"ics": "zu.ics"}])], SUNDAY, folder=tmp_path)
    slots = one.slots
    monday = wish("2026-11-23 00:00", "2026-11-24 00:00")
    answer = await slots.find(monday, limit=10)
    assert (answer.slots, answer.complete, answer.empty_reason) == ((), False, "source_unavailable")
    start, services = unit("2026-11-23 09:00"), [("amt-pass", 1)]
    assert await slots.free_lanes(one.offers[0], services, start, None) is None
    assert slots.is_open(one.offers[0], services, start)
    (tmp_path / "zu.ics").write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n")
    assert len((await slots.find(monday, limit=10)).slots) == 3
    assert await slots.free_lanes(one.offers[0], services, start, None) == ["platz-1"]


async def test_a_lane_whose_closures_cannot_be_read_leaves_the_others_theirs(tmp_path: Path) -> None:
    one = with_closures(tmp_path)
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=10)
    assert [slot.remaining for slot in answer.slots] == [1, 1, 1]
    assert not answer.complete
    start, services = unit("2026-11-23 09:00"), [("amt-pass", 1)]
    assert await one.slots.free_lanes(one.offers[0], services, start, None) == ["platz-1"]
    assert await why(one, languages=("pl",)) == "source_unavailable"


async def test_where_the_known_lanes_are_taken_an_unknown_one_may_be_free(tmp_path: Path) -> None:
    one = with_closures(tmp_path)
    one.occupations.block("2026-11-23 09:00", "2026-11-23 10:00")
    assert await why(one) == "source_unavailable"
    start, services = unit("2026-11-23 09:00"), [("amt-pass", 1)]
    assert await one.slots.free_lanes(one.offers[0], services, start, None) is None


async def test_an_offer_and_its_neighbour_of_unreadable_closures_are_apart(tmp_path: Path) -> None:
    broken = offer("amt/b", hours=MORNINGS, services=["ausweis"], closures=[{"ics": "zu.ics"}])
    one = Desk([offer("amt/a", hours=MORNINGS), broken], SUNDAY, folder=tmp_path)
    assert await found(one) == ["09:00", "09:20", "09:40"]
    assert await found(one, services=["amt-ausweis"]) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from("abc")), max_size=12))
async def test_a_slots_places_and_languages_are_those_of_its_free_lanes(taken: list[tuple[int, int, str]]) -> None:
    lanes = {"a": {"languages": ["de"]}, "b": {"languages": ["de", "en"]}, "c": {"languages": ["pl", "en"]}}
    one = desk(lanes=lanes, step="5min")
    base = unit("2026-11-23 08:00")
    for first, length, lane in taken:
        one.occupations.spans.setdefault("amt/termine", {}).setdefault(lane, []).append(
            (base + first, base + first + length)
        )
    answer = await one.slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=100)
    for slot in answer.slots:
        free = await one.slots.free_lanes(slot.offer, slot.services, slot.start, None)
        assert free is not None
        assert slot.remaining == len(free)
        assert set(slot.languages) == {tag for lane in free for tag in lanes[lane]["languages"]}
        assert list(slot.languages) == [tag for tag in slot.offer.languages if tag in slot.languages]


async def test_an_empty_page_behind_the_last_slot_gives_no_reason() -> None:
    answer = await desk().slots.find(wish("2026-11-23 00:00", "2026-11-24 00:00"), limit=10, offset=10)
    assert (answer.slots, answer.total, answer.empty_reason) == ((), 3, None)


# --- Paging


async def every_page(one: Desk, start: datetime, end: datetime, length: timedelta, limit: int) -> list[FreeSlot]:
    """Everything that a client gets who pages by offset, and goes on from `next_from`."""
    got: list[FreeSlot] = []
    while start < end:
        window = unit_window(start, min(start + length, end))
        for offset in count(step=limit):
            answer = await one.slots.find(Wish((("amt-pass", 1),), window), limit=limit, offset=offset)
            got.extend(answer.slots)
            if offset + limit >= answer.total:
                break
            assert answer.next_from is None
        if answer.next_from is None:
            break
        start = answer.next_from
    return got


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 7), st.integers(7, 3_000), st.lists(st.integers(0, 2_000), max_size=12))
async def test_paging_gives_every_slot_exactly_once(limit: int, minutes: int, taken: list[int]) -> None:
    offers = [
        offer("amt/a", hours=EVERY_DAY, channels=["video", "phone"], horizon="4d"),
        offer("amt/b", hours=EVERY_DAY, duration="25min", horizon="2d", lanes={"platz-1": {}, "platz-2": {}}),
    ]
    one = Desk(offers, SUNDAY)
    base = unit("2026-11-22 00:00")
    one.occupations.spans["amt/termine"] = {"platz-1": [(base + start, base + start + 2) for start in taken]}
    start, end = at("2026-11-22 12:00"), at("2026-12-01 00:00")
    whole = await one.slots.find(Wish((("amt-pass", 1),), unit_window(start, end)), limit=10_000)
    assert await every_page(one, start, end, timedelta(minutes=minutes), limit) == list(whole.slots)


async def test_within_the_horizon_the_next_window_begins_where_this_one_ends() -> None:
    answer = await desk().slots.find(wish("2026-11-23 00:00", "2026-11-23 12:00"), limit=10)
    assert answer.next_from == at("2026-11-23 12:00")


async def test_behind_the_horizon_nothing_more_is_promised() -> None:
    answer = await desk(horizon="3d").slots.find(wish("2026-11-23 00:00", "2026-12-24 00:00"), limit=10)
    assert answer.next_from is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(BERLIN)),  # noqa: DTZ001  # hypothesis wants bounds without a zone
    st.timedeltas(timedelta(seconds=1), timedelta(hours=2)),
)
def test_a_window_holds_the_units_that_begin_in_it(start: datetime, length: timedelta) -> None:
    first, last = unit_window(start, start + length)
    begun = [u for u in range(unit_after(start) - 3, unit_after(start) + 40) if start <= instant_of(u) < start + length]
    assert list(range(first, last)) == begun


# --- What calendars are asked for


async def test_only_bookable_days_are_asked_for_whatever_window_is_wished() -> None:
    for start, end in (("2020-01-01", "2020-02-01"), ("2040-01-01", "2040-02-01"), ("2026-11-01", "2026-12-31")):
        one = desk(horizon="14d")
        await one.slots.find(wish(f"{start} 00:00", f"{end} 00:00"), limit=1)
        ((first, last),) = one.occupations.asked
        assert unit("2026-11-22 11:00") <= first < last <= unit("2026-12-07 01:00")


async def test_the_first_of_each_asks_for_bookable_days_only() -> None:
    one = desk(horizon="14d")
    await one.slots.first_of_each(
        {("amt-pass", "phone")}, unit_window(at("2040-01-01 00:00"), at("2040-02-01 00:00")), ()
    )
    assert one.occupations.asked[0][1] <= unit("2026-12-07 01:00")


# --- The whole against looking at each lane and unit

minutes_of = st.integers(0, 12).map(lambda n: f"{n * 5}min")


@settings(max_examples=40, deadline=None)
@given(
    before=minutes_of,
    talk=st.integers(1, 10),
    after=minutes_of,
    busy=st.lists(
        st.tuples(st.sampled_from(["platz-1", "platz-2"]), st.integers(90, 400), st.integers(1, 30)), max_size=8
    ),
    window=st.tuples(st.integers(80, 300), st.integers(1, 200)),
)
async def test_free_lanes_and_found_slots_agree_at_every_start(
    before: str, talk: int, after: str, busy: list[tuple[str, int, int]], window: tuple[int, int]
) -> None:
    one = desk(
        duration=f"{talk * 5}min", buffer_before=before, buffer_after=after, lanes={"platz-1": {}, "platz-2": {}},
        hours={day: ["08:00-11:00", "12:00-20:00"] for day in WEEKDAYS},
    )  # fmt: skip
    base = unit("2026-11-23 00:00")
    for lane, start, length in busy:
        one.occupations.spans.setdefault("amt/termine", {}).setdefault(lane, []).append(
            (base + start, base + start + length)
        )
    asked = Wish((("amt-pass", 1),), (base + window[0], base + window[0] + window[1]))
    answer = await one.slots.find(asked, limit=1_000)
    remaining = {slot.start: slot.remaining for slot in answer.slots}
    for start in range(*asked.window):
        lanes = await one.slots.free_lanes(one.offers[0], [("amt-pass", 1)], start, None)
        assert len(lanes or ()) == remaining.get(start, 0)


async def test_an_offer_whose_lanes_are_all_free_but_unknown_is_usable_with_its_own_lanes_only() -> None:
    one = Desk([offer(hours=MORNINGS)], SUNDAY, KnownOccupations({"amt/termine": {"fremd": [(0, 1 << 40)]}}))
    assert await found(one) == ["09:00", "09:20", "09:40"]
