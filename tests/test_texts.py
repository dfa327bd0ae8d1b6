import ast
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from durchwahl import texts
from durchwahl.model.problems import PROBLEMS
from durchwahl.model.states import PUBLIC_STATUS
from durchwahl.model.text import INTERFACE_LANGUAGES
from durchwahl.texts import closest, negotiate, say_date, say_language, say_start, say_when, translate
from tools import messages

GATEWAY = Path(__file__).parents[1] / "gateway" / "durchwahl"
BERLIN = "Europe/Berlin"
EMPTY = ("fully_booked", "not_released", "closed", "no_hours", "source_unavailable", "not_bookable")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def when(start: str, end: str, language: str = "de", city: str = "Dresden") -> str:
    return say_when(at(start), at(end), zone=BERLIN, language=language, city=city)


# --- the catalogues


def test_the_catalogues_are_complete_and_compiled():
    assert list(messages.faults()) == []


def test_every_interface_language_has_a_catalogue():
    assert set(messages.languages(messages.LOCALE)) == set(INTERFACE_LANGUAGES)


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_has_a_title_and_a_detail_that_need_no_values(code, language):
    assert translate(f"problem.{code}.title", language)
    assert translate(f"problem.{code}.detail", language).endswith((".", ")."))


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
@pytest.mark.parametrize("reason", EMPTY)
def test_every_reason_for_emptiness_has_a_text(reason, language):
    assert translate(f"empty.{reason}", language)


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
@pytest.mark.parametrize("status", sorted({*PUBLIC_STATUS, *PUBLIC_STATUS.values()}))
def test_every_state_and_status_of_a_booking_has_a_text(status, language):
    assert translate(f"status.{status}", language)


def test_every_key_that_the_gateway_writes_out_exists():
    known = messages.texts(messages.read_source(messages.LOCALE, "de")).keys()
    used = {
        call.args[0].value
        for path in GATEWAY.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "translate"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert "when.start" in used
    assert used - known == set()


def test_german_addresses_people_formally():
    informal = re.compile(r"\b(du|dir|dich|dein\w*|euch|euer|eure\w*)\b", re.IGNORECASE)
    german = messages.texts(messages.read_source(messages.LOCALE, "de"))
    assert {key for key, text in german.items() if informal.search(text)} == set()


@pytest.fixture
def locale(tmp_path):
    return Path(shutil.copytree(messages.LOCALE, tmp_path / "locale"))


def spoil(locale, old, new, language="en"):
    path = locale / language / messages.SOURCE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_changed_text_is_out_of_date_until_it_is_compiled(locale):
    spoil(locale, 'msgstr "Hello,"', 'msgstr "Good day,"')
    assert any("out of date" in fault for fault in messages.faults(locale))
    assert [path.parents[1].name for path in messages.compile_catalogues(locale)] == ["en"]
    assert list(messages.faults(locale)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('msgid "mail.greeting"', 'msgid "mail.greetings"', "mail.greeting is missing"),
        ('msgid "mail.greeting"', 'msgid "mail.greetings"', "mail.greetings is not in German"),
        ('msgstr "Hello,"', 'msgstr ""', "mail.greeting has no text"),
        ('"When: {when}"', '"When: {time}"', "mail.when has the placeholders ['time'], German has ['when']"),
        ('"When: {when}"', '"When: {when.year}"', "{when.year} must be a plain name"),
        ('"When: {when}"', '"When: {when"', "mail.when: expected '}'"),
        ('msgid "mail.greeting"', '#, fuzzy\nmsgid "mail.greeting"', "mail.greeting is marked as fuzzy"),
        (
            'msgid "mail.greeting"',
            'msgid "mail.when"\nmsgstr ""\n\nmsgid "mail.greeting"',
            "stands there twice",
        ),
    ],
)
def test_a_spoilt_catalogue_is_found_out(locale, old, new, fault):
    spoil(locale, old, new)
    assert any(fault in found for found in messages.faults(locale))


def test_naming_the_texts_and_letters_loads_no_library():
    code = "import sys, durchwahl.notify.clerk_letters; print({'babel', 'icalendar'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(GATEWAY.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "set()\n"


# --- one text


def test_an_unknown_key_is_never_shown():
    with pytest.raises(KeyError, match=r"problem\.no-such-code\.title"):
        translate("problem.no-such-code.title", "de")


def test_the_catalogue_header_is_no_text():
    with pytest.raises(KeyError):
        translate("", "de")


def test_a_missing_value_names_key_and_placeholder():
    with pytest.raises(KeyError, match=r"mail\.when needs a value for 'when'"):
        translate("mail.when", "de")


def test_braces_in_a_value_are_text():
    assert translate("mail.when", "en", when="{0} {when.year}") == "When: {0} {when.year}"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("de-AT", "de"), ("en-GB", "en"), ("EN", "en"), ("uk", "de"), ("", "de"), ("../en", "de")],
)
def test_any_language_tag_leads_to_a_catalogue(tag, language):
    assert closest(tag) == language
    assert translate("mail.greeting", tag) == translate("mail.greeting", language)


# --- Accept-Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "de"),
        ("", "de"),
        ("en", "en"),
        ("en-GB", "en"),
        ("EN-gb", "en"),
        ("en-GB, de;q=0.9", "en"),
        ("de;q=0.2, en;q=0.8", "en"),
        ("de;q=0.8,en;q=0.8", "de"),
        ("en;q=0.8,de;q=0.8", "en"),
        ("fr, en;q=0.3, de;q=0.2", "en"),
        ("fr", "de"),
        ("*", "de"),
        ("de;q=0, *", "en"),
        ("de;q=0.1, *;q=0.5", "en"),
        ("en;q=0", "de"),
        ("*;q=0", "de"),
        ("en-GB, en;q=0", "de"),
        ("en;q=1.5", "de"),
        ("en;q=abc", "de"),
        ("en ; q=1.000 , de", "en"),
        (";;;,,,q=1,\x00", "de"),
        ("english", "de"),
    ],
)
def test_accept_language_is_weighed(header, language):
    assert negotiate(header, ("de", "en")) == language


