"""Bookings move by compare-and-swap along known ways, and a place has one owner."""

import asyncio
import sqlite3
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from durchwahl.model.states import EDGES, PUBLIC_STATUS, State
from durchwahl.store import journal as bookings
from durchwahl.store import links, pages, places
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.places import Place
from durchwahl.store.tx import Tx
from tests.store.conftest import Journal, Transaction
from tests.store.journals import NOON, booking, count_of, place


def stored(tx: Tx, name: str = "b1") -> Booking:
    found = bookings.booking_by_id(tx, name)
    assert found is not None
    return found


def test_a_booking_is_read_as_it_was_written(tx: Tx) -> None:
    one = booking(key=b"k", personal=b"p", failure="taken", language="gsg")
    bookings.insert_booking(tx, one)
    assert stored(tx) == one
    assert bookings.booking_by_id(tx, "b2") is None


def test_a_reference_that_is_taken_is_no_second_booking(tx: Tx) -> None:
    assert bookings.insert_booking(tx, booking("b1", reference="R"))
    assert not bookings.insert_booking(tx, booking("b2", reference="R"))
    assert bookings.booking_by_id(tx, "b2") is None


def test_a_booking_goes_a_way_of_several_states_in_one_step_or_not_at_all(tx: Tx) -> None:
    bookings.insert_booking(tx, booking())
    with pytest.raises(Superseded, match="no way from confirming to released"):
        bookings.advance(tx, stored(tx), State.CONFIRMING, State.RELEASED)
    assert stored(tx).state == "held"
    assert bookings.advance(tx, stored(tx), State.CONFIRMING, State.CONFIRMED) == stored(tx)
    assert (stored(tx).state, stored(tx).version) == ("confirmed", 2)


def test_every_way_of_a_booking_is_open_and_no_other(tx: Tx) -> None:
    for number, (start, ends) in enumerate(EDGES.items()):
        for end in State:
            name = f"{number}-{end}"
            bookings.insert_booking(tx, booking(name, state=start))
            if end in ends:
                assert bookings.advance(tx, stored(tx, name), end) == stored(tx, name)
                assert stored(tx, name).state == end
            else:
                with pytest.raises(Superseded, match=f"no way from {start} to {end}"):
                    bookings.advance(tx, stored(tx, name), end)
                assert stored(tx, name).state == start


def test_cancelling_leads_to_nothing_that_lives() -> None:
    reachable: set[State] = {State.CANCELLING}
    while more := {end for start in reachable for end in EDGES[start]} - reachable:
        reachable |= more
    assert State.CONFIRMED not in reachable - {State.UNRESOLVED} - EDGES[State.UNRESOLVED]
    assert not EDGES[State.CANCELLED]


def test_every_state_has_a_public_status_and_its_ways() -> None:
    assert set(PUBLIC_STATUS) == set(EDGES) == set(State)


def test_a_stale_version_is_superseded_and_changes_nothing(tx: Tx) -> None:
    bookings.insert_booking(tx, booking())
    old = stored(tx)
    bookings.advance(tx, old, State.CONFIRMING)
    with pytest.raises(Superseded, match="no longer at version 1"):
        bookings.advance(tx, old, State.RELEASING)
    with pytest.raises(Superseded):
        bookings.amend(tx, old, lang="en")
    assert (stored(tx).state, stored(tx).lang, stored(tx).version) == ("confirming", "de", 2)


def test_an_amendment_raises_the_version_and_leaves_the_state(tx: Tx) -> None:
    bookings.insert_booking(tx, booking(updated=0))
    amended = bookings.amend(tx, stored(tx), lang="en", personal=b"x")
    assert (amended.version, amended.state, amended.lang, amended.updated) == (2, "held", "en", NOON)
    assert amended == stored(tx)


def test_a_booking_that_is_gone_is_superseded(tx: Tx) -> None:
    with pytest.raises(Superseded):
        bookings.advance(tx, booking("weg"), State.CONFIRMING)


# --- Places


def test_a_place_is_taken_with_all_its_units(tx: Tx) -> None:
    bookings.insert_booking(tx, booking())
    assert places.take_place(tx, place())
    assert places.place_of(tx, "b1", 1) == place()
    assert places.occupied(tx, ["amt/termine"], 0, 1_000) == [("amt/termine", "platz-1", 100, 104)]


@pytest.mark.parametrize(("first", "last"), [(100, 104), (96, 101), (103, 110), (101, 102), (90, 120)])
def test_an_overlapping_place_is_refused_and_takes_nothing(tx: Tx, first: int, last: int) -> None:
    for name in ("b1", "b2"):
        bookings.insert_booking(tx, booking(name))
    assert places.take_place(tx, place())
    assert not places.take_place(tx, place("b2", first=first, last=last))
    assert places.place_of(tx, "b2", 1) is None
    assert count_of(tx, "unit_slot") == 4


@pytest.mark.parametrize(
    "other", [{"first": 96, "last": 100}, {"first": 104, "last": 108}, {"lane": "platz-2"}, {"source": "amt/x"}]
)
def test_a_place_beside_another_is_free(tx: Tx, other: dict[str, int | str]) -> None:
    for name in ("b1", "b2"):
        bookings.insert_booking(tx, booking(name))
    assert places.take_place(tx, place())
    assert places.take_place(tx, place("b2", **other))  # type: ignore[arg-type]  # keywords of a table-driven test


