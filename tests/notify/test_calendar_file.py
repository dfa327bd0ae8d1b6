import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from durchwahl.notify.calendar_file import calendar_file
from durchwahl.notify.guard import lines, one_line
from durchwahl.notify.time_zone import time_zone
from tests.notify.samples import START, WRITTEN, entry, event

ROOT = Path(__file__).parents[2]


def unfolded(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def test_an_entry_says_when_what_and_where_to_manage_it():
    read = entry(calendar_file(event()))
    assert (read.start, read.end) == (START, START + timedelta(minutes=20))
    assert read["UID"] == "Q7vX2mK9aLr4TzBn8cWd5g@www.example.org"
    assert read["SEQUENCE"] == 2
    assert read["SUMMARY"] == "Termin"
    assert read["DESCRIPTION"] == "Vorgangsnummer: 7K3M9QTZ"
    assert read["URL"] == "https://www.example.org/beratung/termin/Q7v/manage-token"
    assert read["STATUS"] == "CONFIRMED"
    assert read["CLASS"] == "PRIVATE"
    assert read["DTSTAMP"].dt == WRITTEN
    assert read["LAST-MODIFIED"].dt == WRITTEN


def test_times_are_the_citys_and_its_zone_goes_along():
    text = unfolded(calendar_file(event()))
    assert "DTSTART;TZID=Europe/Berlin:20261201T090000" in text
    assert "DTEND;TZID=Europe/Berlin:20261201T092000" in text
    assert "TZID:Europe/Berlin" in text


def test_a_withdrawn_entry_is_cancelled_under_the_same_uid():
    published, withdrawn = (calendar_file(event(method=method)) for method in ("PUBLISH", "CANCEL"))
    assert b"\r\nMETHOD:CANCEL\r\n" in withdrawn
    assert entry(withdrawn)["STATUS"] == "CANCELLED"
    assert entry(withdrawn)["UID"] == entry(published)["UID"]


def test_nobody_is_invited():
    assert "ATTENDEE" not in entry(calendar_file(event(organizer="durchwahl@city.example")))


def test_the_office_is_the_organizer_and_nobody_without_one():
    assert entry(calendar_file(event(organizer="a@city.example")))["ORGANIZER"] == "mailto:a@city.example"
    assert "ORGANIZER" not in entry(calendar_file(event()))


def test_lines_end_in_crlf_and_fold_at_75_octets():
    content = calendar_file(event(description="Größe ✓ 🏛 " * 60, summary="Ä" * 200))
    rows = content.split(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, rows)) <= 75
    assert entry(content)["SUMMARY"] == "Ä" * 200
    assert entry(content)["DESCRIPTION"] == one_line("Größe ✓ 🏛 " * 60, at_most=1_000)


@settings(deadline=None)  # the first example also imports the library
@given(text=st.text(max_size=300))
@example(text="\\N and \\n, C:\\Neu;x")
def test_any_text_stays_inside_its_property(text):
    content = calendar_file(event(summary=text, description=text))
    names = [line.split(":")[0].split(";")[0] for line in unfolded(content)]
    assert names == [line.split(":")[0].split(";")[0] for line in unfolded(calendar_file(event()))]
    assert entry(content)["SUMMARY"] == one_line(text)
    assert entry(content)["DESCRIPTION"] == lines(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/\r\nATTENDEE:mailto:m@evil.example",
        "https://x.example/\u2028",
        "javascript:alert(1)",
        "",
        "https://x.example/" + "a" * 2_000,
    ],
)
def test_an_address_that_is_no_web_address_is_refused(url):
    with pytest.raises(ValueError, match="URL"):
        calendar_file(event(url=url))


@pytest.mark.parametrize("booking_id", ["", "a b", "a\r\nX:y", "a@b", "ä"])
def test_an_id_that_could_break_a_line_is_refused(booking_id):
    with pytest.raises(ValueError, match="is no id"):
        calendar_file(event(booking_id=booking_id))


@pytest.mark.parametrize("host", ["www.example.org", "127.0.0.1", "::1", "", "x\r\nY:z", "ä.example"])
def test_a_uid_is_one_word_whatever_the_host(host):
    uid = str(entry(calendar_file(event(host=host)))["UID"])
    assert uid.count("@") == 1
    assert all(c.isalnum() or c in "@.-" for c in uid)
    assert uid.isascii()


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        calendar_file(event(start=START.replace(tzinfo=None)))


