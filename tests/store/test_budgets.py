"""What is kept from others through one website is counted by an index: thousands of old holds cost nothing."""

from pathlib import Path

import pytest

from durchwahl.store import budgets, journal
from durchwahl.store.tx import Tx
from tests.store.journals import NOON, booking, journal_in

HOUR = 3_600_000


async def written(folder: Path, **columns: object) -> tuple[int, int, int]:
    """Write one row and return what each count says of it."""
    async with journal_in(folder) as store:
        row = booking(**{"api_client": "website", "contact": b"one", "starts": NOON + 1, **columns})
        await store.write(journal.insert_booking, row)
        return await store.read(
            lambda tx: (
                budgets.waiting_through(tx, "website"),
                budgets.young_through(tx, "website", HOUR),
                budgets.to_come(tx, [b"one", b"two"]),
            )
        )


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({}, (1, 0, 0)),
        ({"state": "awaiting_email"}, (1, 0, 0)),
        ({"expires": NOON}, (0, 0, 0)),
        ({"state": "released"}, (0, 0, 0)),
        ({"api_client": "other"}, (0, 0, 0)),
        ({"api_client": None}, (0, 0, 0)),
        ({"state": "confirming", "expires": None}, (0, 1, 1)),
        ({"state": "confirmed", "expires": None}, (0, 1, 1)),
        ({"state": "rescheduling", "expires": None}, (0, 1, 1)),
        ({"state": "unresolved", "expires": None}, (0, 0, 1)),
        ({"state": "cancelled", "expires": None}, (0, 0, 0)),
        ({"state": "confirmed", "expires": None, "created": NOON - HOUR}, (0, 0, 1)),
        ({"state": "confirmed", "expires": None, "contact": b"two"}, (0, 1, 1)),
        ({"state": "confirmed", "expires": None, "contact": b"three"}, (0, 1, 0)),
        ({"state": "confirmed", "expires": None, "contact": None}, (0, 1, 0)),
        ({"state": "confirmed", "expires": None, "starts": NOON}, (0, 1, 0)),
    ],
)
async def test_it_counts_what_is_kept_from_others(
    tmp_path: Path, columns: dict[str, object], counts: tuple[int, int, int]
) -> None:
    assert await written(tmp_path, **columns) == counts


class Explaining:
    """Notes by which index each question is answered."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plans: list[str] = []

    def row(self, sql: str, values: tuple[object, ...]) -> None:
        self.plans += [str(row[3]) for row in self._tx.rows(f"EXPLAIN QUERY PLAN {sql}", values)]

    def now(self) -> int:
        return NOON


def plans_of(tx: Tx) -> list[str]:
    explaining = Explaining(tx)
    budgets.waiting_through(explaining, "website")  # type: ignore[arg-type]  # as much of one as is asked
    budgets.young_through(explaining, "website", HOUR)  # type: ignore[arg-type]  # see above
    budgets.to_come(explaining, [b"one", b"two"])  # type: ignore[arg-type]  # see above
    return explaining.plans


async def test_every_count_is_answered_by_its_own_index(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        plans = await store.read(plans_of)
    covering = "SEARCH booking USING COVERING INDEX"
    assert plans == [
        f"{covering} booking_by_api_client (api_client=? AND expires>?)",
        f"{covering} booking_by_api_client_lately (api_client=? AND created>?)",
        "SEARCH booking USING INDEX booking_by_contact (contact=? AND starts>?)",
    ]
