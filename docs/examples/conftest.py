"""What the plugins' tests share: a Toolbox whose network is a function, with all guards of the real one."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from durchwahl.plugin import SourceSettings, Toolbox
from durchwahl.testing.toolbox import toolbox_for

OpenToolbox = Callable[[SourceSettings, httpx.AsyncBaseTransport], Toolbox]


@pytest.fixture
def toolbox(tmp_path: Path) -> OpenToolbox:
    """Open a Toolbox for settings; the transport stands for the network."""

    def opened(settings: SourceSettings, network: httpx.AsyncBaseTransport) -> Toolbox:
        return toolbox_for(settings, folder=tmp_path, network=network)

    return opened