# --- summer time


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
@pytest.mark.parametrize("year", [2026, 2027])
def test_every_instant_around_a_switch_reads_back(zone, year):
    for day in switch_days(zone, year):
        for quarter in range(-4, 4 * 26):
            start = day + timedelta(minutes=15 * quarter)
            read = entry(calendar_file(event(zone=zone, start=start, end=start + timedelta(minutes=10))))
            # in UTC: across zones Python calls a repeated hour unequal to everything (PEP 495)
            assert read.start.astimezone(UTC) == start
            assert read.end.astimezone(UTC) == start + timedelta(minutes=10)


def switch_days(zone: str, year: int) -> list[datetime]:
    midnights = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(365)]
    offset = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in midnights]
    found = [day for day, now, then in zip(midnights, offset, offset[1:], strict=False) if now != then]
    assert found
    return found


def test_the_second_of_two_equal_wall_times_is_written_in_utc():
    """RFC 5545 §3.3.5: a local time that occurs twice means the first."""
    first, second = (datetime(2027, 10, 31, hour, 30, tzinfo=UTC) for hour in (0, 1))
    later = timedelta(minutes=20)
    assert b"DTSTART;TZID=Europe/Berlin:20271031T023000" in calendar_file(event(start=first, end=first + later))
    assert b"DTSTART:20271031T013000Z" in calendar_file(event(start=second, end=second + later))


def test_an_onset_is_a_local_time_in_the_offset_that_it_ends():
    """RFC 5545 §3.6.5; its own example for New York starts daylight time at 02:00."""
    text = time_zone("Europe/Berlin", 2027, 2027).to_ical().decode()
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20270328T020000\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100" in text
    assert "BEGIN:STANDARD\r\nDTSTART:20271031T030000\r\nTZNAME:CET\r\nTZOFFSETFROM:+0200" in text


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca"],
)
def test_the_rules_sent_along_give_the_offsets_of_the_zone(name):
    """Reads the VTIMEZONE as RFC 5545 says: the rule whose onset, in UTC, came last is in force."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    component = icalendar.Timezone.from_ical(time_zone(name, start.year, start.year).to_ical())
    rules = sorted(
        (rule["DTSTART"].dt - rule["TZOFFSETFROM"].td, rule["TZOFFSETTO"].td) for rule in component.subcomponents
    )
    for hour in range(365 * 24):
        instant = start + timedelta(hours=hour)
        offset = next(to for onset, to in reversed(rules) if onset <= instant.replace(tzinfo=None))
        assert offset == instant.astimezone(ZoneInfo(name)).utcoffset(), instant


# --- python -O


SCRIPT = r"""
import sys
from dataclasses import replace
from email import message_from_bytes
from durchwahl.notify.calendar_file import calendar_file
from durchwahl.notify.clerk_letters import clerk_letter
from durchwahl.notify.letters import compose
from tests.notify import samples

if __debug__:
    sys.exit("asserts are on: this proves nothing")
evil = "x\r\nATTENDEE:mailto:m@evil.example\r\nBcc: m@evil.example\x0b\x85\u2028ATTENDEE:x"
event = samples.event(summary=evil, description=evil, host=evil, organizer=evil)
files = [calendar_file(event)]
for message in (
    compose(samples.letter(service_names=(evil,), city=evil, notice=evil), samples.SENDER),
    clerk_letter(samples.clerk(title=evil, name=evil, lane=evil), samples.SENDER),
):
    files += [content for _, content in samples.attached(message)]
    if message_from_bytes(message.as_bytes())["Bcc"]:
        sys.exit("a header was added")
if any(b"\nATTENDEE" in content for content in files):
    sys.exit("a property was added")
for broken in (replace(event, url="https://x/\r\nATTENDEE:x"), replace(event, booking_id=evil)):
    try:
        calendar_file(broken)
    except ValueError:
        continue
    sys.exit("an address or an id with a line break was let through")
print("held")
"""


def test_nothing_rests_on_asserts():
    paths = os.pathsep.join([str(ROOT / "gateway"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-O", "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "held\n", "")
