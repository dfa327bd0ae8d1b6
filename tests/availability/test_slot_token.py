"""Slot tokens: sealed, short, the same within an hour, good for a day, and worthless once the offer changed."""

import re
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from durchwahl.availability.present import sealed
from durchwahl.availability.slot_token import SlotClaim, SlotSealer, offer_digest
from durchwahl.availability.slots import FreeSlot
from durchwahl.errors import Problem
from durchwahl.settings.department import LONGEST_OFFER_ID
from tests.availability.builders import at, offer, unit

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
HOUR = 495_000
LONGEST_LANGUAGE = "de-1996-x-" + "a" * 25
MOST_SERVICES = 10
"""What the interface lets one appointment have."""

slugs = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,27}[a-z0-9])?", fullmatch=True)
claims = st.builds(
    SlotClaim,
    offer=st.builds("{}/{}".format, slugs, slugs),
    start=st.integers(0, 2**32 - 1),
    channel=st.sampled_from(["video", "phone", "in_person"]),
    services=st.lists(st.tuples(st.integers(0, 199), st.integers(1, 20)), min_size=1, max_size=MOST_SERVICES).map(
        tuple
    ),
    language=st.none() | st.sampled_from(["de", "gsg", "sgn-DE", LONGEST_LANGUAGE]),
    digest=st.binary(min_size=4, max_size=4),
    issued_hour=st.just(HOUR),
)


def claim(**changes: Any) -> SlotClaim:
    fields: dict[str, Any] = {
        "offer": "amt/tisch", "start": 5_984_000, "channel": "video", "services": ((0, 1),), "language": None,
        "digest": b"abcd", "issued_hour": HOUR,
    }  # fmt: skip
    return SlotClaim(**{**fields, **changes})


def refusal(sealer: SlotSealer, token: str, hour: int = HOUR) -> str:
    with pytest.raises(Problem) as caught:
        sealer.open(token, hour=hour)
    return caught.value.code


@given(claims)
def test_a_token_says_what_was_sealed(one: SlotClaim) -> None:
    sealer = SlotSealer([KEY])
    assert sealer.open(sealer.seal(one), hour=HOUR) == one


@given(claims)
def test_a_token_is_short_and_fits_into_an_address(one: SlotClaim) -> None:
    token = SlotSealer([KEY]).seal(one)
    assert len(token) <= 200
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)


def test_the_longest_ids_make_a_token_that_we_open_ourselves() -> None:
    sealer = SlotSealer([KEY])
    longest = claim(
        offer="a" * (LONGEST_OFFER_ID - 2) + "/b", language=LONGEST_LANGUAGE, services=((199, 20),) * MOST_SERVICES
    )
    token = sealer.seal(longest)
    assert len(token) <= 200
    assert sealer.open(token, hour=HOUR) == longest


def test_nobody_can_read_a_token() -> None:
    token = SlotSealer([KEY]).seal(claim(offer="suchtberatung/anonym"))
    assert b"sucht" not in urlsafe_b64decode(token + "=" * (-len(token) % 4))


@settings(max_examples=50)
@given(claims, st.data())
def test_a_changed_token_is_forged(one: SlotClaim, data: st.DataObject) -> None:
    sealer = SlotSealer([KEY])
    token = sealer.seal(one)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda c: c != token[place]))
    changed = token[:place] + other + token[place + 1 :]
    assert refusal(sealer, changed) == "slot-forged"


@given(claims, st.data())
def test_a_truncated_token_is_forged(one: SlotClaim, data: st.DataObject) -> None:
    sealer = SlotSealer([KEY])
    token = sealer.seal(one)
    assert refusal(sealer, token[: data.draw(st.integers(0, len(token) - 1))]) == "slot-forged"


@given(st.text(max_size=220))
def test_any_other_text_is_forged(text: str) -> None:
    assert refusal(SlotSealer([KEY]), text) == "slot-forged"


