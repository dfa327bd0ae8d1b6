"""Two seats, one for each side: who gets one, who keeps it, who is let in. A clock stands where a test puts it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from durchwahl.errors import Problem
from durchwahl.model.room import Role
from durchwahl.store import rooms, signals
from durchwahl.store.journal import insert_booking
from durchwahl.store.rooms import ALIVE, SeatKey, Talk
from durchwahl.store.signals import LONGEST_QUEUE, Heard
from durchwahl.store.tx import Store, Tx
from tests.store.conftest import KINDS, journal_on
from tests.store.journals import NOON, Milliseconds, booking, count_of

TALK = Talk("b1", 1, NOON + 3_600_000)


@dataclass
class House:
    """A store with one room in it."""

    store: Store
    clock: Milliseconds

    async def sit(self, role: Role, holder: str | None = None, talk: Talk = TALK) -> SeatKey:
        return await self.store.write(rooms.take_seat, talk, role, holder)

    async def hear(self, seat: SeatKey, after: int = 0) -> Heard:
        return await self.store.write(signals.hear, seat, after)

    async def say(self, seat: SeatKey, body: bytes = b"x", call: int | None = None) -> bool:
        now = (await self.hear(seat, after=-1)).standing.call
        return await self.store.write(signals.say, seat, now if call is None else call, body)

    async def met(self) -> tuple[SeatKey, SeatKey]:
        """Seat both and let the citizen in."""
        citizen, clerk = await self.sit("citizen"), await self.sit("clerk")
        await self.store.write(rooms.admit, clerk, citizen.entered)
        return citizen, clerk

    async def count(self, table: str) -> int:
        return await self.store.look(lambda tx: count_of(tx, table))


@pytest.fixture(params=KINDS)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    clock = Milliseconds()
    async with journal_on(request.param, tmp_path, clock) as store:
        await store.write(insert_booking, booking())
        yield House(store, clock)


async def refused(doing: object) -> str:
    with pytest.raises(Problem) as caught:
        await doing  # type: ignore[misc]  # any awaitable
    return caught.value.code


async def test_each_side_has_one_seat(house: House) -> None:
    await house.sit("citizen")
    await house.sit("clerk")
    assert await refused(house.sit("citizen")) == "room-occupied"
    assert await refused(house.sit("clerk")) == "room-occupied"
    assert await house.count("seat") == 2


async def test_a_seat_is_its_holders_for_as_long_as_he_is_heard_of(house: House) -> None:
    seat = await house.sit("citizen")
    for _ in range(3):
        house.clock.now += ALIVE - 1
        assert await refused(house.sit("citizen")) == "room-occupied"
        await house.hear(seat)
    house.clock.now += ALIVE
    other = await house.sit("citizen")
    assert other.holder != seat.holder
    assert await refused(house.hear(seat)) == "seat-lost"


async def test_who_takes_a_seat_over_is_not_let_in_with_it(house: House) -> None:
    citizen, clerk = await house.met()
    house.clock.now += ALIVE
    await house.hear(clerk)
    stranger = await house.sit("citizen")
    assert not (await house.hear(stranger)).standing.is_admitted
    assert not await house.say(stranger)
    assert not await house.say(clerk)
    assert citizen.holder != stranger.holder


async def test_a_reload_keeps_seat_and_admission_and_ends_the_window_before_it(house: House) -> None:
    citizen, clerk = await house.met()
    before = (await house.hear(clerk)).standing.call
    again = await house.sit("citizen", citizen.holder)
    stands = (await house.hear(again)).standing
    assert (again.holder, stands.is_admitted) == (citizen.holder, True)
    assert stands.call > before
    assert await refused(house.hear(citizen)) == "seat-lost"


async def test_a_holder_that_somebody_chose_is_his_when_he_asks_again_and_nobody_elses(house: House) -> None:
    first = await house.sit("citizen", "A" * 22)
    again = await house.sit("citizen", "A" * 22)
    assert (first.holder, again.holder) == ("A" * 22, "A" * 22)
    assert await refused(house.sit("citizen", "B" * 22)) == "room-occupied"


async def test_a_holder_that_was_chosen_lets_nobody_in(house: House) -> None:
    citizen, _ = await house.met()
    house.clock.now += ALIVE + 1
    stranger = await house.sit("citizen", "B" * 22)
    assert not (await house.hear(stranger)).standing.is_admitted
    assert await refused(house.hear(citizen)) == "seat-lost"


async def test_who_leaves_is_gone_at_once_and_comes_back_as_he_was(house: House) -> None:
    citizen, clerk = await house.met()
    await house.store.write(rooms.leave, citizen)
    assert (await house.hear(clerk)).standing.other == "none"
    assert (await house.hear(clerk)).standing.guest is None
    assert await refused(house.hear(citizen)) == "seat-lost"
    again = await house.sit("citizen", citizen.holder)
    assert (await house.hear(again)).standing.is_admitted


async def test_a_seat_that_was_left_is_anybodys_at_once(house: House) -> None:
    citizen, _ = await house.met()
    await house.store.write(rooms.leave, citizen)
    other = await house.sit("citizen")
    assert not (await house.hear(other)).standing.is_admitted


async def test_the_last_breath_of_a_page_does_not_cost_the_next_pages_seat(house: House) -> None:
    citizen, _ = await house.met()
    again = await house.sit("citizen", citizen.holder)
    await house.store.write(rooms.leave, citizen)
    assert (await house.hear(again)).standing.is_admitted


async def test_who_is_not_heard_of_is_away_and_may_still_be_written_to(house: House) -> None:
    citizen, clerk = await house.met()
    house.clock.now += ALIVE
    assert (await house.hear(clerk)).standing.other == "away"
    assert await house.say(clerk, b"are you there?")
    assert (await house.hear(citizen)).signals == (b"are you there?",)
    assert (await house.hear(clerk)).standing.other == "here"


async def test_no_signal_passes_to_or_from_whom_nobody_let_in(house: House) -> None:
    citizen, clerk = await house.sit("citizen"), await house.sit("clerk")
    assert not await house.say(citizen)
    assert not await house.say(clerk)
    assert await house.count("signal") == 0


async def test_the_clerk_lets_in_whom_he_has_seen_and_nobody_else(house: House) -> None:
    citizen, clerk = await house.sit("citizen"), await house.sit("clerk")
    seen = (await house.hear(clerk)).standing.guest
    assert seen == citizen.entered
    await house.store.write(rooms.leave, citizen)
    other = await house.sit("citizen")
    await house.store.write(rooms.admit, clerk, seen)
    assert not (await house.hear(other)).standing.is_admitted


async def test_letting_in_twice_begins_one_connection(house: House) -> None:
    citizen, clerk = await house.met()
    call = (await house.hear(clerk)).standing.call
    await house.store.write(rooms.admit, clerk, citizen.entered)
    assert (await house.hear(clerk)).standing.call == call


async def test_only_a_clerk_is_told_whom_he_could_let_in(house: House) -> None:
    citizen, _ = await house.met()
    assert (await house.hear(citizen)).standing.guest is None


async def test_signals_come_in_their_order_until_they_are_confirmed(house: House) -> None:
    citizen, clerk = await house.met()
    for word in (b"one", b"two", b"three"):
        assert await house.say(clerk, word)
    heard = await house.hear(citizen)
    assert heard.signals == (b"one", b"two", b"three")
    assert (await house.hear(citizen)).signals == heard.signals
    assert (await house.hear(clerk)).signals == ()
    assert (await house.hear(citizen, heard.standing.number)).signals == ()
    assert await house.count("signal") == 0


async def test_a_signal_of_an_older_connection_is_dropped(house: House) -> None:
    citizen, clerk = await house.met()
    call = (await house.hear(clerk)).standing.call
    await house.say(clerk, b"old")
    again = await house.sit("citizen", citizen.holder)
    assert not await house.say(clerk, b"late", call=call)
    assert (await house.hear(again)).signals == ()


async def test_a_side_that_fetches_nothing_is_not_written_to_for_ever(house: House) -> None:
    _, clerk = await house.met()
    for _ in range(LONGEST_QUEUE):
        assert await house.say(clerk)
    assert not await house.say(clerk)
    assert await house.count("signal") == LONGEST_QUEUE


async def test_a_new_connection_begins_without_what_was_not_fetched_of_the_one_before(house: House) -> None:
    citizen, clerk = await house.met()
    for _ in range(LONGEST_QUEUE):
        await house.say(clerk)
    again = await house.sit("citizen", citizen.holder)
    assert await house.say(clerk, b"offer")
    assert (await house.hear(again)).signals == (b"offer",)


async def test_who_was_away_and_is_back_is_news_to_the_other_side(house: House) -> None:
    citizen, clerk = await house.met()
    house.clock.now += ALIVE
    number = (await house.hear(clerk)).standing.number
    assert not (await house.hear(clerk, number)).is_news
    await house.hear(citizen)
    heard = await house.hear(clerk, number)
    assert (heard.is_news, heard.standing.other) == (True, "here")


async def test_after_the_end_the_citizen_is_out_until_the_clerk_opens_again(house: House) -> None:
    citizen, clerk = await house.met()
    await house.say(clerk)
    await house.store.write(rooms.end, clerk)
    assert await house.count("signal") == 0
    assert await refused(house.hear(citizen)) == "room-ended"
    assert await refused(house.sit("citizen", citizen.holder)) == "room-ended"
    assert (await house.hear(clerk)).standing.is_ended
    await house.store.write(rooms.reopen, clerk)
    again = await house.sit("citizen", citizen.holder)
    assert not (await house.hear(again)).standing.is_admitted


async def test_what_a_seat_loses_the_other_keeps(house: House) -> None:
    citizen, clerk = await house.met()
    await house.store.write(rooms.lose_seat, citizen)
    assert await refused(house.hear(citizen)) == "seat-lost"
    assert (await house.hear(clerk)).standing.other == "none"
    assert not (await house.hear(await house.sit("citizen", citizen.holder))).standing.is_admitted


async def test_another_time_of_the_appointment_finds_an_empty_room(house: House) -> None:
    _, clerk = await house.met()
    await house.store.write(rooms.end, clerk)
    moved = Talk("b1", 2, TALK.closes + 86_400_000)
    citizen = await house.sit("citizen", talk=moved)
    assert await refused(house.hear(clerk)) == "seat-lost"
    assert not (await house.hear(citizen)).standing.is_ended


async def test_nothing_is_left_when_the_window_is_over(house: House) -> None:
    _, clerk = await house.met()
    await house.say(clerk)
    assert not await house.store.look(rooms.any_over)
    await house.store.write(rooms.forget_over)
    assert await house.count("seat") == 2
    house.clock.now = TALK.closes
    assert await house.store.look(rooms.any_over)
    await house.store.write(rooms.forget_over)
    assert [await house.count(table) for table in ("room", "seat", "signal")] == [0, 0, 0]
    assert await refused(house.hear(clerk)) == "seat-lost"


async def test_a_room_that_is_over_does_not_touch_another(house: House) -> None:
    await house.store.write(insert_booking, booking("b2"))
    await house.sit("clerk", talk=Talk("b2", 1, TALK.closes + 1))
    await house.met()
    house.clock.now = TALK.closes
    await house.store.write(rooms.forget_over)

    def left(tx: Tx) -> list[str]:
        return [row[0] for row in tx.rows("SELECT booking FROM room")]

    assert await house.store.look(left) == ["b2"]


async def test_news_are_told_of_many_rooms_at_once(house: House) -> None:
    await house.met()
    asked = ["b1", *(f"unknown-{number}" for number in range(1_200))]
    (found,) = await house.store.look(signals.news, asked)
    assert found == ("b1", 3, 3, 1)
