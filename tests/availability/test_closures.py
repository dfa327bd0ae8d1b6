"""Closed times: dates, instants, .ics files, public holidays."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from durchwahl.availability.closures import ClosedTimes, closure_findings, holiday_spans
from durchwahl.availability.hours import Span
from durchwahl.availability.ics_files import ics_spans
from durchwahl.settings.words import Closure
from tests.availability.builders import BERLIN, unit


def closed(**table: Any) -> list[Span]:
    spans = ClosedTimes(Path(), BERLIN).spans([Closure.model_validate(table)])
    assert spans is not None
    return spans


def calendar(folder: Path, *events: str, name: str = "zu.ics") -> Path:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//DE"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}@test", "DTSTAMP:20261101T000000Z", *event.split("\n"), "END:VEVENT"]
    path = folder / name
    path.write_bytes("\r\n".join([*lines, "END:VCALENDAR", ""]).encode())
    return path


def test_dates_are_whole_days_and_the_last_is_included() -> None:
    assert closed(**{"from": date(2026, 12, 24), "to": date(2027, 1, 1)}) == [
        (unit("2026-12-24 00:00"), unit("2027-01-02 00:00"))
    ]


def test_a_single_date_closes_that_day() -> None:
    assert closed(**{"from": date(2026, 12, 24)}) == [(unit("2026-12-24 00:00"), unit("2026-12-25 00:00"))]


def test_a_closed_day_when_the_clocks_change_has_23_or_25_hours() -> None:
    spring, autumn = closed(**{"from": date(2027, 3, 28)})[0], closed(**{"from": date(2027, 10, 31)})[0]
    assert (spring[1] - spring[0], autumn[1] - autumn[0]) == (23 * 12, 25 * 12)


def test_instants_close_from_the_first_up_to_the_last() -> None:
    start, end = datetime(2026, 12, 1, 10, tzinfo=BERLIN), datetime(2026, 12, 1, 12, tzinfo=BERLIN)
    assert closed(**{"from": start, "to": end}) == [(unit("2026-12-01 10:00"), unit("2026-12-01 12:00"))]


def test_instants_without_a_zone_are_the_citys() -> None:
    start, end = datetime(2026, 12, 1, 10), datetime(2026, 12, 1, 12)  # noqa: DTZ001  # as TOML gives a local time
    assert closed(**{"from": start, "to": end}) == [(unit("2026-12-01 10:00"), unit("2026-12-01 12:00"))]


def test_instants_between_units_are_rounded_outward() -> None:
    start, end = datetime(2026, 12, 1, 10, 3, tzinfo=BERLIN), datetime(2026, 12, 1, 10, 6, tzinfo=BERLIN)
    assert closed(**{"from": start, "to": end}) == [(unit("2026-12-01 10:00"), unit("2026-12-01 10:10"))]


def test_an_event_of_an_ics_file_closes_its_time(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART;TZID=Europe/Berlin:20261201T100000\nDTEND;TZID=Europe/Berlin:20261201T120000")
    assert ics_spans(path, BERLIN) == [(unit("2026-12-01 10:00"), unit("2026-12-01 12:00"))]


def test_an_all_day_event_closes_local_days_and_its_end_is_not_included(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227")
    assert ics_spans(path, BERLIN) == [(unit("2026-12-24 00:00"), unit("2026-12-27 00:00"))]


def test_an_all_day_event_without_an_end_closes_one_day(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART;VALUE=DATE:20270328")
    assert ics_spans(path, BERLIN) == [(unit("2027-03-28 00:00"), unit("2027-03-29 00:00"))]


def test_a_floating_event_is_in_the_citys_time(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART:20261201T100000\nDTEND:20261201T120000")
    assert ics_spans(path, BERLIN) == [(unit("2026-12-01 10:00"), unit("2026-12-01 12:00"))]


def test_an_event_in_utc_closes_that_instant(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART:20261201T090000Z\nDTEND:20261201T110000Z")
    assert ics_spans(path, BERLIN) == [(unit("2026-12-01 10:00"), unit("2026-12-01 12:00"))]


def test_an_event_with_a_duration_closes_as_long(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART:20261201T090000Z\nDURATION:PT2H")
    assert ics_spans(path, BERLIN) == [(unit("2026-12-01 10:00"), unit("2026-12-01 12:00"))]


def test_an_all_day_event_with_a_duration_closes_as_many_days(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART;VALUE=DATE:20261224\nDURATION:P3D")
    assert ics_spans(path, BERLIN) == [(unit("2026-12-24 00:00"), unit("2026-12-27 00:00"))]


def test_a_cancelled_event_closes_nothing(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED")
    assert ics_spans(path, BERLIN) == []


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY", "recurring"),
        ("DTSTART;VALUE=DATE:20261224\nRDATE;VALUE=DATE:20261231", "recurring"),
        ("SUMMARY:ohne Beginn", "DTSTART"),
        ("DTSTART:gestern", "DTSTART"),
        ("DTSTART:20261201T090000Z\nDTEND:morgen", "DTEND"),
        ("DTSTART:20261201T090000Z\nDURATION:lange", "DURATION"),
        ("DTSTART:20261201T090000Z\nDTSTART:20261202T090000Z", "DTSTART"),
    ],
)
def test_an_event_that_would_be_misread_is_a_value_error(tmp_path: Path, event: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ics_spans(calendar(tmp_path, event), BERLIN)


@pytest.mark.parametrize("content", [b"", b"kein Kalender", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\n", b"BEGIN:VEVENT"])
def test_what_is_no_calendar_is_a_value_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "zu.ics"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        ics_spans(path, BERLIN)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "zu.ics"
    path.write_bytes(b" " * (1 << 20) + b"x")
    with pytest.raises(ValueError, match="larger"):
        ics_spans(path, BERLIN)


ALL_DAY = "DTSTART;VALUE=DATE:20261224"


def test_what_a_missing_file_closes_is_not_known_and_that_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    times = ClosedTimes(tmp_path, BERLIN)
    closures = [Closure(ics="fehlt.ics"), Closure.model_validate({"from": date(2026, 12, 24)})]
    assert times.spans(closures) is times.spans(closures) is None
    assert [record.getMessage() for record in caplog.records] == [
        "closures in fehlt.ics cannot be read, so what they may close has no times: does not exist"
    ]


def test_a_file_is_read_once_and_again_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []

    def counted(path: Path, zone: ZoneInfo) -> list[Span]:
        reads.append(path)
        return ics_spans(path, zone)

    monkeypatch.setattr("durchwahl.availability.ics_files.ics_spans", counted)
    times, closures = ClosedTimes(tmp_path, BERLIN), [Closure(ics="zu.ics")]
    calendar(tmp_path, ALL_DAY)
    first = times.spans(closures)
    before = times.versions(closures)
    assert first == times.spans(closures) == [(unit("2026-12-24 00:00"), unit("2026-12-25 00:00"))]
    assert len(reads) == 1
    calendar(tmp_path, ALL_DAY, "DTSTART;VALUE=DATE:20261231")
    assert times.versions(closures) != before
    assert len(times.spans(closures) or ()) == 2
    assert len(reads) == 2


def test_a_file_that_was_mended_closes_again_and_one_that_broke_is_not_known(tmp_path: Path) -> None:
    times, closures = ClosedTimes(tmp_path, BERLIN), [Closure(ics="zu.ics")]
    path = calendar(tmp_path, ALL_DAY)
    assert times.spans(closures)
    path.write_bytes(b"halb geschrieben")
    assert times.spans(closures) is None
    calendar(tmp_path, ALL_DAY)
    assert times.spans(closures)


def test_a_file_that_cannot_be_read_is_a_finding_with_its_name_and_place(tmp_path: Path) -> None:
    calendar(tmp_path, "SUMMARY:ohne Beginn")
    closures = [Closure.model_validate({"from": date(2026, 12, 24)}), Closure(ics="fehlt.ics"), Closure(ics="zu.ics")]
    found = list(closure_findings(closures, tmp_path, BERLIN, "departments/amt.toml", "closures"))
    assert [one.reason.split(":")[0] for one in found] == ["fehlt.ics", "zu.ics"]
    assert found[0].reason == "fehlt.ics: does not exist."
    assert [(one.file, one.key) for one in found] == [
        ("departments/amt.toml", "closures[1].ics"),
        ("departments/amt.toml", "closures[2].ics"),
    ]
    assert "nothing that it may close is bookable" in found[0].remedy


@pytest.mark.parametrize(
    "day", ["2026-01-01", "2026-04-03", "2026-10-03", "2026-10-31", "2026-11-18", "2026-12-25", "2026-12-26"]
)
def test_a_holiday_of_saxony_is_closed_from_midnight_to_midnight(day: str) -> None:
    start = unit(f"{day} 00:00")
    assert (start, unit(f"{day} 23:55") + 1) in holiday_spans("DE-SN", [2026], BERLIN)


@pytest.mark.parametrize("day", ["2026-12-24", "2026-06-04", "2026-11-01", "2026-08-15"])
def test_what_is_no_holiday_in_saxony_is_open(day: str) -> None:
    assert unit(f"{day} 00:00") not in {first for first, _ in holiday_spans("DE-SN", [2026], BERLIN)}


def test_repentance_day_is_closed_in_saxony_only() -> None:
    day = unit("2026-11-18 00:00")
    assert day in {first for first, _ in holiday_spans("DE-SN", [2026], BERLIN)}
    assert day not in {first for first, _ in holiday_spans("DE", [2026], BERLIN)}


def test_no_code_means_no_holidays() -> None:
    assert holiday_spans(None, [2026], BERLIN) == []


@pytest.mark.parametrize("code", ["DE-XX", "XX", "Sachsen", "de-sn-x", ""])
def test_an_unknown_country_or_state_is_a_value_error(code: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        holiday_spans(code, [2026], BERLIN)
