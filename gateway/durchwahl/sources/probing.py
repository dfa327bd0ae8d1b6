"""Asks the live systems what they can do, once at start; a declaration that proves wrong is corrected."""

import asyncio
import logging
from typing import Any

from durchwahl.errors import SourceError
from durchwahl.plugin.capabilities import Capabilities
from durchwahl.plugin.kinds import Source
from durchwahl.sources.opening import OpenSource, Sources

logger = logging.getLogger("durchwahl.sources")


async def probe_all(sources: Sources) -> None:
    """Probe all sources side by side; one that does not answer keeps what it declared."""
    await asyncio.gather(*(probe(source) for source in sources.open.values()))


async def probe(source: OpenSource) -> None:
    """Probe one source and keep what was found.

    One that only repeats its declaration is not asked: such a call proves nothing, and would pass for a sign of life.
    """
    only_repeats = getattr(source.source.probe, "__func__", None) is Source.probe
    if source.resolved.config.table.mode != "live" or only_repeats:
        return
    try:
        found: Any = await source.supervisor.read(lambda: source.source.probe(tuple(source.lanes.values())))
    except SourceError as error:
        logger.info("source %s could not be probed: %s", source.key, error.detail)
        return
    if not isinstance(found, Capabilities):
        plugin = source.resolved.offered.plugin
        logger.warning("plugin %s: the probe of %s returned a %s", plugin, source.key, type(found).__name__)
    elif found != source.capabilities:
        logger.warning("source %s can do other things than its plugin declares: %s", source.key, found)
        source.capabilities = found
