"""Offers name calendars, lanes, rooms and further calendars: each name leads somewhere, or the offer is left out."""

from pathlib import Path

import pytest

from tests.sources.configs import GATEWAY, only, opened

SOURCES = """
[sources.termine]
type = "house"
[sources.termine.lanes.platz-1]
[sources.kal]
type = "kalender"
[sources.kal.lanes.k1]
collection = "k1/"
[sources.ferien]
type = "feiern"
[sources.tevis]
type = "verweis"
[sources.tevis.lanes.a]
[sources.leer]
type = "house"
[sources.aus]
type = "house"
enabled = false
[sources.katalog]
type = "sheet"
path = "x.csv"
"""
OFFER = """
[offers.{name}]
services = ["pass"]
channels = ["video", "phone"]
calendar = "{calendar}"
video = "{video}"
hours = {{ mon = ["09:00-10:00"] }}
{more}
"""


def offer(name: str = "pass", *, calendar: str = "termine", video: str = "city/raeume", more: str = "") -> str:
    return OFFER.format(name=name, calendar=calendar, video=video, more=more)


async def test_a_sound_offer_has_the_lanes_of_its_calendar(tmp_path: Path) -> None:
    async with opened(tmp_path, SOURCES + offer()) as sources:
        assert sources.findings == []
        assert sources.offers["amt/pass"].lanes == ("platz-1",)


MISTAKES = [
    ({"calendar": "termin"}, "calendar", 'there is no source "amt/termin". Did you mean "termine"?'),
    ({"calendar": "zzz"}, "calendar", 'there is no source "amt/zzz". Write its name, or city/name.'),
    ({"calendar": "katalog"}, "calendar", '"amt/katalog" is a service catalogue, not a calendar.'),
    ({"calendar": "city/raeume"}, "calendar", '"city/raeume" is a video platform, not a calendar.'),
    ({"calendar": "aus"}, "calendar", 'the source "amt/aus" is switched off. Set its `enabled` to true.'),
    ({"calendar": "leer"}, "calendar", '"amt/leer" has no lanes. Add [sources.leer.lanes.<name>]'),
    ({"calendar": "tevis", "video": "city/raeume"}, "", ""),
    ({"calendar": "ferien"}, "calendar", ""),
    ({"video": "raeume"}, "video", 'there is no source "amt/raeume". Did you mean "city/raeume"?'),
    ({"video": "termine"}, "video", '"amt/termine" is a calendar, not a video platform.'),
    ({"more": 'lanes = ["platz-2"]'}, "lanes", '"amt/termine" has no lane "platz-2". Did you mean "platz-1"?'),
    ({"more": 'also_busy = ["feirien"]'}, "also_busy[0]", 'there is no source "amt/feirien". Did you mean "ferien"?'),
    ({"more": 'also_busy = ["ferien", "katalog"]'}, "also_busy[1]", "is a service catalogue, not a calendar."),
    ({"more": 'remote = { office = "1" }'}, "remote", 'the type "house" has no settings per offer. Remove the table.'),
]


@pytest.mark.parametrize(("changes", "key", "words"), MISTAKES)
async def test_a_wrong_name_is_found_and_costs_only_its_offer(
    tmp_path: Path, changes: dict[str, str], key: str, words: str
) -> None:
    async with opened(tmp_path, SOURCES + offer("falsch", **changes) + offer("gut")) as sources:
        finding = sources.findings[0]
        assert finding.file == "departments/amt.toml"
        assert finding.key.startswith(f"offers.falsch.{key}")
        assert words in f"{finding.reason} {finding.remedy}"
        assert list(sources.offers) == ["amt/gut"]


async def test_a_lane_without_a_room_is_found_with_the_key_to_add(tmp_path: Path) -> None:
    more = "[sources.termine.lanes.platz-2]\n"
    text = SOURCES.replace("[sources.kal]", more + "[sources.kal]") + offer()
    async with opened(tmp_path, text) as sources:
        assert only(sources).key == "offers.pass.video"
        assert '"amt/termine/platz-2" to sources.raeume.rooms in gateway.toml' in only(sources).remedy


async def test_a_phone_offer_needs_no_room(tmp_path: Path) -> None:
    text = SOURCES.replace("[sources.kal]", "[sources.termine.lanes.platz-2]\n[sources.kal]")
    phone = offer().replace('["video", "phone"]', '["phone"]')
    async with opened(tmp_path, text + phone) as sources:
        assert sources.findings == []


async def test_an_offers_own_ids_of_the_back_end_are_validated_by_its_type(tmp_path: Path) -> None:
    phone = offer(calendar="kal", more='remote = { office = "10489" }').replace('["video", "phone"]', '["phone"]')
    async with opened(tmp_path, SOURCES + phone) as sources:
        assert sources.offers["amt/pass"].remote.office == "10489"


@pytest.mark.parametrize(
    ("remote", "key"),
    [("", "remote.office"), ("remote = { ofice = 'x' }", "remote.of"), ("remote = { office = 5 }", "remote.office")],
)
async def test_a_wrong_id_of_the_back_end_is_found(tmp_path: Path, remote: str, key: str) -> None:
    phone = offer(calendar="kal", more=remote).replace('["video", "phone"]', '["phone"]')
    async with opened(tmp_path, SOURCES + phone) as sources:
        assert sources.findings[0].key.startswith(f"offers.pass.{key}")
        assert sources.offers == {}


