"""A process that claims one place after the other, many times at once each; run by `test_races`.

It reads the number of a place from its standard input and answers how often it has got it.
"""

import asyncio
import sys
from pathlib import Path

from durchwahl.store.journal import insert_booking
from durchwahl.store.places import take_place
from durchwahl.store.postgres import PostgresStore
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.tx import Store, Tx
from tests.store.journals import booking, place


class Taken(Exception):
    """Somebody else has it."""


def claim(tx: Tx, name: str, number: int) -> None:
    """Take the place as a hold does: a booking with its place, or nothing of both."""
    insert_booking(tx, booking(name))
    if not take_place(tx, place(name, first=10 * number, last=10 * number + 4)):
        raise Taken


async def main(where: str, name: str, claims: int) -> None:
    store: Store = PostgresStore(where) if where.startswith("postgresql:") else SqliteStore(Path(where))
    for line in iter(sys.stdin.readline, ""):
        number = int(line)
        tried = [store.write(claim, f"{name}-{number}-{each}", number) for each in range(claims)]
        ends = await asyncio.gather(*tried, return_exceptions=True)
        wrong = [end for end in ends if end is not None and not isinstance(end, Taken)]
        sys.stdout.write(f"{wrong[0] if wrong else ends.count(None)}\n")
        sys.stdout.flush()
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
