"""Sources for tests: built as the gateway builds them, with the gateway's own Toolbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from durchwahl.plugin import Toolbox
from durchwahl.sources.toolbox import close_toolbox, open_toolbox


@asynccontextmanager
async def toolbox_for(
    origins: frozenset[str], *, inner: httpx.AsyncBaseTransport | None = None, deadline: float = 20.0
) -> AsyncIterator[Toolbox]:
    """Open a Toolbox and close it again; `inner` replaces the wire."""
    toolbox = open_toolbox(
        source="buergeramt/termine",
        zone="Europe/Berlin",
        folder=Path.cwd(),
        origins=origins,
        deadline=deadline,
        proxy=None,
        ca_file=None,
        client_cert=None,
        clock=lambda: datetime(2026, 11, 22, 12, tzinfo=UTC),
        inner=inner,
    )
    try:
        yield toolbox
    finally:
        await close_toolbox(toolbox)
