"""The first slot of each consultation; where there is none at all, why, and when there will be."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from durchwahl.availability.earliest import Earliest, earliest
from durchwahl.model.catalogue import Channel, ChannelType, Service
from durchwahl.model.schedule import WEEKDAYS
from tests.availability.builders import BERLIN, Desk, at, offer, walls

SUNDAY = at("2026-11-22 12:00")
MORNINGS = {day: ["09:00-09:20"] for day in WEEKDAYS}


def service(slug: str = "pass", *channels: str) -> Service:
    given = [Channel(type=ChannelType(one), status="confirmed", evidence=(), bookable=True) for one in channels]
    return Service(
        id=f"amt-{slug}", slug=slug, department="amt", carrier=None, name={"de": slug}, summary={}, description={},
        documents=(), cost={}, leika_keys=(), alt_names=(), forms=(), channels=tuple(given), outcome=None,
        personal_appearance_required=None, discreet=False, url=None, sources=(), as_of=SUNDAY,
    )  # fmt: skip


async def first(
    one: Desk, *services: Service, channels: tuple[str, ...] = (), languages: tuple[str, ...] = ()
) -> Earliest:
    return await earliest(one.slots, services or [service("pass", "phone")], one.now, channels, languages)


def desk(**table: Any) -> Desk:
    return Desk([offer(**{"hours": MORNINGS, "horizon": "14d", **table})], SUNDAY)


async def test_the_first_slot_is_found_without_a_reason() -> None:
    found = await first(desk())
    assert (walls(found.slots), found.empty_reason, found.complete) == (["11-23 09:00"], None, True)


async def test_when_a_further_day_is_opened_is_said() -> None:
    assert (await first(desk(release="08:00"))).next_release_at == at("2026-11-23 08:00")


async def test_everything_taken_is_fully_booked() -> None:
    one = desk()
    one.occupations.block("2026-11-22 00:00", "2027-03-01 00:00")
    found = await first(one)
    assert (found.slots, found.empty_reason, found.complete) == ((), "fully_booked", True)


async def test_a_closure_up_to_the_horizons_end_is_closed_as_long_as_nothing_follows() -> None:
    one = desk(closures=[{"from": date(2026, 11, 1), "to": date(2027, 3, 1)}])
    assert (await first(one)).empty_reason == "closed"


async def test_days_that_are_not_open_yet_are_not_released_and_it_says_when() -> None:
    found = await first(desk(horizon="0d", release="08:00"))
    assert (found.empty_reason, found.next_release_at) == ("not_released", at("2026-11-23 08:00"))


async def test_an_offer_that_never_opens_has_no_hours() -> None:
    assert (await first(desk(hours={}))).empty_reason == "no_hours"


async def test_a_calendar_that_is_silent_is_unavailable_and_not_fully_booked() -> None:
    one = desk()
    one.occupations.unavailable.add("amt/termine")
    found = await first(one)
    assert (found.slots, found.empty_reason, found.complete) == ((), "source_unavailable", False)


async def test_closures_that_cannot_be_read_are_not_fully_booked(tmp_path: Path) -> None:
    one = desk(closures=[{"ics": "zu.ics"}])
    one.folder = tmp_path
    found = await first(one)
    assert (found.slots, found.empty_reason, found.complete) == ((), "source_unavailable", False)


@pytest.mark.parametrize("channels", [("video",), ()])
async def test_what_cannot_be_booked_at_all_is_not_bookable(channels: tuple[str, ...]) -> None:
    found = await first(desk(), service("pass", *(["phone"] if channels else [])), channels=channels)
    assert (found.slots, found.empty_reason, found.next_release_at) == ((), "not_bookable", None)


async def test_a_language_that_nobody_speaks_has_no_hours() -> None:
    assert (await first(desk(), languages=("fr",))).empty_reason == "no_hours"


async def test_an_offer_of_another_channel_has_no_part_in_the_reason() -> None:
    phone = offer("amt/a", hours=MORNINGS, calendar="anderer")
    video = offer(
        "amt/b", hours=MORNINGS, channels=["video"], closures=[{"from": date(2026, 1, 1), "to": date(2027, 12, 31)}]
    )
    one = Desk([phone, video], SUNDAY)
    one.occupations.unavailable.add("amt/anderer")
    found = await first(one, service("pass", "phone", "video"), channels=("video",))
    assert (found.empty_reason, found.complete, list(found.states)) == ("closed", True, ["amt/termine"])


async def test_times_weeks_ahead_are_found_where_the_near_ones_are_closed() -> None:
    one = desk(horizon="60d", closures=[{"from": date(2026, 11, 1), "to": date(2026, 12, 31)}])
    found = await first(one)
    assert walls(found.slots) == ["01-01 09:00"]
    assert found.slots[0].start == int(datetime(2027, 1, 1, 9, tzinfo=BERLIN).timestamp()) // 300
