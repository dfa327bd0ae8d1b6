"""*Vollständig*, measured: what the config requires, and in one word why it cannot be had."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from durchwahl.catalogue.coverage import ChannelCover, CoverageRow, coverage, percent, presented
from durchwahl.model.catalogue import ServiceRecord
from durchwahl.settings.gateway import RequiredService
from tests.catalogue.catalogues import DEPARTMENT, GATEWAY, hint, offer, page, record, settings_of, snapshot_of


def rows(*records: ServiceRecord, wants: str = "remote", more: str = "", service: str = "pass") -> list[CoverageRow]:
    gateway = (
        f'{GATEWAY}[[required]]\ndepartment = "amt"\nservice = "{service}"\nwants = "{wants}"\ngroup = "Punkt 3"\n'
    )
    config = settings_of(DEPARTMENT + more, gateway=gateway)
    return list(coverage(config, snapshot_of(config, page(*records))))


VIDEO = offer("pass", "video").replace('calendar = "termine"', 'calendar = "termine"\nvideo = "city/raeume"')
ROOMS = '[sources.raeume]\ntype = "manual"\n[sources.raeume.rooms."amt/termine/platz-1"]\nurl = "https://video.example.org/"\n'


@pytest.mark.parametrize(
    ("channels", "more", "wants", "why_not"),
    [
        ([], "", "remote", "no_channel"),
        ([hint("in_person")], "", "remote", "no_channel"),
        ([hint("video", "text")], "", "remote", "only_candidate"),
        ([hint("video")], '[services.pass.channels]\nvideo = "hidden"\n', "remote", "only_hidden"),
        ([hint("video"), hint("phone")], "", "remote", "no_offer"),
        ([], offer("pass", "phone"), "remote", None),
        ([], offer("pass", "phone"), "video", "no_channel"),
        ([hint("video")], offer("pass", "phone"), "video", "no_offer"),
        ([], offer("pass", "in_person"), "remote", "no_channel"),
        ([], offer("pass", "phone") + '[services.pass.channels]\nphone = "hidden"\n', "remote", "no_channel"),
    ],
)
def test_a_row_says_in_one_word_why_it_is_not_covered(
    channels: list[dict[str, str]], more: str, wants: str, why_not: str | None
) -> None:
    (row,) = rows(record(channels=channels), wants=wants, more=more)
    assert (row.covered, row.why_not) == (why_not is None, why_not)


def test_a_service_that_no_catalogue_knows_is_not_covered() -> None:
    (row,) = rows(record(), service="anderes")
    assert (row.service, row.covered, row.why_not, row.id) == (None, False, "not_in_catalogue", "amt-anderes")


@pytest.mark.parametrize("wants", ["video", "remote"])
def test_a_bookable_video_channel_covers_either_wish(wants: str) -> None:
    gateway = f'{GATEWAY}{ROOMS}[[required]]\ndepartment = "amt"\nservice = "pass"\nwants = "{wants}"\n'
    config = settings_of(DEPARTMENT + VIDEO, gateway=gateway)
    (row,) = coverage(config, snapshot_of(config, page(record())))
    assert (row.covered, row.video, row.phone.exists) == (
        True,
        ChannelCover(exists=True, bookable=True, reason=None),
        False,
    )


def test_a_form_covers_nothing() -> None:
    (row,) = rows(record(forms=[{"url": "https://form.example.org/"}], channels=[hint("online_form")]))
    assert row.why_not == "no_channel"


def covered(*flags: bool) -> list[CoverageRow]:
    required = RequiredService(department="amt", service="pass")
    no = ChannelCover(exists=False, bookable=False, reason="no_channel")
    return [
        CoverageRow(required, "x", None, ChannelCover(exists=True, bookable=flag, reason=None), no) for flag in flags
    ]


@pytest.mark.parametrize(
    ("flags", "share"),
    [((), 100.0), ((True,), 100.0), ((False,), 0.0), ((True, False, False), 33.3), ((True, True, False), 66.6)],
)
def test_the_share_is_of_all_rows_and_rounded_down(flags: tuple[bool, ...], share: float) -> None:
    assert percent(covered(*flags)) == share


@settings(max_examples=30)
@given(st.integers(1, 2_500))
def test_a_hundred_per_cent_is_said_of_all_rows_only(count: int) -> None:
    assert percent(covered(*[True] * count)) == 100.0
    assert percent(covered(*[True] * (count - 1), False)) < 100.0


def test_rows_come_in_the_configs_order_and_show_names_forms_and_no_times() -> None:
    gateway = GATEWAY + "".join(f'[[required]]\ndepartment = "amt"\nservice = "{slug}"\n' for slug in ("weg", "pass"))
    config = settings_of(gateway=gateway)
    snapshot = snapshot_of(
        config, page(record(name={"de": "Pass", "en": "Passport"}, forms=[{"url": "https://a.example/"}]))
    )
    shown = [presented(row, snapshot, "en") for row in coverage(config, snapshot)]
    assert [(row["service"], row["name"], row["forms"]) for row in shown] == [
        ("amt-weg", None, []), ("amt-pass", "Passport", ["https://a.example/"]),
    ]  # fmt: skip
    assert set(shown[0]) == {
        "department", "department_name", "service", "name", "group", "wants", "video", "phone", "covered", "why_not",
        "forms",
    }  # fmt: skip