def test_without_german_the_first_supported_language_is_the_default():
    assert negotiate("fr", ("uk", "en")) == "uk"


def test_a_monstrous_header_is_read_in_no_time():
    began = time.perf_counter()
    assert negotiate("a-" * 500_000 + "en") == "de"
    assert negotiate("en;q=0." + "0" * 1_000_000) == "de"
    assert time.perf_counter() - began < 0.5


# --- times


def test_a_german_time_says_whose_time_it_is():
    assert (
        when("2026-12-01T08:00", "2026-12-01T08:20")
        == "Dienstag, 1. Dezember 2026, 09:00 bis 09:20 Uhr (Ortszeit Dresden)"
    )


def test_an_english_time_says_whose_time_it_is():
    assert (
        when("2026-12-01T08:00", "2026-12-01T08:20", "en")
        == "Tuesday, 1 December 2026, 09:00 to 09:20 (local time in Dresden)"
    )


def test_a_talk_over_midnight_names_both_days():
    text = when("2026-12-01T22:50", "2026-12-01T23:10")
    assert text.startswith("Dienstag, 1. Dezember 2026, 23:50 Uhr bis Mittwoch, 2. Dezember 2026, 00:10 Uhr (")


@pytest.mark.parametrize(
    ("city", "short"),
    [
        ("Landeshauptstadt Dresden", "Dresden"),
        ("Freie und Hansestadt Hamburg", "Hamburg"),
        ("Stadt Leipzig", "Leipzig"),
        ("Neustadt an der Orla", "Neustadt an der Orla"),
        ("Darmstadt", "Darmstadt"),
    ],
)
def test_a_city_has_local_time_without_its_title(city, short):
    assert f"(Ortszeit {short})" in when("2026-12-01T08:00", "2026-12-01T08:20", city=city)


def test_both_hours_of_a_repeated_hour_are_told_apart():
    first = when("2027-10-31T00:30", "2027-10-31T00:50")
    second = when("2027-10-31T01:30", "2027-10-31T01:50")
    assert "02:30 (UTC+02:00) bis 02:50 (UTC+02:00) Uhr" in first
    assert "02:30 (UTC+01:00) bis 02:50 (UTC+01:00) Uhr" in second


def test_a_talk_over_the_start_of_summer_time_shows_both_offsets():
    assert "01:50 (UTC+01:00) bis 03:10 (UTC+02:00) Uhr" in when("2027-03-28T00:50", "2027-03-28T01:10")


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_every_quarter_hour_of_a_switch_day_can_be_read_back(day):
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    for quarter in range(25 * 4):
        start = midnight + timedelta(minutes=15 * quarter)
        text = say_when(start, start + timedelta(minutes=5), zone=BERLIN, language="en", city="Dresden")
        match = re.search(r"(\d+ \w+ \d{4}), (\d\d:\d\d)(?: \(UTC([+-]\d\d:\d\d)\))?", text)
        assert match is not None
        wall = datetime.strptime(f"{match[1]} {match[2]}", "%d %B %Y %H:%M")  # noqa: DTZ007 - wall time, as printed
        zone = ZoneInfo(BERLIN) if match[3] is None else datetime.strptime(match[3], "%z").tzinfo
        assert wall.replace(tzinfo=zone) == start


@pytest.mark.parametrize("say", [say_date, say_start])
def test_a_time_without_a_zone_is_refused(say):
    with pytest.raises(ValueError, match="no time zone"):
        say(datetime(2026, 12, 1, 9), zone=BERLIN, language="de")  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("gsg", "Deutsche Gebärdensprache"),
        ("uk", "Ukrainisch"),
        ("de-simple", "Leichte Sprache"),
        ("ar-SY", "Arabisch"),
        ("qqq", "qqq"),
        ("", ""),
    ],
)
def test_a_spoken_or_signed_language_has_a_name(tag, name):
    assert say_language(tag, "de") == name


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("de", "ltr"),
        ("en-GB", "ltr"),
        ("ar", "rtl"),
        ("fa-AF", "rtl"),
        ("he", "rtl"),
        ("uz-Arab", "rtl"),
        ("sr-Latn", "ltr"),
    ],
)
def test_a_language_is_written_in_its_direction(language: str, written: str) -> None:
    assert texts.direction(language) == written


def test_a_month_and_its_days_are_said_in_the_pages_language() -> None:
    assert [texts.say_month(date(2026, 12, 24), language=one) for one in ("de", "en")] == [
        "Dezember 2026",
        "December 2026",
    ]
    assert [whole for _, whole in texts.say_weekdays("de")][::6] == ["Montag", "Sonntag"]
    assert [short for short, _ in texts.say_weekdays("en")][:2] == ["Mo", "Tu"]


def test_an_hour_that_comes_twice_is_said_with_its_offset() -> None:
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert texts.say_clock(twice, zone="Europe/Berlin") == "02:30 (UTC+01:00)"
    assert texts.say_clock(twice + timedelta(hours=5), zone="Europe/Berlin") == "07:30"


def test_a_citys_title_is_not_its_name() -> None:
    assert [texts.say_city(one) for one in ("Landeshauptstadt Dresden", "Meißen")] == ["Dresden", "Meißen"]


def test_each_language_has_a_name_of_its_own() -> None:
    assert [texts.say_own_name(one) for one in ("de", "en")] == ["Deutsch", "English"]
