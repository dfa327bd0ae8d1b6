"""The free times of a whole city: our own places block, the earliest of each consultation is found, tokens hold."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from durchwahl.availability.earliest import earliest
from durchwahl.availability.slots import Wish, unit_window
from durchwahl.availability.units import instant_of
from tests.availability.builders import BERLIN, at, unit, walls
from tests.gateways import DEPARTMENT, MONDAY, City, city, key

CERTIFICATE = "buergeramt-meldebescheinigung"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[City]:
    async with city(tmp_path) as one:
        yield one


def starts(found: list[dict[str, str]]) -> list[str]:
    return [one["start"] for one in found]


async def test_times_carry_the_citys_offset(town: City) -> None:
    first = (await town.slots(limit=1))[0]
    assert (first["start"], first["end"], first["timezone"]) == (
        "2026-11-23T09:00:00+01:00", "2026-11-23T09:20:00+01:00", "Europe/Berlin",
    )  # fmt: skip


async def test_a_hold_takes_one_of_two_places_and_the_second_takes_the_other(town: City) -> None:
    first = (await town.slots(limit=1))[0]
    assert first["remaining"] == 2
    await town.hold(first["slot"])
    again = (await town.slots(limit=1))[0]
    assert (again["start"], again["remaining"]) == (first["start"], 1)
    await town.hold(again["slot"])
    assert first["start"] not in starts(await town.slots())


async def test_an_expired_hold_gives_its_place_back(town: City) -> None:
    first = (await town.slots())[6]
    for _ in range(2):
        await town.hold(first["slot"])
    assert first["start"] not in starts(await town.slots())
    town.clock.forward(minutes=11)
    town.gateway.context.wake.set()
    await town.settled()
    assert first["start"] in starts(await town.slots())


async def test_a_slots_token_is_the_same_within_the_hour(town: City) -> None:
    before = [one["slot"] for one in await town.slots()]
    town.clock.forward(minutes=30)
    assert [one["slot"] for one in await town.slots(**{"from": MONDAY.isoformat()})][-5:] == before[-5:]


async def test_every_token_of_the_city_is_short(town: City) -> None:
    found = await town.slots(language="gsg")
    assert found
    assert all(len(one["slot"]) <= 200 for one in found)


async def test_two_hours_beyond_the_last_slot_the_page_is_empty_and_says_why(town: City) -> None:
    answer = await town.client.get(
        f"/v1/services/{CERTIFICATE}/slots", params={"from": "2026-11-25", "to": "2026-11-26", "channel": "video"}
    )
    assert (answer.json()["items"], answer.json()["empty_reason"]) == ([], "no_hours")


async def test_the_earliest_is_the_first_of_each_service_and_channel_in_order(town: City) -> None:
    found = await earliest(town.gateway.slots, town.gateway.snapshot.services, MONDAY, (), ())
    pairs = Counter((slot.services[0][0], slot.channel) for slot in found.slots)
    assert set(pairs.values()) == {1}
    assert len(pairs) == 7
    assert [slot.start for slot in found.slots] == sorted(slot.start for slot in found.slots)
    assert found.complete


@pytest.mark.parametrize("service", ["meldebescheinigung", "ummeldung", "suchtberatung", "fuehrungszeugnis"])
async def test_the_earliest_is_what_a_search_would_find_first(town: City, service: str) -> None:
    wish = Wish(((f"buergeramt-{service}", 1),), unit_window(MONDAY, at("2026-12-20 00:00")))
    first = (await town.gateway.slots.find(wish, limit=1)).slots[0]
    found = await earliest(town.gateway.slots, town.gateway.snapshot.services, MONDAY, (), ())
    mine = [slot for slot in found.slots if slot.services[0][0] == f"buergeramt-{service}"]
    assert {slot.start for slot in mine} == {first.start}


async def test_the_earliest_narrows_by_channel_and_language(town: City) -> None:
    found = await earliest(town.gateway.slots, town.gateway.snapshot.services, MONDAY, ("video",), ("gsg",))
    assert {slot.channel for slot in found.slots} == {"video"}
    assert {slot.language for slot in found.slots} == {"gsg"}
    nobody = await earliest(town.gateway.slots, town.gateway.snapshot.services, MONDAY, (), ("fr",))
    assert nobody.slots == ()


@pytest.mark.parametrize(
    ("until", "first"), [("2026-12-01", "12-02 09:00"), ("2026-12-13", "12-14 09:00"), ("2027-01-10", "01-11 09:00")]
)
async def test_the_earliest_looks_weeks_ahead_where_the_first_days_are_closed(
    tmp_path: Path, until: str, first: str
) -> None:
    closed = (
        DEPARTMENT.replace('horizon = "14d"', 'horizon = "70d"') + f"[[closures]]\nfrom = 2026-11-23\nto = {until}\n"
    )
    async with city(tmp_path, department=closed) as town:
        found = await earliest(town.gateway.slots, town.gateway.snapshot.services, MONDAY, ("video",), ())
        assert walls(found.slots)[0] == first


async def test_several_services_together_take_the_sum_of_their_times(town: City) -> None:
    answer = await town.client.get(
        "/v1/slots",
        params={"service": [CERTIFICATE, "buergeramt-ummeldung"], "count": [2, 1], "channel": "phone", "limit": 1},
    )
    one = answer.json()["items"][0]
    assert datetime.fromisoformat(one["end"]) - datetime.fromisoformat(one["start"]) == instant_of(12) - instant_of(0)


async def test_on_the_day_of_the_gap_no_time_is_offered_that_no_clock_shows(tmp_path: Path) -> None:
    nights = DEPARTMENT.replace(
        'hours = { mon = ["09:00-12:00"], tue = ["09:00-12:00"] }', 'hours = { sun = ["01:00-05:00"] }'
    )
    async with city(tmp_path, department=nights) as town:
        town.clock.now = at("2027-03-27 12:00")
        found = starts(await town.slots(to="2027-03-29"))
        assert len(found) == len(set(found)) == 9
        assert all(datetime.fromisoformat(one).astimezone(BERLIN).isoformat() == one for one in found)
        assert not any("T02:" in one for one in found)


async def test_in_the_doubled_hour_both_hours_are_offered_with_their_offsets(tmp_path: Path) -> None:
    hours = 'open_on_holidays = true\nhours = { sun = ["02:00-03:00"] }'  # 31 October is a holiday in Saxony
    nights = DEPARTMENT.replace('hours = { mon = ["09:00-12:00"], tue = ["09:00-12:00"] }', hours)
    async with city(tmp_path, department=nights) as town:
        town.clock.now = at("2027-10-30 12:00")
        found = starts(await town.slots(to="2027-11-01"))
        assert [one[11:] for one in found] == [
            "02:00:00+02:00", "02:20:00+02:00", "02:40:00+02:00", "02:00:00+01:00", "02:20:00+01:00", "02:40:00+01:00",
        ]  # fmt: skip


async def test_a_place_that_began_before_the_window_blocks_into_it(town: City) -> None:
    wish = {"service": [CERTIFICATE], "count": [3], "channel": "video", "language": "gsg", "limit": 1}
    hour = (await town.client.get("/v1/slots", params=wish)).json()["items"][0]
    assert (await town.client.post("/v1/holds", json={"slot": hour["slot"]}, headers=key())).status_code == 201
    later = await town.slots(language="gsg", **{"from": "2026-11-23T09:20:00+01:00"})
    assert later[0]["start"] == "2026-11-23T10:00:00+01:00"
    assert unit("2026-11-23 10:00") * 300 == int(datetime.fromisoformat(later[0]["start"]).timestamp())


async def test_nobody_is_called_in_a_sign_language(town: City) -> None:
    for channel, some in (("phone", False), ("video", True)):
        found = await town.slots(channel=channel, language="gsg")
        assert bool(found) is some
        every = await town.slots(channel=channel)
        assert any("gsg" in slot["languages"] for slot in every) is some
    service = (await town.client.get(f"/v1/services/{CERTIFICATE}")).json()
    spoken = {channel["type"]: channel["languages"] for channel in service["channels"]}
    assert "gsg" in spoken["video"]
    assert "gsg" not in spoken["phone"]
