"""The example that `durchwahl demo` runs: sound, complete for the motion A0028/24, and honest."""

from collections import Counter
from pathlib import Path

import pytest

from durchwahl.model.catalogue import CONSULTATION_CHANNELS, REMOTE_CHANNELS, ChannelType, ServiceRecord
from durchwahl.settings.load import load
from durchwahl.settings.resolved import OfferConfig, Settings
from durchwahl.sources.discovery import discover
from durchwahl.sources.opening import open_sources
from durchwahl.testing.catalogue_contract import ServiceCatalogueContract, read
from durchwahl_plugins.sheet import Sheet, SheetSettings
from tests.plugins.plain_toolbox import toolbox_in

CONFIG = Path(__file__).parents[2] / "config"
SHEETS = sorted(path.relative_to(CONFIG).as_posix() for path in (CONFIG / "departments").glob("*.csv"))
SETTINGS = load(CONFIG / "gateway.toml")

Consultation = tuple[str, str, ChannelType]
"""Department, service, channel."""

DISCREET = {
    ("sozialamt", "wohnungsnotfallhilfe"),
    ("sozialamt", "wohnungsnotfall-kontaktstellen"),
    ("sozialamt", "schuldnerberatung"),
    ("gesundheit-und-praevention", "schwangerenberatung"),
    ("gesundheit-und-praevention", "schwangerschaftskonfliktberatung"),
    ("gesundheit-und-praevention", "suchtberatung"),
}

POINT_3 = {
    "buergeramt": {
        "ummeldung-hauptwohnung", "ummeldung-nebenwohnung", "melderegisterauskunft", "meldebescheinigung",
        "fuehrungszeugnis", "gewerbezentralregisterauskunft",
    },
    "standesamt": {"geburtsurkunde", "eheurkunde", "lebenspartnerschaftsurkunde", "sterbeurkunde"},
    "ordnungsamt": {"kfz-ummeldung-umzug"},
    "strassen-und-tiefbauamt": {"bewohnerparkausweis", "parkausweis-menschen-mit-behinderung"},
    "sozialamt": {"schwerbehindertenausweis", "wohnberechtigungsschein"},
}  # fmt: skip
ALREADY_BY_VIDEO = {"buergeramt": {"abmeldung-hauptwohnung", "abmeldung-nebenwohnung"}}
DEPLORED = {
    "jugendamt": {"erziehungsberatung", "unterhalt-und-beistandschaft"},
    "gesundheit-und-praevention": {"schwangerenberatung", "suchtberatung"},
    "beauftragte-behinderung-senioren": {"beratung-menschen-mit-behinderungen", "beratung-senioren"},
    "sozialamt": {"schuldnerberatung", "wohnungsnotfallhilfe"},
}


def sheet(path: str) -> Sheet:
    return Sheet(SheetSettings(path=path), toolbox_in(CONFIG))


async def catalogue() -> dict[tuple[str, str], ServiceRecord]:
    """Every service of every sheet, by department and id."""
    services = {}
    for source in SETTINGS.sources.values():
        if source.table.type == "sheet":
            for record in await read(sheet(source.own["path"])):
                services[record.department or source.department, record.id] = record
    return services


def offered(settings: Settings) -> list[tuple[Consultation, OfferConfig]]:
    return [
        ((offer.department, service, channel), offer)
        for offer in settings.offers.values()
        for service in offer.table.services
        for channel in offer.table.channels
    ]


def lanes_of(offer: OfferConfig) -> dict[str, tuple[str, ...]]:
    """The offer's lanes with their languages, by `department/source/lane`."""
    lanes = SETTINGS.sources[offer.calendar].lanes
    names = offer.table.lanes or tuple(lanes)
    return {f"{offer.calendar}/{name}": lanes[name].table.languages for name in names}


def pairs(named: dict[str, set[str]]) -> set[tuple[str, str]]:
    return {(department, service) for department, services in named.items() for service in services}


