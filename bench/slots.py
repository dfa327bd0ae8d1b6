"""The interface's own function for free times, beside bare integers and beside brute force."""

import asyncio
from statistics import median
from time import perf_counter
from typing import Any

from pydantic_core import to_json

from bench.figures import Figure, Plan
from bench.rounds import interleaved, ratio, rounded, seconds_of
from bench.slots_case import ZONE, Case, Known, instants, slots_of
from bench.slots_other_ways import bare_bitset, brute_force, hours_mask
from durchwahl.availability import present
from durchwahl.availability.grid import Grid
from durchwahl.availability.slot_token import SlotSealer
from durchwahl.availability.slots import FreeSlot, Slots
from durchwahl.availability.units import instant_of

REQUIRED = 3.0
STARTS = 384_000
LISTED = 500


class Wrong(AssertionError):
    """Two ways to the same result came to different ones."""


def run(plan: Plan) -> list[Figure]:
    """Check the result against brute force, then measure."""
    case = Case()
    mask, busy = hours_mask(case), case.busy()
    if mask.bit_count() * case.lanes != STARTS:
        raise Wrong(f"{mask.bit_count() * case.lanes} bookable starts instead of {STARTS}")
    slots = slots_of(case, case.offer(), Known(busy, case.now))
    slowly, plain = instants(case, busy), []
    brute = seconds_of(lambda: plain.append(brute_force(case, slowly)))()
    free = compared(asked(case, slots), plain[0], bare_bitset(case, mask, busy))
    rounds = interleaved(
        {
            "bare": seconds_of(lambda: bare_bitset(case, mask, busy), 20),
            "grid": seconds_of(lambda: asked(case, slots), 20),
            "first": seconds_of(lambda: asked(case, slots_of(case, case.offer(), Known(busy, case.now))), 5),
        },
        3 * plan.rounds,
    )
    found, finding = asyncio.run(first_slots(case, slots))
    detail = {"seconds": {name: rounded(each, 6) for name, each in rounds.items()}, "free": free, "starts": STARTS}
    bare = rounds["bare"]
    return [
        Figure("slots", "grid / bare integers", ratio(rounds["grid"], bare), at_most=REQUIRED, detail=detail),
        Figure("slots", "the same, offer and hours new / bare integers", ratio(rounds["first"], bare)),
        Figure("slots", "brute force / bare integers", brute / median(bare), detail={"seconds": round(brute, 3)}),
        Figure("slots", f"finding the first {LISTED} slots, lanes and languages of each", finding * 1000, unit="ms"),
        *_answered(plan, found, case),
    ]


def asked(case: Case, slots: Slots) -> Grid:
    """Return the free places, by the very function that every question of the interface comes to."""
    (offer,) = slots.offers.values()
    occupations: Any = slots._occupations
    return slots.row(offer, ("video",), case.wish, occupations.known).grid


async def first_slots(case: Case, slots: Slots) -> tuple[list[FreeSlot], float]:
    """Return the first slots as the interface would list them, and the seconds that finding them takes."""
    found: list[FreeSlot] = []
    taken = []
    for _ in range(5):
        began = perf_counter()
        found[:] = (await slots.find(case.wish, limit=LISTED)).slots
        taken.append(perf_counter() - began)
    return found, median(taken)


def compared(grid: Grid, plain: dict[Any, int], bare: int) -> int:
    """Return how many places are free.

    Raises:
        Wrong: the grid says something else than brute force, at any start, or than the bare integers altogether.
    """
    remaining = {instant_of(unit): places for unit, places in grid.each()}
    if remaining != plain:
        odd = {at for at in remaining.keys() | plain.keys() if remaining.get(at) != plain.get(at)}
        raise Wrong(f"{len(odd)} starts differ from brute force, the first of them {min(odd)}")
    if sum(remaining.values()) != bare:
        raise Wrong(f"{sum(remaining.values())} free places, but bare integers count {bare}")
    return bare


def _answered(plan: Plan, found: list[FreeSlot], case: Case) -> list[Figure]:
    sealer = SlotSealer([bytes(range(32))])

    def sealed() -> bytes:
        return to_json({"items": [present.slot(one, sealer, ZONE, case.now) for one in found]})

    ready = {"items": [present.slot(one, sealer, ZONE, case.now) for one in found]}
    rounds = interleaved(
        {"sealed": seconds_of(sealed, 5), "plain": seconds_of(lambda: to_json(ready), 5)}, 3 * plan.rounds
    )
    milliseconds = median(rounds["sealed"]) * 1000
    return [
        Figure("slots", f"answer of {len(found)} sealed slots", milliseconds, unit="ms"),
        Figure("slots", "sealed answer / JSON of ready dicts", ratio(rounds["sealed"], rounds["plain"])),
    ]
