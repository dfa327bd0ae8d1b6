"""The button that leads into the room: it works once at a time, and never stays dead."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route

from tests.e2e.processes import Served
from tests.rooms.talks import serving
from tests.rooms.visitors import Talk, until

BROKEN = "navigator.mediaDevices.enumerateDevices = async () => { throw new Error('no'); };"
TWICE = "const again = document.querySelector('[data-do=again]'); again.click(); again.disabled = false; again.click();"
ANEW = """async () => {
  const { calls, token } = document.querySelector("[data-room]").dataset;
  const seat = sessionStorage.getItem(`durchwahl ${calls} citizen`);
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "X-Seat": seat };
  const answers = [];
  for (let time = 0; time < 4; time++) {
    answers.push((await fetch(`${calls}/platz`, { method: "POST", body: "{}", headers })).status);
    await new Promise((done) => setTimeout(done, 150));
  }
  return answers;
}"""
"""Takes the citizen's seat four times within a second, as no page of ours does."""


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    with serving(tmp_path_factory.mktemp("city")) as one:
        yield one


def test_devices_that_fail_strangely_keep_nobody_out(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen, script=BROKEN)
    citizen.enters()
    assert citizen.page.is_enabled("[data-do=join]")


def test_a_gateway_that_does_not_answer_leaves_the_button_usable(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen)
    citizen.page.route("**/platz", lambda route: route.abort())
    citizen.presses("join")
    until(lambda: "nicht erreichbar" in citizen.says(), citizen.says)
    citizen.page.unroute("**/platz")
    citizen.enters()


def test_a_seat_whose_answer_was_lost_is_found_again(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    citizen.page.route("**/platz", lose)
    citizen.presses("join")
    until(lambda: "nicht erreichbar" in citizen.says(), citizen.says)
    citizen.page.unroute("**/platz")
    citizen.enters()
    assert lost == [200]


def test_an_answer_that_was_cut_off_costs_nobody_the_seat(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    citizen.page.route("**/platz", lambda route: route.fulfill(status=200, body=route.fetch().text()[:20]))
    citizen.page.reload()
    until(lambda: "nicht erreichbar" in citizen.says(), citizen.says)
    citizen.page.unroute("**/platz")
    citizen.page.reload()
    citizen.comes_to("talking")
    clerk.sees()


def test_entering_again_pressed_twice_asks_for_one_seat(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen)
    asked: list[str] = []

    def count(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    citizen.enters()
    citizen.presses("leave")
    citizen.comes_to("over")
    citizen.page.route("**/platz", count)
    citizen.page.evaluate(TWICE)
    citizen.comes_to("waiting")
    citizen.page.wait_for_timeout(500)  # time for a second question, which must not come
    assert (citizen.state(), len(asked)) == ("waiting", 1)


def test_who_reloads_again_and_again_waits_a_little_and_is_in_again(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    for _ in range(8):
        citizen.page.reload()
        citizen.page.wait_for_timeout(50)  # as fast as somebody presses the key
    citizen.comes_to("talking")
    citizen.sees()
    clerk.sees()
    assert clerk.state() == "talking"


def test_the_clerk_offers_once_a_second_however_often_the_citizen_comes_anew(
    talk: Talk, gateways: list[Served]
) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    clerk.sees()
    offers: list[int] = []
    clerk.page.on(
        "request", lambda request: offers.append(1) if '"kind":"offer"' in (request.post_data or "") else None
    )
    clerk.page.wait_for_timeout(1_100)  # the last offer is a second old
    assert citizen.page.evaluate(ANEW) == [200] * 4
    clerk.page.wait_for_timeout(700)  # less than until the next one
    assert 1 <= len(offers) <= 2
    assert clerk.state() == "talking"