@pytest.mark.parametrize("path", SHEETS)
class TestSheets(ServiceCatalogueContract):
    @pytest.fixture
    def catalogue(self, path: str) -> Sheet:
        return sheet(path)


def test_the_config_has_no_findings() -> None:
    assert SETTINGS.findings == ()


async def test_every_source_opens_and_every_offer_is_sound() -> None:
    sources = open_sources(SETTINGS, discover(None))
    try:
        assert sources.findings == []
        assert set(sources.open) == set(SETTINGS.sources)
        assert set(sources.offers) == set(SETTINGS.offers)
    finally:
        await sources.aclose()


@pytest.mark.parametrize("path", SHEETS)
async def test_no_row_is_left_out(path: str) -> None:
    read_sheet = sheet(path)
    await read(read_sheet)
    assert read_sheet.row_problems() == ()


def test_every_sheet_is_some_departments_source() -> None:
    paths = [source.own["path"] for source in SETTINGS.sources.values() if source.table.type == "sheet"]
    assert sorted(paths) == SHEETS
    assert {source.department for source in SETTINGS.sources.values()} == {d.id for d in SETTINGS.departments} | {
        "city"
    }


def test_departments_stand_in_their_order_with_the_registry_office_under_its_parent() -> None:
    assert [department.id for department in SETTINGS.departments] == [
        "buergeramt",
        "standesamt",
        "ordnungsamt",
        "strassen-und-tiefbauamt",
        "sozialamt",
        "jugendamt",
        "gesundheit-und-praevention",
        "beauftragte-behinderung-senioren",
    ]
    standesamt = SETTINGS.department("standesamt")
    assert standesamt is not None
    assert standesamt.table.parent == "buergeramt"


@pytest.mark.parametrize(("named", "wants"), [(POINT_3, "video"), (ALREADY_BY_VIDEO, "video"), (DEPLORED, "remote")])
def test_what_the_motion_names_is_required(named: dict[str, set[str]], wants: str) -> None:
    required = {
        (entry.department, entry.service) for entry in SETTINGS.required if entry.wants == wants and entry.group
    }
    assert pairs(named) <= required


def test_nothing_is_required_twice() -> None:
    assert max(Counter((entry.department, entry.service) for entry in SETTINGS.required).values()) == 1


async def test_every_required_service_is_in_a_sheet_with_its_channel_and_an_offer() -> None:
    services = await catalogue()
    bookable = {consultation for consultation, _ in offered(SETTINGS)}
    for entry in SETTINGS.required:
        wanted = (ChannelType.VIDEO,) if entry.wants == "video" else REMOTE_CHANNELS
        there = {hint.type for hint in services[entry.department, entry.service].channels}
        assert any(channel in there and (entry.department, entry.service, channel) in bookable for channel in wanted), (
            entry
        )


async def test_every_consultation_is_listed_and_bookable_exactly_once() -> None:
    services = await catalogue()
    listed = Counter(
        (department, record.id, hint.type)
        for (department, _), record in services.items()
        for hint in record.channels
        if hint.type in CONSULTATION_CHANNELS
    )
    bookable = Counter(consultation for consultation, _ in offered(SETTINGS))
    assert listed == bookable
    assert set(bookable.values()) == {1}


async def test_no_online_form_is_offered() -> None:
    services = await catalogue()
    forms_only = {key for key, record in services.items() if not record.channels}
    assert len(forms_only) >= 5
    assert all(services[key].forms for key in forms_only)
    for (department, service, channel), _ in offered(SETTINGS):
        assert channel is not ChannelType.ONLINE_FORM
        assert (department, service) not in forms_only


async def test_forms_and_consultations_are_linked_both_ways() -> None:
    services = (await catalogue()).values()
    consultations = [record for record in services if record.channels]
    for form_only in (record for record in services if not record.channels):
        same_key = [c for c in consultations if set(c.leika_keys) & set(form_only.leika_keys)]
        same_form = [c for c in consultations if {f.url for f in c.forms} & {f.url for f in form_only.forms}]
        if form_only.id != "wunschkennzeichen":  # nobody needs to consult about a number plate
            assert same_key, form_only.id
            assert same_form, form_only.id


