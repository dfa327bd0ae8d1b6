"""`python -m tests.simulation`: many worlds on all cores, or one world once more, with its history."""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from durchwahl.audit.history import written
from tests.simulation.planted import PLANTED
from tests.simulation.world import Outcome, World

CHUNK = 20


def replayed(seed: int, planted: str | None) -> Outcome:
    """Return what a seed brings about, with one bug planted, if any."""
    with ExitStack() as stack:
        if planted is not None:
            stack.enter_context(PLANTED[planted]())
        return World(seed).run()


def command_for(seed: int, planted: str | None) -> str:
    """Return the command that replays a seed."""
    more = f" --planted {planted}" if planted else ""
    return f"python -m tests.simulation --seed {seed}{more}"


def _chunk(seeds: range, planted: str | None) -> list[tuple[int, int, list[str], dict[str, int]]]:
    logging.disable(logging.CRITICAL)
    outcomes = (replayed(seed, planted) for seed in seeds)
    return [(one.seed, one.sagas, [str(v) for v in one.violations], one.met) for one in outcomes]


def many(seeds: range, planted: str | None, jobs: int) -> Iterator[tuple[int, int, list[str], dict[str, int]]]:
    """Yield (seed, sagas, violations, faults) of many worlds, in their order."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(_chunk, chunks, [planted] * len(chunks)):
            yield from found


def main() -> int:
    """Run, say what was found, and exit 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this one, and print what is wrong")
    parser.add_argument("--history", type=Path, help="where its history goes, for `durchwahl audit`")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--sagas", type=int, default=20_000, help="run worlds until so many bookings were begun")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--planted", choices=sorted(PLANTED))
    given = parser.parse_args()
    return _one(given) if given.seed is not None else _all(given)


def _one(given: argparse.Namespace) -> int:
    outcome = replayed(given.seed, given.planted)
    if given.history:
        given.history.write_bytes(b"".join(map(written, outcome.history)))
    print(f"seed {given.seed}: {outcome.sagas} sagas, {outcome.met}")
    for violation in outcome.violations:
        print(violation)
    return 1 if outcome.violations else 0


def _all(given: argparse.Namespace) -> int:
    began, sagas, worlds, bad, met = time.monotonic(), 0, 0, 0, Counter[str]()
    for seed, count, found, faults in many(range(given.first, given.first + given.sagas), given.planted, given.jobs):
        sagas, worlds = sagas + count, worlds + 1
        met.update(faults)
        if found:
            bad += 1
            print(f"{command_for(seed, given.planted)}: {found[0]}", flush=True)
        if sys.stderr.isatty() and worlds % 50 == 0:
            print(f"\r{sagas} sagas in {worlds} worlds, {bad} bad", end="", file=sys.stderr)
        if sagas >= given.sagas:
            break
    seconds = time.monotonic() - began
    print(f"{sagas} sagas in {worlds} worlds, {bad} bad; {sagas / seconds:.0f} sagas/s on {given.jobs} processes")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(met.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