def test_taking_the_same_place_again_leaves_the_first_one_exclusive(tx: Tx) -> None:
    for name in ("b1", "b2"):
        bookings.insert_booking(tx, booking(name))
    assert places.take_place(tx, place())
    assert not places.take_place(tx, place())
    assert not places.take_place(tx, place("b2"))
    assert count_of(tx, "unit_slot") == 4


def test_a_booking_has_its_old_and_new_place_side_by_side(tx: Tx) -> None:
    bookings.insert_booking(tx, booking())
    assert places.take_place(tx, place())
    assert places.take_place(tx, place(number=2, first=200, last=204))
    assert [one.placement for one in places.places_of(tx, "b1")] == [1, 2]
    places.free_place(tx, "b1", 1)
    assert [one.placement for one in places.places_of(tx, "b1")] == [2]
    assert count_of(tx, "unit_slot") == 4


def test_a_freed_place_can_be_taken_and_freeing_twice_is_no_error(tx: Tx) -> None:
    for name in ("b1", "b2"):
        bookings.insert_booking(tx, booking(name))
    places.take_place(tx, place())
    places.free_place(tx, "b1", 1)
    places.free_place(tx, "b1", 1)
    assert places.take_place(tx, place("b2"))


def test_a_place_without_a_booking_is_impossible(tx: Tx) -> None:
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        places.take_place(tx, place("niemand"))


def test_what_the_back_end_left_is_remembered_with_its_place(tx: Tx) -> None:
    bookings.insert_booking(tx, booking())
    places.take_place(tx, place())
    places.remember_ref(tx, "b1", 1, b"ref", "etag")
    assert places.place_of(tx, "b1", 1) == replace(place(), ref=b"ref", etag="etag")


def test_a_place_of_a_whole_day_is_found_at_its_last_unit(tx: Tx) -> None:
    bookings.insert_booking(tx, booking())
    places.take_place(tx, place(first=1_000, last=1_000 + places.LONGEST_PLACE))
    assert len(places.occupied(tx, ["amt/termine"], 1_287, 1_288)) == 1
    assert places.occupied(tx, ["amt/termine"], 1_288, 1_289) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 288), st.sampled_from(["a/x", "a/y"])), max_size=12),
    st.integers(0, 1_000), st.integers(1, 400),
)  # fmt: skip
def test_occupied_finds_every_place_that_touches_the_window(
    transaction: Transaction, wishes: list[tuple[int, int, str]], first: int, length: int
) -> None:
    taken = []
    with transaction() as tx:
        for number, (start, units, source) in enumerate(wishes):
            bookings.insert_booking(tx, booking(f"b{number}"))
            one = place(f"b{number}", first=start, last=start + units, source=source)
            if places.take_place(tx, one):
                taken.append(one)
        found = places.occupied(tx, ["a/x"], first, first + length)
    assert sorted(found) == sorted(
        (one.source, one.lane, one.first_unit, one.last_unit)
        for one in taken
        if one.source == "a/x" and one.first_unit < first + length and one.last_unit > first
    )


async def test_of_fifty_who_take_a_place_at_once_one_gets_it(journal: Journal) -> None:
    def take(tx: Tx, name: str) -> bool:
        bookings.insert_booking(tx, booking(name))
        return places.take_place(tx, place(name))

    async with journal() as store:
        got = await asyncio.gather(*(store.write(take, f"b{number}") for number in range(50)))
        assert got.count(True) == 1
        assert await store.read(count_of, "unit_slot") == 4
        assert await store.read(count_of, "placement") == 1


async def test_of_fifty_who_take_overlapping_places_none_overlaps_another(journal: Journal) -> None:
    def take(tx: Tx, number: int) -> Place | None:
        name = f"b{number}"
        bookings.insert_booking(tx, booking(name))
        wanted = place(name, first=number % 17, last=number % 17 + 4)
        return wanted if places.take_place(tx, wanted) else None

    async with journal() as store:
        got = [one for one in await asyncio.gather(*(store.write(take, number) for number in range(50))) if one]
        units = [unit for one in got for unit in range(one.first_unit, one.last_unit)]
        assert len(units) == len(set(units)) == await store.read(count_of, "unit_slot")


def test_what_a_client_keeps_waiting_is_its_own_and_not_yet_expired(tx: Tx) -> None:
    for name, columns in {
        "a": {}, "b": {"state": "holding"}, "c": {"state": "confirmed"}, "d": {"expires": NOON},
        "e": {"client": b"other"}, "f": {"state": "awaiting_email"}, "g": {"state": "released"},
    }.items():  # fmt: skip
        bookings.insert_booking(tx, booking(name, **columns))
    assert bookings.waiting(tx, b"c") == 3


# --- Links and pages


def test_a_new_issue_of_a_link_replaces_the_old_one_of_its_purpose(tx: Tx) -> None:
    links.put_links(tx, "b1", 0, {"manage": b"old", "join": b"join"})
    links.put_links(tx, "b1", 1, {"manage": b"new"})
    assert links.link(tx, "b1", "manage") == (1, b"new")
    links.drop_link(tx, "b1", "manage")
    assert links.link(tx, "b1", "manage") is None
    assert links.link(tx, "b1", "join") == (0, b"join")


def test_a_catalogues_page_is_replaced_as_a_whole(tx: Tx) -> None:
    pages.put_page(tx, "amt/katalog", 1, b"old")
    pages.put_page(tx, "amt/katalog", 2, b"new")
    assert pages.page(tx, "amt/katalog") == (2, b"new")
    assert pages.page(tx, "amt/anderer") is None
