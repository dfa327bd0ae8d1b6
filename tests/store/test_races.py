"""Several processes want one place at the same time, a thousand times: one of them gets it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from durchwahl.store.tx import Tx
from tests.store.conftest import Journal, place_of
from tests.store.journals import count_of

REPOSITORY = Path(__file__).parents[2]
PROCESSES, CLAIMS = 4, 1_000


@pytest.mark.parametrize(
    "rounds", [pytest.param(20, id="twenty"), pytest.param(200, id="two hundred", marks=pytest.mark.soak)]
)
async def test_of_a_thousand_claims_on_one_place_by_four_processes_one_wins(journal: Journal, rounds: int) -> None:
    async with journal() as store:
        wins = await asyncio.to_thread(raced, place_of(store), rounds)
        assert wins == [[0, 0, 0, 1]] * rounds
        assert await store.read(count_of, "placement") == rounds
        assert await store.read(count_of, "booking") == rounds
        assert await store.read(owners_of_units) == rounds


def owners_of_units(tx: Tx) -> int:
    return len(tx.rows("SELECT booking FROM unit_slot GROUP BY booking HAVING count(*) = 4"))


def raced(where: str, rounds: int) -> list[list[int]]:
    """Let the processes claim a place a round, and return how often each has got it, the luckiest last."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "gateway")])}
    command = [sys.executable, "-m", "tests.store.claiming", where]
    racers = [
        subprocess.Popen(
            [*command, f"p{number}", str(CLAIMS // PROCESSES)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    try:
        return [one_round(racers, number) for number in range(rounds)]
    finally:
        for racer in racers:
            racer.communicate(timeout=60)


def one_round(racers: list["subprocess.Popen[str]"], number: int) -> list[int]:
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(f"{number}\n")
        racer.stdin.flush()
    return sorted(int(racer.stdout.readline()) for racer in racers if racer.stdout is not None)
