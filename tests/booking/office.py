"""What an office does in tests: orders, carried out in the gateway's own process."""

from typing import Any

from durchwahl.booking.context import milliseconds
from durchwahl.booking.day.batch import Batches
from durchwahl.booking.day.orders import Order, Outcome
from durchwahl.store.listed import Which
from durchwahl.store.transfer import TABLES
from tests.booking.desk import at_rest
from tests.gateways import City

REASON = "Unsere Beraterin ist erkrankt."
LANE_1 = Which(department="buergeramt", lane="platz-1")


def order(which: Which = LANE_1, **more: Any) -> Order:
    return Order(more.pop("kind", "move"), which, **more)


async def carried_out(here: City, wanted: Order, reason: str = REASON) -> dict[str, Outcome]:
    """Carry the order out to its end and return what has become of each booking, by its id."""
    work = Batches(here.gateway.context)
    batch, _ = await work.begin(wanted, reason)
    assert batch is not None
    await work.carry_on(batch, 5)
    outcomes = await work.report(batch)
    await at_rest(here)
    return {one.booking: one for one in outcomes}


async def lane_of(here: City, booking: dict[str, Any]) -> str:
    sql = "SELECT lane FROM placement p JOIN booking b ON b.id = p.booking AND b.placement = p.placement WHERE b.id = ?"
    (row,) = await here.gateway.store.read(lambda tx: tx.rows(sql, (booking["id"],)))
    return str(row[0])


def now_of(here: City) -> int:
    return milliseconds(here.clock())


async def everything_in(here: City) -> list[Any]:
    """All rows of all tables."""
    return [await here.gateway.store.read(lambda tx, t=name: tx.rows(f"SELECT * FROM {t}")) for name in TABLES]
