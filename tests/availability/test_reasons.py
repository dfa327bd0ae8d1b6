"""One word for why nothing is free: the most useful of several."""

import pytest

from durchwahl.availability.reasons import Emptiness, reason_for

UNKNOWN = Emptiness(usable=False)
TAKEN = Emptiness(has_hours=True, is_released=True)
LATER = Emptiness(has_hours=True)
SHUT = Emptiness(has_hours=True, is_closed=True)
NEVER = Emptiness(is_closed=True)


@pytest.mark.parametrize(
    ("offers", "reason"),
    [
        ([], "not_bookable"),
        ([UNKNOWN], "source_unavailable"),
        ([TAKEN], "fully_booked"),
        ([LATER], "not_released"),
        ([SHUT], "closed"),
        ([NEVER], "no_hours"),
        ([NEVER, SHUT], "closed"),
        ([NEVER, SHUT, LATER], "not_released"),
        ([NEVER, SHUT, LATER, TAKEN], "fully_booked"),
        ([NEVER, SHUT, LATER, TAKEN, UNKNOWN], "source_unavailable"),
    ],
)
def test_the_most_useful_reason_is_said(offers: list[Emptiness], reason: str) -> None:
    assert reason_for(offers) == reason
    assert reason_for(offers[::-1]) == reason
