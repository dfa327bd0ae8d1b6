"""A kind of system that a plugin can connect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pluggy
from pydantic import BaseModel

from durchwahl.plugin.kinds import Source
from durchwahl.plugin.settings import SourceSettings
from durchwahl.plugin.toolbox import Toolbox

API_VERSION = 1
"""Raised when a plugin written for the version before would break; the gateway accepts this one and the one before."""

hookimpl = pluggy.HookimplMarker("durchwahl")


@dataclass(frozen=True)
class Privacy:
    """What a source learns about citizens: what the city writes into its privacy notice and record of processing.

    `fields` are those of `Person` plus `answers` and `needs`. `retention` says in words how long the system keeps them.
    """

    fields: tuple[str, ...] = ()
    processor: str = "the department itself"
    country: str = "DE"
    retention: str = "as the department's own system keeps it"


@dataclass(frozen=True)
class SourceType:
    """What operators name by `type = "…"`. `build` is cheap and does no I/O; it gets the settings and the Toolbox.

    A system that is two kinds at once returns the same object from both hooks and is opened once.
    """

    name: str
    settings: type[SourceSettings]
    build: Callable[[Any, Toolbox], Source]
    lane_settings: type[BaseModel] | None = None
    room_settings: type[BaseModel] | None = None
    offer_settings: type[BaseModel] | None = None
    privacy: Privacy = Privacy()
    api_version: int = API_VERSION


SourceKind = Literal["service_catalogue", "calendar", "video_platform"]
