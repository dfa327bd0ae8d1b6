"""What of one's own side is on or off: by a switch, by a reload, or because there is no device."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.processes import Served
from tests.rooms.talks import serving
from tests.rooms.visitors import Talk, until

GIVEN = """
window.given = [];
const real = RTCRtpSender.prototype.replaceTrack;
RTCRtpSender.prototype.replaceTrack = function (track) {
  if (track) given.push(track.enabled);
  return real.call(this, track);
};
"""
"""Notes whether a track is on at the moment when a connection gets it."""
LACKING = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  if (!window.plugged && %s.some((kind) => wish[kind])) throw new DOMException("none", "NotFoundError");
  return real(wish);
};
"""
SLOW = """
window.handed = [];
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  if (handed.length) await new Promise((done) => { window.open_it = done; });
  handed.push(await real(wish));
  return handed.at(-1);
};
"""
"""A camera that takes as long as the test wants when it is opened for the second time."""
SILENT = """
const real = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = async function () {
  if (this.matches("[data-remote]") && !window.clicked) throw new DOMException("nobody asked", "NotAllowedError");
  return real.call(this);
};
addEventListener("click", ({ target }) => { window.clicked = target.closest("[data-do=hear]") !== null; }, true);
"""
"""A browser that plays no sound before it is asked for."""
BOTH_OFF = "Kamera und Mikrofon der anderen Seite sind aus."


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    with serving(tmp_path_factory.mktemp("city")) as one:
        yield one


def test_what_was_switched_off_stays_off_after_a_reload(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0], scripts=[GIVEN, ""])
    citizen.comes_to("talking")
    for switch in ("mute", "camera"):
        citizen.presses(switch)
    clerk.comes_to_say(BOTH_OFF)
    citizen.page.reload()
    citizen.comes_to("talking")
    until(lambda: citizen.page.evaluate("given.length") > 1, "the connection gets no track")
    assert not any(citizen.page.evaluate("given"))
    assert citizen.pressed("mute")
    assert citizen.pressed("camera")
    clerk.comes_to_say(BOTH_OFF)
    citizen.presses("mute")
    clerk.comes_to_say("Die Kamera der anderen Seite ist aus.")


def test_camera_and_microphone_can_be_switched_off_before_one_is_let_in(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen, script=GIVEN)
    clerk = talk.visitor(gateways[0], talk.booked.clerk)
    for side in (citizen, clerk):
        side.enters()
        assert not side.pressed("camera")
    citizen.presses("camera")
    assert citizen.pressed("camera")
    clerk.admits()
    clerk.comes_to_say("Die Kamera der anderen Seite ist aus.")
    assert sorted(citizen.page.evaluate("given")) == [False, True]
    assert citizen.pressed("camera")
    assert not citizen.pressed("mute")


@pytest.mark.parametrize(
    ("lacking", "said"),
    [(["video"], "Die Kamera der anderen Seite ist aus."), (["audio", "video"], BOTH_OFF)],
    ids=["no camera", "no device"],
)
def test_who_has_no_device_does_not_claim_to_show_or_say_anything(
    talk: Talk, gateways: list[Served], lacking: list[str], said: str
) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0], scripts=[LACKING % lacking, ""])
    clerk.comes_to_say(said)
    assert clerk.page.is_visible("[data-remote-off]")
    citizen.sees()


@pytest.mark.parametrize("who", [0, 1], ids=["citizen", "clerk"])
def test_a_camera_that_comes_late_is_seen(talk: Talk, gateways: list[Served], who: int) -> None:
    scripts = ["", ""]
    scripts[who] = LACKING % ["audio", "video"]
    sides = talk.both(gateways[0], gateways[0], scripts=scripts)
    late, other = sides[who], sides[1 - who]
    other.comes_to_say(BOTH_OFF)
    late.page.evaluate("window.plugged = true")
    late.page.click("details summary")
    late.page.click("[data-device-start] button")
    other.sees()
    other.comes_to_say("Die Verbindung steht.")


