"""A contract that is joined wrongly says so when the class is defined."""

import pytest

from durchwahl.testing.calendar_contract import FreeBusyCalendarContract


@pytest.fixture
def given(self: object) -> None:
    """Stand for any fixture."""


@pytest.mark.parametrize("missing", ["calendar", "lane", "clerk"])
def test_a_missing_fixture_is_named_with_what_to_add(missing: str) -> None:
    fixtures = {name: given for name in ("calendar", "lane", "clerk") if name != missing}
    with pytest.raises(TypeError, match=rf"TestMine joins .* `@pytest.fixture def {missing}"):
        type("TestMine", (FreeBusyCalendarContract,), fixtures)


def test_a_method_that_is_no_fixture_is_not_taken_for_one() -> None:
    plain = {"calendar": lambda self: None, "lane": given, "clerk": given}
    with pytest.raises(TypeError, match="`calendar`"):
        type("TestMine", (FreeBusyCalendarContract,), plain)


def behaviours(**declared: object) -> set[str]:
    """Return the tests that a subclass with these attributes has."""
    joined = type("TestMine", (FreeBusyCalendarContract,), {"calendar": given, "lane": given, **declared})
    return {name for name in dir(joined) if name.startswith("test_") and getattr(joined, name) is not None}


def test_a_calendar_that_nobody_else_writes_needs_no_clerk() -> None:
    left = behaviours(clerk_can_write=False)
    assert "test_occupants_tell_ours_from_others" not in left
    assert "test_an_appointment_is_found_by_its_name" in left


def test_a_calendar_without_records_keeps_the_behaviours_of_every_calendar() -> None:
    assert behaviours(keeps_records=False) == {
        "test_the_cheapest_read_proves_the_calendar",
        "test_a_name_that_was_never_used_is_not_found",
        "test_deleting_twice_is_done",
        "test_no_secret_shows",
    }


def test_leaving_out_in_one_class_leaves_the_contract_whole() -> None:
    behaviours(keeps_records=False)
    assert "test_occupants_tell_ours_from_others" in behaviours(clerk=given)
