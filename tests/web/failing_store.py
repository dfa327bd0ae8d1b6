"""A journal that is lost under a running gateway."""

import sqlite3
import threading
from contextlib import suppress

from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.gateways import City


async def lose_journal(here: City) -> None:
    """Let every connection be lost and none be opened again."""
    store = here.gateway.store
    assert isinstance(store, SqliteStore)
    store._path = store._path.with_name("gone.db")
    store._local = threading.local()

    def broken(tx: Tx) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with suppress(StoreUnavailable):
        await store.write(broken)
