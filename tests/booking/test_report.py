"""A report tells nothing under five, neither itself nor by a sum; what is erased and what is not count once each."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.report import Figure, Row, gather, report, twelve_months_before
from durchwahl.store.cells import Cell, Counted
from tests.booking.desk import at_rest, later
from tests.booking.looking import ask
from tests.booking.test_erasing import booked, erase
from tests.gateways import City, city


def counted(number: int, **said: str) -> Counted:
    usual = {
        "day": "2026-11-02", "department": "amt", "service": "amt-a", "channel": "video", "language": "",
        "lead": "1-2", "outcome": "held", "needs_met": "unknown",
    }  # fmt: skip
    return Counted(Cell(**{**usual, **said}), number)


def spoken(number: int, language: str, **said: str) -> Counted:
    return counted(number, service="", channel="", lead="", language=language, **said)


def held(rows: list[Row]) -> dict[str, str]:
    return {row.key[-1]: str(row.figures["held"]) for row in rows}


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(), "0"),
        (Figure(5), "5"),
        (Figure(0, 1), "<5"),
        (Figure(0, 3), "≥3"),
        (Figure(20, 1), "≥21"),
    ],
)
def test_a_figure_says_what_may_be_told(figure: Figure, text: str) -> None:
    assert str(figure) == text


@pytest.mark.parametrize(("number", "text"), [(1, "<5"), (4, "<5"), (5, "5")])
def test_one_to_four_are_not_told_apart(number: int, text: str) -> None:
    (row,) = report([counted(number)], "service")
    assert str(row.figures["held"]) == text
    assert str(row.figures["no_show"]) == "0"


def test_the_days_of_a_part_are_added_up_before_it_is_judged() -> None:
    (row,) = report([counted(3), counted(4, day="2026-11-03", lead="0")], "service")
    assert str(row.figures["held"]) == "7"


def test_a_sum_is_the_same_whatever_the_hidden_parts_are() -> None:
    def said(hidden: int) -> dict[str, str]:
        return held(report([counted(20), counted(hidden, service="amt-b")], "department"))

    assert said(1) == said(2) == said(3) == said(4) == {"amt": "≥21"}


@pytest.mark.parametrize("by", ["department", "service", "channel", "month"])
def test_nothing_hidden_changes_anything_that_is_told(by: str) -> None:
    def told(hidden: int) -> list[tuple[Any, ...]]:
        many = [counted(30), counted(9, outcome="no_show"), counted(hidden, service="amt-b", outcome="failed")]
        return [(row.key, {name: str(one) for name, one in row.figures.items()}) for row in report(many, by)]

    assert told(1) == told(4)


def test_several_hidden_parts_are_told_as_how_many_they_are() -> None:
    rows = report([counted(4), counted(4, service="amt-b")], "department")
    assert held(rows) == {"amt": "≥2"}


def test_languages_are_counted_by_bookings_and_nothing_else_is_counted_by_them() -> None:
    both = [counted(7), counted(7, service="amt-b"), spoken(7, "gsg")]
    assert held(report(both, "language")) == {"gsg": "7"}
    assert held(report(both, "department")) == {"amt": "14"}


def test_months_are_those_of_the_appointments() -> None:
    assert held(report([counted(6), counted(8, day="2026-12-01")], "month")) == {"2026-11": "6", "2026-12": "8"}


def test_how_early_is_the_class_of_the_middle_one() -> None:
    (row,) = report([counted(3, lead="0"), counted(3, lead="8-14"), counted(5, lead="31+")], "service")
    assert row.lead == "8-14"


def test_how_early_is_not_said_of_a_few() -> None:
    (row,) = report([counted(4), counted(4, outcome="no_show")], "service")
    assert row.lead is None


def test_the_twelve_months_end_with_the_last_whole_one() -> None:
    assert twelve_months_before(date(2026, 11, 23)) == ("2025-11-01", "2026-10-31")
    assert twelve_months_before(date(2028, 2, 29)) == ("2027-02-01", "2028-01-31")


async def gathered(here: City, first: str = "2026-11-01", last: str = "2026-11-30") -> list[Counted]:
    return await here.gateway.store.read(gather, first, last)


async def test_erasing_a_booking_changes_no_report(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here, language="gsg")
        await later(here, hours=2)
        before = await gathered(here)
        assert len(before) == 2
        await erase(here, booking)
        assert sorted(await gathered(here)) == sorted(before)


async def test_what_is_erased_and_what_is_not_count_together(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        bookings = [await here.booked(0) for _ in range(6)]
        await later(here, hours=3)
        for booking in bookings[:2]:
            await erase(here, booking)
        assert held(report(await gathered(here), "department")) == {"buergeramt": "6"}


async def test_what_is_not_over_is_not_counted(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await booked(here)
        assert await gathered(here) == []


async def test_only_the_days_that_were_asked_for_count(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await ask(here, booking, "cancel")
        await at_rest(here)
        for first, last, many in (("2026-11-23", "2026-11-23", 2), ("2026-11-01", "2026-11-22", 0)):
            assert len(await gathered(here, first, last)) == many
        await here.gateway.retention.sweep()
        assert len(await gathered(here, "2026-11-24", "2027-11-23")) == 0
