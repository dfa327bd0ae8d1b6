"""What of a call is in sight, on small and on wide screens, upright and sideways."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.e2e.processes import Served
from tests.rooms.talks import ERIKA, book, serving
from tests.rooms.visitors import Talk, Visitor

TELEPHONE, SIDEWAYS, SMALL, DESK = (360, 640), (740, 360), (320, 568), (1280, 720)
IN_SIGHT = """() => Object.fromEntries(
  ["[data-status]", ".dw-stage", "[data-view=talking] .dw-controls"].map((name) => {
    const { top, bottom, left, right } = document.querySelector(name).getBoundingClientRect();
    return [name, top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth];
  })
)"""
SIDES = """() => ["[data-remote] ~ .dw-tile__name", ".dw-tile--own"].map((name) => {
  const { left, right } = document.querySelector(name).getBoundingClientRect();
  return [left, right];
})"""


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    with serving(tmp_path_factory.mktemp("city")) as one:
        yield one


def call(talk: Talk, gateway: Served, citizens: tuple[int, int], clerks: tuple[int, int]) -> tuple[Visitor, Visitor]:
    sides = talk.visitor(gateway, talk.booked.citizen), talk.visitor(gateway, talk.booked.clerk)
    for side, (width, height) in zip(sides, (citizens, clerks), strict=True):
        side.page.set_viewport_size({"width": width, "height": height})
        side.enters()
    sides[1].admits()
    for side in sides:
        side.comes_to("talking")
    return sides


@pytest.mark.parametrize(("citizens", "clerks"), [(TELEPHONE, DESK), (SIDEWAYS, TELEPHONE), (SMALL, SIDEWAYS)])
def test_status_picture_and_controls_are_in_sight_when_a_call_begins(
    talk: Talk, gateways: list[Served], citizens: tuple[int, int], clerks: tuple[int, int]
) -> None:
    for side in call(talk, gateways[0], citizens, clerks):
        assert set(side.page.evaluate(IN_SIGHT).values()) == {True}, side.page.evaluate(IN_SIGHT)
        assert side.page.evaluate("document.activeElement.id") == "gespraech"


def test_the_controls_stay_in_sight_where_nobody_has_scrolled(talk: Talk, gateways: list[Served]) -> None:
    for side in call(talk, gateways[0], TELEPHONE, TELEPHONE):
        side.page.evaluate("scrollTo(0, 0)")
        assert side.page.evaluate(IN_SIGHT)["[data-view=talking] .dw-controls"]


def test_a_name_written_from_right_to_left_stays_clear_of_ones_own_picture(talk: Talk, gateways: list[Served]) -> None:
    foreign = replace(talk, booked=book(gateways[0], person={**ERIKA, "name": "שרה כהן"}))
    _, clerk = call(foreign, gateways[0], TELEPHONE, TELEPHONE)
    (_, name_ends), (picture_begins, _) = clerk.page.evaluate(SIDES)
    assert clerk.page.inner_text("[data-remote] ~ .dw-tile__name") == "שרה כהן"
    assert name_ends <= picture_begins
