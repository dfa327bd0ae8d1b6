"""Opens and closes what the gateway hands to a source."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from durchwahl.plugin.toolbox import Toolbox
from durchwahl.sources.blocking import BoundedThreads
from durchwahl.sources.files import ConfigFiles
from durchwahl.sources.http.client import open_client
from durchwahl.sources.memory import ProcessMemory
from durchwahl.sources.oauth2 import TokenAccess


def open_toolbox(
    *,
    source: str,
    zone: str,
    folder: Path,
    origins: frozenset[str],
    deadline: float,
    proxy: str | None,
    ca_file: Path | None,
    client_cert: Path | None,
    clock: Callable[[], datetime],
    inner: httpx.AsyncBaseTransport | None = None,
) -> Toolbox:
    """Return a Toolbox of its own for one source; nothing is connected, read or started yet.

    `source` is `department/name`, `zone` an IANA name, `deadline` seconds; `folder` is the configuration's.
    `inner` replaces the network in tests.

    Raises:
        Invalid: the proxy's address or one of the TLS files cannot be used.
    """
    http = open_client(
        origins=origins, deadline=deadline, proxy=proxy, ca_file=ca_file, client_cert=client_cert, inner=inner
    )
    return Toolbox(
        source=source,
        zone=zone,
        http=http,
        oauth2=TokenAccess(http, origins, clock),
        memory=ProcessMemory(),
        blocking=BoundedThreads(),
        files=ConfigFiles(folder),
        log=logging.getLogger(f"durchwahl.sources.{source.replace('/', '.')}"),
        clock=clock,
        deadline=deadline,
    )


async def close_toolbox(toolbox: Toolbox) -> None:
    """Close the client and begin no thread any more; what was opened by `open_toolbox` is gone afterwards."""
    await toolbox.http.aclose()
    if isinstance(toolbox.blocking, BoundedThreads):
        await toolbox.blocking.aclose()
