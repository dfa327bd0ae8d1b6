"""What every `FreeBusyCalendar` must do, as tests that a plugin joins with a subclass and three fixtures.

    class TestMyCalendar(FreeBusyCalendarContract):
        @pytest.fixture
        def calendar(self):
            return build(MySettings(...), toolbox)

        @pytest.fixture
        def lane(self):
            return Lane("platz-1", settings=MyLane(...))

        @pytest.fixture
        def clerk(self):
            return MyClerk(...)

The clerk has `async add(interval) -> id` and `async remove(id)` and puts others' events into the lane.
Where nobody else can write, say `clerk_can_write = False`; where the calendar's records are the gateway's
journal, say `keeps_records = False`: what these make impossible is then no part of the contract. `secrets`
are texts that must never show. The appointments lie in 2027 and 2031, and each test deletes its own.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
import pytest_asyncio

from durchwahl.plugin import FreeBusyCalendar, Interval, Lane
from durchwahl.testing.calendar_clerk import BesideAClerk
from durchwahl.testing.calendar_desk import SWITCHES, Desk, minutes, new_name
from durchwahl.testing.calendar_forgery import AgainstForgery

_FIXTURE = type(pytest.fixture(lambda: None))
_WANTED = {
    "calendar": "the built FreeBusyCalendar",
    "lane": "a Lane of it with its settings",
    "clerk": "an object with `async add(interval) -> id`, `async remove(id)`; or say clerk_can_write = False",
}


class KeepingRecords(AgainstForgery):
    """Behaviours that are left out where a calendar says `keeps_records = False`."""

    @pytest.mark.asyncio
    async def test_a_time_without_events_is_free(self, desk: Desk) -> None:
        """Nothing is an empty answer, not an error and not a missing lane that means busy."""
        if await desk.busy(minutes(10, 8)) or await desk.occupants(minutes(10, 8)):
            pytest.fail("an empty calendar should have no busy times and no occupants")

    @pytest.mark.asyncio
    async def test_a_repeat_leaves_one_appointment_as_it_was(self, desk: Desk) -> None:
        """`ensure` means *make sure that it exists*: with or without its `ref`, a repeat changes nothing."""
        name, time = new_name(), minutes(11, 9)
        first = await desk.make(name, time)
        for ref in (None, first.ref):
            again = await desk.make(name, time, ref=ref)
            if (again.ref, again.etag) != (first.ref, first.etag):
                pytest.fail(f"ensure() changed what it had made: {first}, then {again}")
        await _stands_once(desk, name, time)

    @pytest.mark.asyncio
    async def test_making_it_twice_at_the_same_moment_leaves_one(self, desk: Desk) -> None:
        """A repeat may begin before the first call has its answer."""
        name, time = new_name(), minutes(12, 9)
        first, second = await asyncio.gather(desk.make(name, time), desk.make(name, time))
        if first.ref != second.ref:
            pytest.fail(f"two calls made two appointments: {first} and {second}")
        await _stands_once(desk, name, time)

    @pytest.mark.asyncio
    async def test_an_appointment_is_found_by_its_name(self, desk: Desk) -> None:
        """`find` clears up what a lost answer left behind, as far as `capabilities.find` promises."""
        if desk.calendar.capabilities.find == "none":
            return
        name = new_name()
        placed = await desk.make(name, minutes(13, 9))
        found = await desk.calendar.find(name, desk.lane, desk.ref_to_find(placed))
        if found is None or found.ref != placed.ref:
            pytest.fail(f"find() should return {placed}, but returns {found}")

    @pytest.mark.asyncio
    async def test_two_names_are_two_appointments(self, desk: Desk) -> None:
        """Exclusivity is the gateway's: a calendar keeps both, and deleting one leaves the other."""
        first, second, time = new_name(), new_name(), minutes(14, 9)
        placed = await desk.make(first, time)
        await desk.make(second, time)
        await desk.calendar.delete(first, placed.ref)
        await _stands_once(desk, second, time)

    @pytest.mark.asyncio
    async def test_a_deleted_appointment_is_gone(self, desk: Desk) -> None:
        """Its time is free, and it is not found any more."""
        name, time = new_name(), minutes(15, 9)
        placed = await desk.make(name, time)
        await desk.calendar.delete(name, placed.ref)
        if await desk.busy(time) or await desk.calendar.find(name, desk.lane, placed.ref):
            pytest.fail("the deleted appointment is still there")

    @pytest.mark.asyncio
    async def test_a_deleted_appointment_can_be_made_again(self, desk: Desk) -> None:
        """A name is not used up."""
        name, time = new_name(), minutes(16, 9)
        placed = await desk.make(name, time)
        await desk.calendar.delete(name, placed.ref)
        await desk.make(name, time, ref=placed.ref)
        await _stands_once(desk, name, time)

    @pytest.mark.asyncio
    async def test_a_moved_appointment_stands_at_its_new_time_only(self, desk: Desk) -> None:
        """The same name with another time and a higher sequence is the same appointment, moved."""
        name, old, new = new_name(), minutes(17, 9), minutes(17, 14)
        placed = await desk.make(name, old)
        await desk.make(name, new, sequence=1, ref=placed.ref)
        if await desk.busy(old):
            pytest.fail("the time that the appointment moved away from is still busy")
        await _stands_once(desk, name, new)

    @pytest.mark.asyncio
    @pytest.mark.parametrize("switch", SWITCHES, ids=["to summer time", "to winter time"])
    @pytest.mark.parametrize("begins", [-70, -10, 0, 50], ids=lambda m: f"{m} min")
    async def test_times_survive_the_change_of_the_clock(self, desk: Desk, switch: datetime, begins: int) -> None:
        """An appointment stands at the same instant on the days when the clocks change in Europe/Berlin."""
        name, start = new_name(), switch + timedelta(minutes=begins)
        time = Interval(start, start + timedelta(minutes=20))
        await desk.make(name, time)
        await _stands_once(desk, name, time)


