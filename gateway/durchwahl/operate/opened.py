"""What every command begins with: a gateway that serves nobody, on the journal of the one that may run beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from durchwahl.operate.indispensable import refuse_without
from durchwahl.operate.loading import load_all
from durchwahl.web.assembly import Gateway

NOBODY_DOES_IT = (
    "The running gateway does what is still to be done. Where none runs, it waits: start it with `durchwahl serve`."
)


@asynccontextmanager
async def opened(config: Path) -> AsyncIterator[Gateway]:
    """Open sources and journal; the catalogues are as they were last read.

    Raises:
        CannotServe: a key or a way out for mails is missing. StoreUnavailable: there is no journal, or another version.
    """
    settings, discovery = load_all(config)
    refuse_without(settings)
    gateway = Gateway(settings, discovery=discovery)
    try:
        await gateway.recall()
        yield gateway
    finally:
        await gateway.stop()
