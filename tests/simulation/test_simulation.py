"""Many worlds, in each of which much goes wrong: nothing is lost, doubled, left over or unfinished."""

import pytest

from durchwahl.audit.history import written
from tests.simulation.__main__ import command_for, replayed

SAGAS = 2_000


def test_nothing_is_lost_doubled_left_over_or_unfinished() -> None:
    sagas, seed = 0, 0
    while sagas < SAGAS:
        outcome = replayed(seed, None)
        assert not outcome.violations, f"{command_for(seed, None)}: {outcome.violations[0]}"
        sagas, seed = sagas + outcome.sagas, seed + 1


@pytest.mark.parametrize("seed", [3, 38, 199])
def test_a_seed_gives_the_same_history_each_time(seed: int) -> None:
    first, second = (b"".join(map(written, replayed(seed, None).history)) for _ in range(2))
    assert first == second