async def test_a_calendar_that_cannot_be_written_to_is_not_offered_as_always_free(tmp_path: Path) -> None:
    lanes = SOURCES.replace('type = "feiern"', 'type = "feiern"\n[sources.ferien.lanes.a]')
    phones = [offer(name, calendar=name).replace('["video", "phone"]', '["phone"]') for name in ("ferien", "tevis")]
    async with opened(tmp_path, lanes + "".join(phones)) as sources:
        assert sources.offers == {}
        assert [one.key for one in sources.findings] == ["offers.ferien.calendar", "offers.tevis.calendar"]
        assert 'type "feiern") keeps no appointments' in sources.findings[0].reason


async def test_what_says_nothing_of_busy_times_cannot_block(tmp_path: Path) -> None:
    async with opened(tmp_path, SOURCES + offer(more='also_busy = ["ferien", "tevis"]')) as sources:
        assert sources.offers == {}
        assert only(sources).key == "offers.pass.also_busy[1]"


async def test_a_calendar_that_cannot_be_used_is_said_at_the_offer_too(tmp_path: Path) -> None:
    broken = SOURCES.replace(
        'type = "house"\n[sources.termine.lanes', 'type = "house"\nxyz = 1\n[sources.termine.lanes', 1
    )
    async with opened(tmp_path, broken + offer()) as sources:
        assert [one.key for one in sources.findings] == ["sources.termine.xyz", "offers.pass.calendar"]
        assert sources.findings[1].remedy == "Mend it first: another finding says what is wrong with it."


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('[sources.termine]\ntype = "house"', "[sources.termine]\ntype = 5", "calendar", '"amt/termine" is left out.'),
        (
            "[sources.termine.lanes.platz-1]",
            "[sources.termine.lanes.platz-1]\nlanguages = []",
            "lanes",
            'the lane "pla',
        ),
    ],
)
async def test_who_names_what_is_left_out_is_not_told_to_name_something_else(
    tmp_path: Path, old: str, new: str, key: str, reason: str
) -> None:
    assert SOURCES.count(old) == 1
    text = SOURCES.replace(old, new) + offer(more='lanes = ["platz-1"]')
    async with opened(tmp_path, text, is_sound=False) as sources:
        assert only(sources).key == f"offers.pass.{key}"
        assert reason in only(sources).reason
        assert only(sources).remedy == "Mend it first: another finding says what is wrong with it."
        assert sources.offers == {}


@pytest.mark.parametrize("mode", ["read_only", "shadow"])
@pytest.mark.parametrize("place", ["calendar", "video"])
async def test_an_offer_of_a_source_that_is_not_live_is_left_out_with_a_warning(
    tmp_path: Path, mode: str, place: str
) -> None:
    gateway, text = GATEWAY, SOURCES + offer()
    if place == "video":
        gateway = gateway.replace('type = "manual"', f'type = "manual"\nmode = "{mode}"')
    else:
        text = text.replace('[sources.termine]\ntype = "house"', f'[sources.termine]\ntype = "house"\nmode = "{mode}"')
    async with opened(tmp_path, text, gateway=gateway) as sources:
        assert (only(sources).key, only(sources).severity) == (f"offers.pass.{place}", "warning")
        assert mode in only(sources).reason
        assert sources.offers == {}


async def test_a_shadow_blocks_nobody_and_is_said(tmp_path: Path) -> None:
    text = SOURCES.replace('[sources.ferien]\ntype = "feiern"', '[sources.ferien]\ntype = "feiern"\nmode = "shadow"')
    assert text != SOURCES
    async with opened(tmp_path, text + offer(more='also_busy = ["ferien"]')) as sources:
        assert only(sources).key == "offers.pass.also_busy[0]"


async def test_an_offer_with_two_mistakes_is_told_both(tmp_path: Path) -> None:
    text = offer("falsch", calendar="leer", more='remote = { office = "1" }\nlanes = ["platz-2"]')
    async with opened(tmp_path, SOURCES + text) as sources:
        assert [one.key.removeprefix("offers.falsch.") for one in sources.findings] == [
            "lanes", "calendar", "remote",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        ('hours = { mon = ["09:00-10:00"] }', "hours = { mo = [] }", "offers.falsch.hours"),
        ('channels = ["video", "phone"]', 'channels = ["fax"]', "offers.falsch.channels[0]"),
        ('services = ["pass"]', 'services = ["pass"]\nduraton = 5', "offers.falsch.duraton"),
    ],
)
async def test_a_wrong_table_does_not_hide_a_wrong_name(tmp_path: Path, old: str, new: str, first: str) -> None:
    text = SOURCES + offer("gut") + offer("falsch", more='lanes = ["platz-2"]').replace(old, new)
    async with opened(tmp_path, text, is_sound=False) as sources:
        assert list(sources.offers) == ["amt/gut"]
        assert sources.findings[0].key == "offers.falsch.lanes"


async def test_an_offer_that_lacks_its_calendar_is_not_told_of_a_source_without_a_name(tmp_path: Path) -> None:
    text = SOURCES + offer("falsch", video="raeume").replace('calendar = "termine"', "")
    async with opened(tmp_path, text, is_sound=False) as sources:
        assert only(sources).key == "offers.falsch.video"


async def test_a_further_calendar_without_lanes_blocks_nothing_and_is_said(tmp_path: Path) -> None:
    text = SOURCES.replace('[sources.kal.lanes.k1]\ncollection = "k1/"\n', "") + offer(more='also_busy = ["kal"]')
    async with opened(tmp_path, text) as sources:
        assert only(sources).key == "offers.pass.also_busy[0]"
        assert only(sources).reason == '"amt/kal" has no lanes, so that it blocks nothing.'
        assert sources.offers == {}