@pytest.mark.parametrize("noise", ["!", " ", "\n", "=", "===", "%", "ä", "\x00"])
def test_a_token_with_something_put_into_it_is_forged(noise: str) -> None:
    sealer = SlotSealer([KEY])
    token = sealer.seal(claim())
    assert refusal(sealer, token[:9] + noise + token[9:]) == "slot-forged"
    assert refusal(sealer, token + noise) == "slot-forged"


def test_another_installations_token_is_forged() -> None:
    assert refusal(SlotSealer([OTHER]), SlotSealer([KEY]).seal(claim())) == "slot-forged"


def test_after_rotation_the_old_keys_tokens_are_good_and_new_ones_are_the_new_keys() -> None:
    rotated = SlotSealer([OTHER, KEY])
    assert rotated.open(SlotSealer([KEY]).seal(claim()), hour=HOUR) == claim()
    assert SlotSealer([OTHER]).open(rotated.seal(claim()), hour=HOUR) == claim()


def test_two_keys_with_one_id_both_open_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("durchwahl.availability.slot_token.key_id", lambda key: b"id")
    old = SlotSealer([KEY]).seal(claim())
    assert SlotSealer([OTHER, KEY]).open(old, hour=HOUR) == claim()


def test_a_token_is_good_for_24_hours_and_withdrawn_afterwards() -> None:
    sealer = SlotSealer([KEY])
    token = sealer.seal(claim())
    assert sealer.open(token, hour=HOUR + 24) == claim()
    assert refusal(sealer, token, HOUR + 25) == "slot-withdrawn"


def free_slot(**table: Any) -> FreeSlot:
    one = offer(hours={"mon": ["09:00-10:00"]}, services=["ausweis", "pass"], **table)
    start = unit("2026-11-23 09:00")
    return FreeSlot(start, start + 4, one, "phone", (("amt-pass", 2),), 1, ("de",), "de")


def test_the_same_slot_has_the_same_token_within_an_hour_and_another_afterwards() -> None:
    sealer = SlotSealer([KEY])
    tokens = [sealed(free_slot(), sealer, at(f"2026-11-22 {wall}")) for wall in ("12:00", "12:59", "13:00")]
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_slots_token_names_services_by_their_place_in_the_offer() -> None:
    sealer = SlotSealer([KEY])
    opened = sealer.open(
        sealed(free_slot(), sealer, at("2026-11-22 12:00")), hour=int(at("2026-11-22 12:00").timestamp() // 3600)
    )
    assert (opened.offer, opened.channel, opened.services, opened.language) == ("amt/tisch", "phone", ((1, 2),), "de")


@pytest.mark.parametrize(
    "changed",
    [
        {"duration": "25min"}, {"buffer_before": "5min"}, {"buffer_after": "5min"}, {"services": ["pass", "ausweis"]},
        {"calendar": "anderes"}, {"durations": {"pass": "10min"}}, {"combinable": True},
    ],
)  # fmt: skip
def test_an_offer_that_means_something_else_has_another_digest(changed: dict[str, Any]) -> None:
    plain: dict[str, Any] = {"hours": {"mon": ["09:00-10:00"]}, "services": ["ausweis", "pass"]}
    assert offer_digest(offer(**plain)) != offer_digest(offer(**{**plain, **changed}))


@pytest.mark.parametrize("changed", [{"hours": {"tue": ["09:00-10:00"]}}, {"lead": "3h"}, {"horizon": "3d"}])
def test_hours_and_horizon_withdraw_no_slot_by_themselves(changed: dict[str, Any]) -> None:
    plain: dict[str, Any] = {"hours": {"mon": ["09:00-10:00"]}}
    assert offer_digest(offer(**plain)) == offer_digest(offer(**{**plain, **changed}))


def test_a_digest_that_is_remembered_is_the_offers_own_also_after_the_offer_has_changed() -> None:
    sealer = SlotSealer([bytes(32)])
    for duration in ("20min", "30min", "20min"):
        one = offer(hours={}, duration=duration)
        assert sealer.digest(one) == sealer.digest(one) == offer_digest(one)
