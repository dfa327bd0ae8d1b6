"""The part of the calendar contract that needs somebody else who writes into the same calendar."""

from datetime import datetime, timedelta

import pytest

from durchwahl.plugin import Interval
from durchwahl.testing.calendar_desk import SWITCHES, Clerk, Desk, minutes, new_name


class BesideAClerk:
    """Behaviours that are left out where a calendar says `clerk_can_write = False`."""

    @pytest.mark.asyncio
    async def test_a_clerks_event_is_busy_and_the_rest_is_free(self, desk: Desk, clerk: Clerk) -> None:
        """`busy` holds exactly what stands in the calendar, to the minute."""
        event = minutes(0, 9)
        added = await clerk.add(event)
        found = await desk.busy(minutes(0, 8, length=180))
        if list(found) != [event]:
            pytest.fail(f"busy() should hold {event} alone, but holds {found}")
        await clerk.remove(added)

    @pytest.mark.asyncio
    async def test_windows_are_half_open(self, desk: Desk, clerk: Clerk) -> None:
        """An event that ends where the window begins, or begins where it ends, is not in it."""
        added = await clerk.add(minutes(1, 9))
        for window in (minutes(1, 8, 40), minutes(1, 9, 20)):
            if await desk.busy(window) or await desk.occupants(window):
                pytest.fail(f"an event of {minutes(1, 9)} only touches {window}, but is in it")
        for window in (minutes(1, 8, 41), minutes(1, 9, 19)):
            if not await desk.busy(window) or not await desk.occupants(window):
                pytest.fail(f"an event of {minutes(1, 9)} reaches into {window}, but is not in it")
        await clerk.remove(added)

    @pytest.mark.asyncio
    async def test_a_removed_event_is_free_again(self, desk: Desk, clerk: Clerk) -> None:
        """Nothing is remembered from an earlier answer."""
        added = await clerk.add(minutes(2, 9))
        await desk.busy(minutes(2, 9))
        await clerk.remove(added)
        if await desk.busy(minutes(2, 9)) or await desk.occupants(minutes(2, 9)):
            pytest.fail("the event that the clerk removed is still there")

    @pytest.mark.asyncio
    async def test_occupants_tell_ours_from_others(self, desk: Desk, clerk: Clerk) -> None:
        """The confirm protocol lives on this: ours by name, everybody else's by None, past every cache."""
        name, shared = new_name(), minutes(3, 9)
        await desk.make(name, shared)
        before = await desk.occupants(shared)
        added = await clerk.add(minutes(3, 9, 10))
        after = await desk.occupants(shared)
        if [one.name for one in before] != [name]:
            pytest.fail(f"occupants() should hold {name} alone, but holds {before}")
        if {one.name for one in after} != {name, None} or len(after) != 2:
            pytest.fail(f"occupants() should hold {name} and one event of somebody else, but holds {after}")
        await clerk.remove(added)

    @pytest.mark.asyncio
    async def test_a_clerks_event_outlives_ours(self, desk: Desk, clerk: Clerk) -> None:
        """Deleting ours touches nothing else, even at the same time."""
        name, shared = new_name(), minutes(4, 9)
        added = await clerk.add(shared)
        placed = await desk.make(name, shared)
        await desk.calendar.delete(name, placed.ref)
        if [one.name for one in await desk.occupants(shared)] != [None]:
            pytest.fail("after ours was deleted, the clerk's event should stand alone")
        await clerk.remove(added)

    @pytest.mark.asyncio
    @pytest.mark.parametrize("switch", SWITCHES, ids=["to summer time", "to winter time"])
    @pytest.mark.parametrize("begins", [-70, -10, 0, 50], ids=lambda m: f"{m} min")
    async def test_a_clerks_times_survive_the_change_of_the_clock(
        self, desk: Desk, clerk: Clerk, switch: datetime, begins: int
    ) -> None:
        """An event is at the same instant on the days when the clocks change in Europe/Berlin."""
        start = switch + timedelta(minutes=begins)
        event = Interval(start, start + timedelta(minutes=20))
        added = await clerk.add(event)
        found = await desk.busy(Interval(start - timedelta(hours=3), start + timedelta(hours=3)))
        if list(found) != [event]:
            pytest.fail(f"busy() should hold {event} alone, but holds {found}")
        await clerk.remove(added)
