"""The table of first times: read seldom, shown at once, and never held up by somebody else's calendar."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from durchwahl.availability import earliest_times
from durchwahl.availability.earliest_times import LASTS, EarliestTimes, by_calendars
from durchwahl.availability.first_times import FirstTime, FirstTimes
from durchwahl.availability.occupation import Occupation
from durchwahl.availability.slots import Slots
from durchwahl.catalogue.offers import Offer
from durchwahl.model.catalogue import Channel, ChannelType, Service
from durchwahl.model.schedule import WEEKDAYS
from durchwahl.store.tx import StoreUnavailable
from tests.availability.builders import Desk, KnownOccupations, at, offer

SUNDAY = at("2026-11-22 12:00")
MORNINGS = {day: ["09:00-09:20"] for day in WEEKDAYS}
MONDAY_AT_NINE = FirstTime("free", at("2026-11-23 09:00"))


@dataclass
class Calendars(KnownOccupations):
    """Calendars that can be made to hang or to fail."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    async def between(self, offers: Iterable[Offer], first: int, last: int) -> Occupation:
        await self.answers.wait()
        if self.failure is not None:
            raise self.failure
        return await super().between(offers, first, last)


@dataclass
class Times:
    """A table whose clocks only a test moves."""

    parts: list[Slots]
    services: Sequence[Service]
    now: datetime = SUNDAY
    seconds: float = 1_000.0
    table: EarliestTimes = field(init=False)

    def __post_init__(self) -> None:
        self.table = EarliestTimes(self.parts, lambda: self.services, lambda: self.now, lambda: self.seconds)

    def later(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)


def consultation(department: str, *channels: str, languages: tuple[str, ...] = ("de",)) -> Service:
    given = tuple(
        Channel(type=ChannelType(one), status="confirmed", evidence=(), bookable=True, languages=languages)
        for one in channels
    )
    return Service(
        id=f"{department}-pass", slug="pass", department=department, carrier=None, name={"de": "Pass"}, summary={},
        description={}, documents=(), cost={}, leika_keys=(), alt_names=(), forms=(), channels=given, outcome=None,
        personal_appearance_required=None, discreet=False, url=None, sources=(), as_of=SUNDAY,
    )  # fmt: skip


def times(*desks: Desk, services: Sequence[Service] = ()) -> Times:
    return Times([desk.slots for desk in desks], services or [consultation("amt", "phone")])


def desk(department: str = "amt", *, calendars: Calendars | None = None, **table: object) -> Desk:
    calendars = calendars or Calendars()
    return Desk([offer(f"{department}/tisch", **{"hours": MORNINGS, "horizon": "14d", **table})], SUNDAY, calendars)


def answering(**more: object) -> Calendars:
    calendars = Calendars(**more)  # type: ignore[arg-type]  # the fields of the dataclass
    calendars.answers.set()
    return calendars


async def settled(one: Times) -> FirstTimes:
    """Ask until nothing is being read any more."""
    for _ in range(100):
        found = await one.table.table()
        if found.is_settled:
            return found
        await asyncio.sleep(0)
    raise AssertionError("it did not settle")


async def test_the_first_time_of_each_consultation_is_known() -> None:
    one = times(desk(calendars=answering()))
    found = await one.table.table()
    assert (found.of("amt-pass", "phone"), found.is_settled) == (MONDAY_AT_NINE, True)


async def test_what_nobody_offers_is_pending_and_not_without_a_time() -> None:
    found = await times(desk(calendars=answering())).table.table()
    assert found.of("amt-pass", "video") == FirstTime("pending")


async def test_everything_taken_is_none_free() -> None:
    calendars = answering()
    calendars.block("2026-11-22 00:00", "2027-03-01 00:00")
    assert (await times(desk(calendars=calendars)).table.table()).of("amt-pass", "phone") == FirstTime("none")


async def test_a_calendar_that_does_not_answer_is_not_called_fully_booked() -> None:
    one = times(desk(calendars=answering(unavailable={"amt/termine"})))
    assert (await one.table.table()).of("amt-pass", "phone") == FirstTime("unavailable")


async def test_nothing_is_read_again_within_its_time() -> None:
    calendars = answering()
    one = times(desk(calendars=calendars))
    await one.table.table()
    asked = len(calendars.asked)
    one.later(LASTS - 1)
    await one.table.table()
    assert len(calendars.asked) == asked


async def test_many_who_ask_at_once_make_one_reading() -> None:
    calendars = Calendars()
    one = times(desk(calendars=calendars))
    asking = [asyncio.create_task(one.table.table()) for _ in range(20)]
    await asyncio.sleep(0)
    calendars.answers.set()
    found = await asyncio.gather(*asking)
    assert len({table.version for table in found}) == 1
    assert len(calendars.asked) == 1


