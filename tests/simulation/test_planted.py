"""Bugs that others have had are found, each in a world that is in order without it."""

import pytest

from tests.simulation.__main__ import replayed
from tests.simulation.planted import PLANTED

MOST_WORLDS = 1_000
"""In so many a planted bug has to show itself."""
SEEN_IN = {
    "late-writes-stay": 995,
    "nobody-looks-who-has-moved": 194,
    "no-fencing": 135,
    "removing-waits-for-nobody": 421,
    "rooms-that-open-late-stay": 873,
    "what-was-deleted-is-made-anew": 675,
}
"""Where those were met that show themselves seldom; tried first, and of no meaning but that."""


def test_there_are_enough_of_them() -> None:
    assert len(PLANTED) >= 20


@pytest.mark.parametrize("planted", sorted(PLANTED))
def test_a_planted_bug_is_found(planted: str) -> None:
    seeds = (SEEN_IN.get(planted, 0), *range(MOST_WORLDS))
    found = next((seed for seed in seeds if replayed(seed, planted).violations), None)
    assert found is not None, f"{planted} was not found in {MOST_WORLDS} worlds"
    assert not replayed(found, None).violations