def test_a_camera_that_is_pulled_out_is_said_to_be_off(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    clerk.sees()
    citizen.page.evaluate(
        "const [track] = document.querySelector('[data-own]').srcObject.getVideoTracks();"
        "track.stop(); track.dispatchEvent(new Event('ended'))"  # stopped by a script alone it would not tell
    )
    clerk.comes_to_say("Die Kamera der anderen Seite ist aus.")


def test_a_camera_that_opens_after_its_owner_has_left_is_switched_off(talk: Talk, gateways: list[Served]) -> None:
    citizen, _ = talk.both(gateways[0], gateways[0], scripts=[SLOW, ""])
    citizen.comes_to("talking")
    citizen.page.evaluate("document.querySelector('#mikrofon').dispatchEvent(new Event('change'))")
    citizen.presses("leave")
    citizen.comes_to("over")
    citizen.page.evaluate("open_it()")
    until(lambda: citizen.page.evaluate("handed.length") == 2, "the camera is not opened again")
    is_off = "handed.every((stream) => stream.getTracks().every((track) => track.readyState === 'ended'))"
    until(lambda: citizen.page.evaluate(is_off), "the camera stays on")


def test_a_browser_that_plays_no_sound_by_itself_is_asked_for_it(talk: Talk, gateways: list[Served]) -> None:
    citizen, _ = talk.both(gateways[0], gateways[0], scripts=[SILENT, ""])
    citizen.comes_to_say("Ihr Browser spielt den Ton noch nicht ab. Drücken Sie „Ton einschalten“.")
    citizen.presses("hear")
    citizen.comes_to_say("Die Verbindung steht.")
    assert not citizen.page.is_visible("[data-do=hear]")
    assert citizen.page.evaluate("document.activeElement.id") == "gespraech"


def test_the_picture_of_the_other_side_bears_a_name(talk: Talk, gateways: list[Served]) -> None:
    citizen, clerk = talk.both(gateways[0], gateways[0])
    for side, name in ((citizen, "Bürgeramt"), (clerk, "Erika Beispiel")):
        side.comes_to("talking")
        expect(side.page.locator("[data-remote]")).to_have_accessible_name(name)


def test_the_clerks_heading_holds_whether_somebody_waits_or_not(talk: Talk, gateways: list[Served]) -> None:
    clerk = talk.visitor(gateways[0], talk.booked.clerk)
    clerk.enters()
    clerk.comes_to_say("Es ist noch niemand da.")
    assert clerk.page.inner_text("h2:visible") == "Sie sind im Raum"
    citizen = talk.visitor(gateways[0], talk.booked.citizen)
    citizen.enters()
    clerk.comes_to_say("Jemand wartet.")
    assert clerk.page.inner_text("h2:visible") == "Sie sind im Raum"


FAILING = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  if (!window.plugged && wish.%s) throw new DOMException("no", "%s");
  return real(wish);
};
"""
DEAF = "window.AudioContext = class { constructor() { throw new DOMException('no', 'NotSupportedError'); } };"
HASTY = """
const real = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
navigator.mediaDevices.enumerateDevices = async () => {
  if (window.hurried) return real();
  window.hurried = true;
  await new Promise((done) => { window.go_on = done; });
  return real();
};
"""
"""Names no devices, the first time, before the test wants it."""


@pytest.mark.parametrize(
    ("lacking", "error", "said"),
    [
        ("video", "NotReadableError", "Die Kamera wird gerade von einem anderen Programm benutzt"),
        ("video", "NotAllowedError", "Die Kamera darf der Browser nicht benutzen"),
        ("video", "NotFoundError", "Es wurde keine Kamera gefunden"),
        ("audio", "NotReadableError", "Die Kamera ist an. Das Mikrofon fehlt"),
    ],
)
def test_one_device_is_used_where_the_other_cannot_be_and_it_is_said_why(
    browser: Browser, gateways: list[Served], lacking: str, error: str, said: str
) -> None:
    page = browser.new_context().new_page()
    page.add_init_script(FAILING % (lacking, error))
    page.goto(f"{gateways[0].base}technik")
    page.click("[data-device-start] button")
    until(lambda: said in page.inner_text("[data-device-status]"), lambda: page.inner_text("[data-device-status]"))
    page.evaluate("window.plugged = true")
    page.click("[data-device-start] button")
    on = "Kamera und Mikrofon sind an."
    until(lambda: page.inner_text("[data-device-status]") == on, lambda: page.inner_text("[data-device-status]"))
    assert not page.is_visible("[data-device-start] button")
    page.context.close()


def test_without_a_level_one_can_enter_nevertheless(talk: Talk, gateways: list[Served]) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen, script=DEAF)
    citizen.enters()
    assert citizen.page.is_enabled("[data-do=mute]:visible")
    assert citizen.errors == []


def test_devices_that_are_named_after_they_were_switched_off_break_nothing(
    browser: Browser, gateways: list[Served]
) -> None:
    page = browser.new_context().new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(HASTY)
    page.goto(f"{gateways[0].base}technik")
    page.click("[data-device-start] button")
    until(lambda: page.evaluate("window.go_on !== undefined"), "nobody asks for the devices")
    page.evaluate("document.querySelector('#mikrofon').dispatchEvent(new Event('change'))")
    page.evaluate("go_on()")
    until(lambda: page.evaluate("document.querySelector('#kamera').options.length") > 0, "no choices")
    assert errors == []
    page.context.close()


@pytest.mark.parametrize(
    ("lacking", "said", "usable"),
    [
        (["video"], "Ohne Kamera: Man kann Sie hören, aber nicht sehen.", [True, False]),
        (["audio", "video"], "Ohne Kamera und Mikrofon: Man kann Sie weder sehen noch hören.", [False, False]),
        ([], "", [True, True]),
    ],
    ids=["no camera", "no device", "both"],
)
def test_who_lacks_a_device_is_told_so_while_waiting_and_in_the_call(
    talk: Talk, gateways: list[Served], lacking: list[str], said: str, usable: list[bool]
) -> None:
    citizen = talk.visitor(gateways[0], talk.booked.citizen, script=LACKING % lacking)
    clerk = talk.visitor(gateways[0], talk.booked.clerk)
    citizen.enters()
    clerk.enters()
    for view in ("waiting", "talking"):
        citizen.comes_to(view)
        assert citizen.page.text_content(f"[data-view={view}] [data-own-state]") == said
        for switch, is_usable in zip(("mute", "camera"), usable, strict=True):
            assert citizen.page.is_enabled(f"[data-do={switch}]:visible") == is_usable
            assert citizen.pressed(switch) != is_usable
        if view == "waiting":
            clerk.admits()