class FreeBusyCalendarContract(KeepingRecords, BesideAClerk):
    """Join by a subclass named `Test…` that has the fixtures `calendar`, `lane` and `clerk`."""

    clerk_can_write: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True
    secrets: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        with_clerk = cls.clerk_can_write and cls.keeps_records
        for fixture, given in _WANTED.items():
            asked = fixture != "clerk" or with_clerk
            if asked and not isinstance(getattr(cls, fixture, None), _FIXTURE):
                raise TypeError(
                    f"{cls.__name__} joins FreeBusyCalendarContract and needs a fixture `{fixture}`: add "
                    f"`@pytest.fixture def {fixture}(self): ...` to the class and return {given}"
                )
        left_out: list[type] = [] if with_clerk else [BesideAClerk]
        left_out += [] if cls.keeps_records else [KeepingRecords, AgainstForgery]
        for behaviour in (name for part in left_out for name in vars(part) if name.startswith("test_")):
            setattr(cls, behaviour, None)

    @pytest_asyncio.fixture
    async def desk(self, calendar: FreeBusyCalendar, lane: Lane) -> AsyncIterator[Desk]:
        """Make appointments, and delete them when the test has ended."""
        desk = Desk(calendar, lane)
        yield desk
        await desk.clear()

    @pytest.mark.asyncio
    async def test_the_cheapest_read_proves_the_calendar(self, calendar: FreeBusyCalendar) -> None:
        """`check()` raises nothing for a calendar that works."""
        await calendar.check()

    @pytest.mark.asyncio
    async def test_a_name_that_was_never_used_is_not_found(self, desk: Desk) -> None:
        """`find` returns None: the gateway then writes again."""
        if await desk.calendar.find(new_name(), desk.lane, None) is not None:
            pytest.fail("find() returns something for a name that nobody used")

    @pytest.mark.asyncio
    async def test_deleting_twice_is_done(self, desk: Desk) -> None:
        """Already gone is done."""
        name = new_name()
        placed = await desk.make(name, minutes(18, 9))
        await desk.calendar.delete(name, placed.ref)
        await desk.calendar.delete(name, placed.ref)

    @pytest.mark.asyncio
    async def test_no_secret_shows(self, calendar: FreeBusyCalendar) -> None:
        """None of `secrets` appears in a repr, where a log would find it."""
        shown = repr(calendar) + repr(vars(calendar))
        for number, secret in enumerate(self.secrets):
            if secret in shown:
                pytest.fail(f"a repr shows secret {number} of `secrets`")


async def _stands_once(desk: Desk, name: str, time: Interval) -> None:
    """Fail unless the name stands at exactly this time, once."""
    ours = [one.interval for one in await desk.occupants(time) if one.name == name]
    around = Interval(time.start - timedelta(hours=3), time.end + timedelta(hours=3))
    if ours != [time] or list(await desk.busy(around)) != [time]:
        pytest.fail(f"{name} should stand once, at {time}, but occupants() has {ours}")
