"""The hooks. pluggy asks every plugin once, at start: *what do you offer?* Everything else is on the objects built.

Each plugin is asked alone. A plugin that raises, returns something else than source types, or was written for another
`API_VERSION` is left out with its reason; the others are not affected. Hooks are called in no particular order.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pluggy

from durchwahl.plugin.source_type import SourceType

PROJECT = "durchwahl"

_F = TypeVar("_F", bound=Callable[..., Any])
_marker = pluggy.HookspecMarker(PROJECT)


def _hookspec(function: _F) -> _F:
    return _marker(function)


@_hookspec
def durchwahl_service_catalogues() -> Iterable[SourceType]:
    """Return the kinds of service catalogue that this plugin can connect.

    What `SourceType.build` returns must be a `ServiceCatalogue`.
    """
    return ()


@_hookspec
def durchwahl_calendars() -> Iterable[SourceType]:
    """Return the kinds of calendar or appointment system that this plugin can connect.

    What `SourceType.build` returns must be a `FreeBusyCalendar`, an `AppointmentSystem`, a `BusyTimes` or a `DeepLink`.
    """
    return ()


@_hookspec
def durchwahl_video_platforms() -> Iterable[SourceType]:
    """Return the kinds of video platform that this plugin can connect.

    What `SourceType.build` returns must be a `VideoPlatform`.
    """
    return ()