def test_sensitive_consultations_are_discreet() -> None:
    discreet = {(department, service) for (department, service, _), offer in offered(SETTINGS) if offer.table.discreet}
    open_ = {(department, service) for (department, service, _), offer in offered(SETTINGS) if not offer.table.discreet}
    assert discreet >= DISCREET
    assert not open_ & DISCREET


def test_a_discreet_offers_calendar_entry_names_no_service() -> None:
    for offer in SETTINGS.offers.values():
        if offer.table.discreet:
            assert not {"service", "answers"} & set(offer.table.calendar_fields), offer.id


def test_pregnancy_counselling_needs_no_name_and_calls_nobody_back() -> None:
    table = SETTINGS.offers["gesundheit-und-praevention/schwangerschaft"].table
    assert (table.identity, table.phone) == ("none", "citizen_calls")
    assert table.phone_number
    assert not {"name", "phone", "email"} & set(table.calendar_fields)
    assert SETTINGS.offers["gesundheit-und-praevention/sucht"].table.identity == "alias"


@pytest.mark.parametrize("department", ["buergeramt", "beauftragte-behinderung-senioren"])
def test_one_video_lane_signs_and_others_do_not(department: str) -> None:
    lanes = {
        lane: languages
        for offer in SETTINGS.offers.values()
        if offer.department == department and ChannelType.VIDEO in offer.table.channels
        for lane, languages in lanes_of(offer).items()
    }
    signing = [lane for lane, languages in lanes.items() if "gsg" in languages]
    assert len(signing) == 1
    assert len(lanes) > 1


def test_some_lanes_speak_english() -> None:
    languages = [lanes.values() for lanes in map(lanes_of, SETTINGS.offers.values())]
    assert sum("en" in tags for values in languages for tags in values) >= 3


async def test_a_sheets_languages_are_spoken_on_each_of_its_channels() -> None:
    services = await catalogue()
    for (department, service, channel), offer in offered(SETTINGS):
        hint = next(hint for hint in services[department, service].channels if hint.type == channel)
        spoken = {tag for languages in lanes_of(offer).values() for tag in languages}
        assert set(hint.languages) <= spoken, (department, service, channel)


def test_video_talks_take_place_in_the_built_in_room_and_ask_nobodys_server() -> None:
    videos = {offer.video for offer in SETTINGS.offers.values() if ChannelType.VIDEO in offer.table.channels}
    assert videos == {"city/raeume"}
    source = SETTINGS.sources["city/raeume"]
    assert (source.table.type, dict(source.own)) == ("room", {})


def test_nobodys_real_address_is_used_for_mails() -> None:
    mails = [lane.table.mail or "" for source in SETTINGS.sources.values() for lane in source.lanes.values()]
    assert all(mail.endswith("@example.org") for mail in mails)


def test_phone_numbers_are_placeholders_but_for_115() -> None:
    numbers = [department.table.contact.phone for department in SETTINGS.departments]
    numbers += [offer.table.phone_number for offer in SETTINGS.offers.values() if offer.table.phone_number]
    assert all(number == "115" or (number or "").startswith("0351 00000-") for number in numbers)


def test_every_page_will_say_that_this_is_a_demonstration() -> None:
    assert "Vorführung" in SETTINGS.gateway.notice["de"]
    assert "Demonstration" in SETTINGS.gateway.notice["en"]


async def test_every_service_has_german_and_english_texts() -> None:
    for key, record in (await catalogue()).items():
        for texts in (record.name, record.summary, *record.documents, *(form.name for form in record.forms)):
            assert set(texts) == {"de", "en"}, key


async def test_where_appearing_stays_necessary_the_talk_only_advises() -> None:
    services = await catalogue()
    needs_presence = {key for key, record in services.items() if record.personal_appearance_required}
    assert {("buergeramt", "personalausweis"), ("standesamt", "eheschliessung")} <= needs_presence
    assert {services[key].outcome for key in needs_presence} == {"advises_only"}
