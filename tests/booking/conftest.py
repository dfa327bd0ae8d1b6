"""What has to hold on either store: a module says `pytestmark = pytest.mark.usefixtures("on_both")`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from durchwahl.settings.resolved import Settings
from durchwahl.store.postgres import PostgresStore
from durchwahl.store.tx import Store
from tests.servers.postgres import cluster


class Watched(PostgresStore):
    """Knows how many writes are under way: several threads answer in an order that nobody knows."""

    under_way = 0

    async def write(self, *args: Any, **kwargs: Any) -> Any:
        """Count it until whoever asked for it goes on."""
        self.under_way += 1
        try:
            return await super().write(*args, **kwargs)
        finally:
            self.under_way -= 1


@pytest.fixture(params=["sqlite", "postgres"])
def on_both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the test once on each store; a city that begins anew finds its journal again."""
    addresses: dict[Path, str] = {}
    with ExitStack() as databases:

        def in_postgres(settings: Settings, clock: Callable[[], int]) -> Store:
            if settings.data_dir not in addresses:
                addresses[settings.data_dir] = databases.enter_context(cluster().database())
            return Watched(addresses[settings.data_dir], writers=4, readers=2, clock=clock)

        if request.param == "postgres":
            monkeypatch.setattr("tests.gateways.store_of", in_postgres)
        yield request.param
