"""What a clerk takes out is cancelled; a calendar that is emptied at once is not believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.booking.reconcile.judging import MOST_AT_ONCE, Brake


@pytest.mark.parametrize(
    ("standing", "missing", "lately", "holds"),
    [
        (1, 1, 0, False),
        (2, 2, 0, True),
        (3, 1, 0, False),
        (3, 2, 0, False),
        (10, 3, 0, True),
        (100, 5, 0, False),
        (100, 6, 0, True),
        (1_000, 20, 0, False),
        (1_000, 21, 0, True),
        (980, 1, 20, True),
        (100, 1, 4, False),
        (100, 0, 50, False),
    ],
)
def test_so_many_may_be_missing(standing: int, missing: int, lately: int, *, holds: bool) -> None:
    assert Brake(standing, missing, lately).holds is holds


@given(st.integers(2, 5_000), st.data())
def test_never_more_than_twenty_and_never_all(standing: int, data: st.DataObject) -> None:
    missing = data.draw(st.integers(1, standing))
    if not Brake(standing, missing).holds:
        assert missing <= MOST_AT_ONCE
        assert missing < standing
