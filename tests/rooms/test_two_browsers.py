"""Two browsers with false cameras in a booked room: what they see of each other, and who is kept out.

Chromium shows itself a moving picture; a side is said to see the other when it has decoded frames of it.
"""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route

from tests.e2e.processes import Served
from tests.rooms.talks import UNNAMED, book, change, rows, serving
from tests.rooms.visitors import PATIENCE, Talk, until


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    """Two processes on one store: most tests need the first one only."""
    with serving(tmp_path_factory.mktemp("city"), processes=2) as both:
        yield both


def test_both_see_each_other(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    for side in (citizen, clerk):
        side.sees()
        until(lambda side=side: side.says() == "Die Verbindung steht.", side.says())  # type: ignore[misc]  # bound now
        assert side.errors == []


def test_both_see_each_other_by_two_gateways_on_one_store(talk: Talk, gateways: list[Served]) -> None:
    for side in talk.both(gateways[0], gateways[1]):
        side.sees()


def test_nobody_is_seen_before_the_clerk_lets_him_in(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen)
    citizen.enters()
    assert citizen.says() == "Das Amt ist noch nicht im Raum."
    clerk = talk.visitor(gateways[0], talk.booked.clerk)
    clerk.enters()
    until(lambda: clerk.says() == "Jemand wartet.", clerk.says())
    until(lambda: citizen.says() == "Das Amt weiß, dass Sie da sind.", citizen.says())
    assert "Erika Beispiel" in clerk.page.inner_text("main")
    ours = f"SELECT count(*) FROM signal WHERE booking = '{talk.booked.seen['id']}'"
    assert rows(gateways[0], ours) == [(0,)]


@pytest.mark.parametrize("who", [0, 1], ids=["citizen", "clerk"])
def test_a_reload_of_either_side_finds_the_way_back(talk: Talk, gateways: list[Served], who: int) -> None:
    sides = talk.both(gateways[0], gateways[0])
    for side in sides:
        side.sees()
    sides[who].page.reload()
    for side in sides:
        side.sees()


def test_messages_that_get_lost_are_said_again(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.visitor(gateways[0], talk.booked.citizen), talk.visitor(gateways[0], talk.booked.clerk)
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    for side in (citizen, clerk):
        side.page.route("**/zeichen", lose_the_first)
        side.enters()
    clerk.page.wait_for_selector("[data-do=admit]:enabled", timeout=PATIENCE * 1000)
    clerk.presses("admit")
    citizen.sees()
    clerk.sees()
    assert len(lost) == 2


def test_a_second_guest_and_a_second_clerk_are_refused(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    for link, gateway in ((talk.booked.citizen, gateways[1]), (talk.booked.clerk, gateways[0])):
        second = talk.visitor(gateway, link)
        second.presses("join")
        assert "schon jemand im Raum" in second.over()
    citizen.sees()
    clerk.sees()


def test_it_ends_when_the_clerk_ends_it_and_begins_again_when_the_clerk_opens_it(
    talk: Talk, gateways: list[Served]
) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    citizen.sees()
    clerk.presses("end")
    assert citizen.over() == "Das Amt hat das Gespräch beendet."
    assert clerk.over().startswith("Das Gespräch ist beendet.")
    citizen.presses("again")
    until(lambda: citizen.page.is_enabled("[data-do=again]"), "the button stays away")
    assert citizen.over() == "Das Amt hat das Gespräch beendet."
    clerk.presses("reopen")
    clerk.comes_to("waiting")
    citizen.presses("again")
    citizen.comes_to("waiting")
    clerk.page.wait_for_selector("[data-do=admit]:enabled", timeout=PATIENCE * 1000)
    clerk.presses("admit")
    citizen.sees()


def test_who_hangs_up_is_gone_and_switches_camera_and_microphone_off(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    citizen.sees()
    citizen.presses("leave")
    assert citizen.over() == "Sie haben den Raum verlassen."
    clerk.comes_to("waiting")
    live = (
        "document.querySelector('[data-own]').srcObject.getTracks().filter((one) => one.readyState === 'live').length"
    )
    assert citizen.page.evaluate(live) == 0


def test_what_is_switched_off_is_said_to_the_other_side(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    clerk.sees()
    citizen.page.focus("[data-do=mute]:visible")
    citizen.page.keyboard.press("Space")
    assert citizen.pressed("mute")
    until(lambda: clerk.says() == "Das Mikrofon der anderen Seite ist aus.", clerk.says())
    citizen.page.keyboard.press("Tab")
    citizen.page.keyboard.press("Enter")
    until(lambda: clerk.says() == "Kamera und Mikrofon der anderen Seite sind aus.", clerk.says())
    assert clerk.page.is_visible("[data-remote-off]")


def test_the_whole_way_can_be_gone_by_keyboard_and_the_focus_follows(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen)
    citizen.page.focus("[data-do=join]")
    citizen.page.keyboard.press("Enter")
    citizen.comes_to("waiting")
    assert citizen.page.evaluate("document.activeElement.id") == "warteraum"
    for key in ("Tab", "Tab", "Tab", "Enter"):  # past the two switches
        citizen.page.keyboard.press(key)
    citizen.comes_to("over")
    assert citizen.page.evaluate("document.activeElement.id") == "vorbei"


def test_the_own_picture_is_no_content(talk: Talk, gateways: list[Served]) -> None:
    citizen, _ = talk.both(gateways[0], gateways[0])
    citizen.comes_to("talking")
    assert citizen.page.get_attribute("[data-own]", "aria-hidden") == "true"
    assert citizen.page.get_attribute("[data-status]", "role") == "status"


def test_a_cancelled_booking_ends_the_talk_for_both(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[1])
    citizen.sees()
    change(
        gateways[0],
        "UPDATE booking SET state = 'cancelled', version = version + 1 WHERE id = ?",
        talk.booked.seen["id"],
    )
    for side in (citizen, clerk):
        assert side.over().startswith("Der Raum ist geschlossen")


def test_the_end_of_the_window_ends_the_talk_for_both(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    citizen.sees()
    ended = round(time.time() * 1000) - 15 * 60_000 + 3_000  # the room stays open for 15 minutes after the talk
    change(
        gateways[0], "UPDATE booking SET starts = ?, ends = ? WHERE id = ?", ended - 1, ended, talk.booked.seen["id"]
    )
    for side in (citizen, clerk):
        assert side.over().startswith("Der Raum ist geschlossen")


def test_too_late_and_with_another_bookings_link_nobody_gets_in(talk: Talk, gateways: list[Served]) -> None:
    other = book(gateways[0])
    wrong = f"/gespraech/{talk.booked.seen['id']}/{other.citizen.rsplit('/', 1)[1]}"
    answer = talk.browser.new_page().goto(f"{gateways[0].base.rstrip('/')}{wrong}/raum")
    assert answer is not None
    assert answer.status == 404
    before = round(time.time() * 1000) - 3_600_000
    change(
        gateways[0], "UPDATE booking SET starts = ?, ends = ? WHERE id = ?", before - 1, before, talk.booked.seen["id"]
    )
    late = talk.visitor(gateways[0], talk.booked.citizen)
    assert late.page.url.endswith(talk.booked.citizen)
    assert late.page.query_selector("[data-room]") is None


def test_too_early_nobody_gets_in(browser: Browser, gateways: list[Served]) -> None:
    booked = book(gateways[0], "buergeramt-suchtberatung", UNNAMED)
    early = Talk(browser, booked, [])
    for link in (booked.citizen, booked.clerk):
        visitor = early.visitor(gateways[0], link)
        assert visitor.page.url.endswith(link)
        assert visitor.page.query_selector("[data-room]") is None
        visitor.page.context.close()


def test_the_device_test_shows_the_own_picture_the_level_and_the_choices(
    browser: Browser, gateways: list[Served]
) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{gateways[0].base}en/technik")
    page.click("[data-device-start] button")
    page.wait_for_selector("[data-device-panel]:visible", timeout=PATIENCE * 1000)
    assert page.inner_text("[data-device-status]") == "Camera and microphone are on."
    assert "fake" in page.inner_text("#kamera").lower()
    until(lambda: page.evaluate("document.querySelector('[data-device-level]').value") > 0, "the level stays at zero")
    page.click("[data-device-tone] button")
    assert page.inner_text("[data-device-status]").startswith("Do you hear the tone?")
    page.context.close()


def test_who_forbids_the_camera_is_told_what_to_do(browser: Browser, gateways: list[Served]) -> None:
    page = browser.new_context().new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    page.goto(f"{gateways[0].base}technik")
    page.click("[data-device-start] button")
    until(lambda: "Erlauben Sie es" in page.inner_text("[data-device-status]"), "nothing is said")
    assert page.is_visible("[data-device-start] button")
    page.context.close()


def test_without_a_script_the_page_says_whom_to_call(talk: Talk, gateways: list[Served]) -> None:
    context = talk.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{gateways[0].base.rstrip('/')}{talk.booked.citizen}/raum")
    assert "0351 0000000" in page.inner_text("noscript")
    assert not page.is_visible("[data-do=join]")
    context.close()