async def test_the_last_table_is_shown_while_it_is_read_anew() -> None:
    calendars = answering()
    one = times(desk(calendars=calendars))
    first = await one.table.table()
    calendars.answers.clear()
    calendars.block("2026-11-23 09:00", "2026-11-23 09:20")
    one.later(LASTS + 1)
    meanwhile = await one.table.table()
    assert (meanwhile.known, meanwhile.is_settled) == (first.known, False)
    calendars.answers.set()
    assert (await settled(one)).of("amt-pass", "phone").start == at("2026-11-24 09:00")


async def test_a_calendar_that_hangs_costs_only_its_own_services_their_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earliest_times, "PATIENCE", 0.01)
    services = [consultation("amt", "phone"), consultation("anderes", "phone")]
    one = times(desk(calendars=answering()), desk("anderes"), services=services)
    found = await one.table.table()
    assert (found.of("amt-pass", "phone"), found.of("anderes-pass", "phone").state) == (MONDAY_AT_NINE, "pending")
    assert not found.is_settled
    await one.table.aclose()


async def test_a_time_that_has_passed_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earliest_times, "PATIENCE", 0.01)
    calendars = answering()
    one = times(desk(calendars=calendars))
    await one.table.table()
    calendars.answers.clear()
    one.later(24 * 3600)
    found = await one.table.table()
    assert (found.of("amt-pass", "phone"), found.is_settled) == (FirstTime("pending"), False)
    await one.table.aclose()


async def test_an_old_table_is_read_anew_before_it_is_shown() -> None:
    calendars = answering()
    one = times(desk(calendars=calendars))
    await one.table.table()
    calendars.block("2026-11-23 09:00", "2026-11-23 09:20")
    one.later(3600)
    assert (await one.table.table()).of("amt-pass", "phone").start == at("2026-11-24 09:00")


async def test_services_that_came_since_are_looked_for_at_once() -> None:
    one = times(desk(channels=["phone", "video"], calendars=answering()))
    await one.table.table()
    one.services = [consultation("amt", "phone", "video")]
    assert (await one.table.table()).of("amt-pass", "video") == MONDAY_AT_NINE


async def test_each_language_has_first_times_of_its_own() -> None:
    lanes = {"platz-1": {"languages": ["de"]}, "platz-2": {"languages": ["fr"], "hours": {"wed": ["09:00-09:20"]}}}
    one = times(desk(lanes=lanes, calendars=answering()))
    assert (await one.table.table(("fr",))).of("amt-pass", "phone").start == at("2026-11-25 09:00")
    assert (await one.table.table()).of("amt-pass", "phone") == MONDAY_AT_NINE


async def test_the_earlier_one_of_two_offers_counts() -> None:
    later = desk(calendars=answering(), hours={"fri": ["08:00-08:20"]})
    found = await times(later, desk(calendars=answering())).table.table()
    assert found.of("amt-pass", "phone") == MONDAY_AT_NINE


async def test_tables_that_say_the_same_have_the_same_version() -> None:
    calendars = answering()
    one = times(desk(calendars=calendars))
    before = (await one.table.table()).version
    one.later(LASTS + 1)
    assert (await settled(one)).version == before
    calendars.block("2026-11-23 09:00", "2026-11-23 09:20")
    one.later(LASTS + 1)
    assert (await settled(one)).version != before


@pytest.mark.parametrize(("failure", "level"), [(StoreUnavailable("full"), "WARNING"), (ZeroDivisionError(), "ERROR")])
async def test_what_goes_wrong_is_said_and_shown_as_unavailable(
    failure: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = times(desk(calendars=answering(failure=failure)))
    with caplog.at_level(logging.WARNING):
        found = await one.table.table()
    assert found.of("amt-pass", "phone") == FirstTime("unavailable")
    assert [record.levelname for record in caplog.records] == [level]


async def test_nothing_is_read_after_it_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earliest_times, "PATIENCE", 0.01)
    one = times(desk())
    await one.table.table()
    await one.table.aclose()
    assert [task for task in asyncio.all_tasks() if task.get_name() == "first times"] == []


def test_offers_are_read_together_where_they_depend_on_the_same_calendars() -> None:
    offers = {
        one.id: one
        for one in (
            offer("amt/a", hours=MORNINGS),
            offer("amt/b", hours=MORNINGS),
            offer("amt/c", hours=MORNINGS, also_busy=["urlaub"]),
            offer("anderes/a", hours=MORNINGS),
        )
    }
    assert [sorted(part) for part in by_calendars(offers)] == [["amt/a", "amt/b"], ["amt/c"], ["anderes/a"]]
