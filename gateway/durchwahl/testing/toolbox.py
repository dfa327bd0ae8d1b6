"""A Toolbox for a plugin's own tests: the real one with all its guards, on a network that the test gives it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from durchwahl.plugin import SourceSettings, Toolbox
from durchwahl.sources.toolbox import close_toolbox, open_toolbox

__all__ = ["close_toolbox", "toolbox_for"]


def _now() -> datetime:
    return datetime.now(UTC)


def toolbox_for(
    settings: SourceSettings,
    *,
    folder: Path,
    network: httpx.AsyncBaseTransport | None = None,
    source: str = "amt/termine",
    zone: str = "Europe/Berlin",
    deadline: float = 8.0,
    clock: Callable[[], datetime] = _now,
) -> Toolbox:
    """Return a Toolbox for a source with these settings; `close_toolbox` lets go of it.

    `folder` stands for the config's. `network` answers instead of the wire, e.g. `httpx.MockTransport(answer)` or
    respx's `httpx.MockTransport(router.async_handler)`; without it, the origins that the settings declare are really
    called. `deadline` is in seconds.
    """
    return open_toolbox(
        source=source,
        zone=zone,
        folder=folder,
        origins=settings.origins(),
        deadline=deadline,
        proxy=None,
        ca_file=None,
        client_cert=None,
        clock=clock,
        inner=network,
    )
