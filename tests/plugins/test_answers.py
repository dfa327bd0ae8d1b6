"""What every plugin reads the same way: how long a system asks us to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from durchwahl.plugin.answers import LONGEST_WAIT, retry_after


def asked(value: str) -> float | None:
    return retry_after(httpx.Response(503, headers={"retry-after": value.encode("latin-1")}))


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("7", 7), (" 120 ", 120), ("007", 7), ("86399", 86_399)])
def test_seconds_are_read(value: str, seconds: float) -> None:
    assert asked(value) == seconds


@pytest.mark.parametrize("value", ["86401", "100000", "9" * 5_000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_makes_us_wait_for_more_than_a_day(value: str) -> None:
    assert asked(value) == LONGEST_WAIT


@pytest.mark.parametrize("value", ["", "²", "1.5", "-3", "soon", "1_000", "Fri, 99 Dec 2026 23:59:59 GMT"])
def test_what_is_neither_seconds_nor_a_date_says_nothing(value: str) -> None:
    assert asked(value) is None


def test_a_date_is_read_and_one_that_has_passed_is_now() -> None:
    soon = asked(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert soon is not None
    assert 55 < soon <= 60
    assert asked("Thu, 01 Jan 2026 00:00:00 GMT") == 0
