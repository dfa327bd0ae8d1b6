"""Which zone a TZID means: the object's own word, and nobody else's."""

import pytest

from tests.adapters.caldav.samples import event, starts


def zone(tzid: str, offset: str) -> str:
    """Return a VTIMEZONE that never changes."""
    return "\n".join(
        [
            *("BEGIN:VTIMEZONE", f"TZID:{tzid}", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
            *(f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}", "END:STANDARD", "END:VTIMEZONE"),
        ]
    )


def noon(tzid: str, offset: str) -> list[str]:
    """Return when noon on the first of March is, by an object that brings this zone."""
    lines = (f'DTSTART;TZID="{tzid}":20270301T120000', "DURATION:PT1H")
    return starts(event(*lines, before=zone(tzid, offset)))


def test_the_same_name_means_another_zone_in_another_object() -> None:
    assert noon("Customized Time Zone", "+0300") == ["03-01 09:00"]
    assert noon("Customized Time Zone", "-0500") == ["03-01 17:00"]


def test_a_lie_about_a_known_zone_is_not_believed() -> None:
    assert noon("Europe/Berlin", "-0500") == ["03-01 11:00"]
    assert noon("W. Europe Standard Time", "-0500") == ["03-01 11:00"]
    assert starts(event("DTSTART;TZID=W. Europe Standard Time:20270301T120000", "DURATION:PT1H")) == ["03-01 11:00"]


def test_a_zone_does_not_move_a_time_in_utc() -> None:
    lines = ("DTSTART;TZID=Amt:20270301T120000Z", "DURATION:PT1H")
    assert starts(event(*lines, before=zone("Amt", "+0300"))) == ["03-01 12:00"]


def test_a_vendors_own_zone_wins_over_the_name_at_its_end() -> None:
    assert noon("/example.org/Europe/Berlin", "+0300") == ["03-01 09:00"]


def test_dates_of_exceptions_and_additions_are_moved_too() -> None:
    lines = (
        *("DTSTART;TZID=Amt:20270301T120000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"),
        *("EXDATE;TZID=Amt:20270302T120000", "RDATE;TZID=Amt;VALUE=PERIOD:20270401T120000/PT2H"),
    )
    assert starts(event(*lines, before=zone("Amt", "+0300"))) == ["03-01 09:00", "03-03 09:00", "04-01 09:00"]


@pytest.mark.parametrize("name", ["", "/", "//", "..", "/etc/passwd", "a" * 5_000, "x\\,y", "Europe/Berlin "])
def test_a_name_that_nobody_knows_is_taken_for_the_citys_zone(name: str) -> None:
    assert starts(event(f'DTSTART;TZID="{name}":20270301T120000', "DURATION:PT1H")) == ["03-01 11:00"]
