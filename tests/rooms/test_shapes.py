"""What two browsers may say to each other: nothing that is not WebRTC's, not too large, not too often."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.errors import Problem
from durchwahl.rooms.allowance import Allowance
from durchwahl.rooms.shapes import LARGEST_MESSAGE, plain_of, read_signal

SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
CANDIDATE = {
    "kind": "candidate",
    "candidate": "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
}
GOOD: list[dict[str, Any]] = [
    {"kind": "offer", "sdp": SDP},
    {"kind": "answer", "sdp": SDP},
    CANDIDATE,
    {"kind": "candidate", "candidate": "", "sdpMid": None, "sdpMLineIndex": None},
    {"kind": "state", "muted": True, "camera": False},
]
WRONG: list[Any] = [
    None,
    [],
    "offer",
    {},
    {"kind": "bye"},
    {"kind": "offer"},
    {"kind": "offer", "sdp": 5},
    {"kind": "offer", "sdp": "<script>"},
    {"kind": "offer", "sdp": "v=0\r\n\x00"},
    {"kind": "offer", "sdp": "v=0\r\n\u202e"},
    {"kind": "offer", "sdp": SDP + "a" * 20_000},
    {"kind": "offer", "sdp": SDP, "more": 1},
    {"kind": "state", "muted": "yes", "camera": True},
    {"kind": "state", "muted": True},
    {**CANDIDATE, "candidate": "candidate\r\na=evil"},
    {**CANDIDATE, "candidate": "c" * 1_001},
    {**CANDIDATE, "sdpMLineIndex": -1},
    {**CANDIDATE, "sdpMLineIndex": "0"},
    {**CANDIDATE, "sdpMid": "0" * 65},
]


def raw(signal: Any, **more: Any) -> bytes:
    return json.dumps({"call": 3, "signal": signal, **more}).encode()


def code_of(body: bytes) -> str:
    with pytest.raises(Problem) as caught:
        read_signal(body)
    return caught.value.code


@pytest.mark.parametrize("signal", GOOD)
def test_a_signal_is_passed_on_as_the_browser_knows_it(signal: dict[str, Any]) -> None:
    assert plain_of(read_signal(raw(signal))) == {"call": 3, **signal}


@pytest.mark.parametrize("signal", WRONG)
def test_what_is_no_signal_is_refused(signal: Any) -> None:
    assert code_of(raw(signal)) == "invalid-body"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"3", raw(GOOD[0], more=1), b'{"signal": {}}'])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    assert code_of(body) == "invalid-body"


def test_a_message_has_a_largest_size() -> None:
    assert code_of(b" " * (LARGEST_MESSAGE + 1)) == "body-too-large"
    assert len(raw({"kind": "offer", "sdp": SDP + "a" * (20_000 - len(SDP))})) < LARGEST_MESSAGE


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_nothing_that_may_come_in_is_a_bug(body: bytes) -> None:
    assert code_of(body) == "invalid-body"


def test_no_address_of_a_computer_shows_in_a_repr() -> None:
    assert "192.0.2.1" not in repr(read_signal(raw(CANDIDATE)))
    assert "127.0.0.1" not in repr(read_signal(raw(GOOD[0])))


def test_an_allowance_has_a_burst_and_a_rate() -> None:
    now = [0.0]
    allowance = Allowance(a_second=12, burst=60, now=lambda: now[0])
    assert [allowance.takes("a") for _ in range(61)] == [True] * 60 + [False]
    assert allowance.takes("b")
    now[0] = 1.0
    assert [allowance.takes("a") for _ in range(13)] == [True] * 12 + [False]


def test_an_allowance_forgets_the_quiet_and_nobody_else() -> None:
    now = [0.0]
    allowance = Allowance(a_second=1, burst=2, now=lambda: now[0])
    for number in range(1_000):
        allowance.takes(number)
    now[0] = 1.5
    assert allowance.takes("late")
    assert allowance.takes("late")
    now[0] = 2.5
    assert allowance.takes("new")
    assert len(allowance._left) == 2
    assert [allowance.takes("late") for _ in range(2)] == [True, False]


def test_who_goes_on_although_refused_waits_the_longer_and_is_overdrawn_in_the_end() -> None:
    now = [0.0]
    allowance = Allowance(a_second=10, burst=20, debt=10, now=lambda: now[0])
    assert [allowance.takes("a") for _ in range(29)] == [True] * 20 + [False] * 9
    assert not allowance.is_overdrawn("a")
    assert not allowance.takes("a")
    assert allowance.is_overdrawn("a")
    assert not allowance.is_overdrawn("b")
    now[0] = 1.0
    assert not allowance.takes("a")
    now[0] = 1.3
    assert allowance.takes("a")
