"""The whole promise to plugin authors: what is in `__all__` is stable within an `API_VERSION`, nothing else is.

A plugin is a module with hook implementations. It answers one question, once: *what kinds of system can you connect?*

    from durchwahl.plugin import SourceType, hookimpl

    @hookimpl
    def durchwahl_calendars():
        return [SourceType(name="my-calendar", settings=MySettings, build=build, privacy=MY_PRIVACY)]

Everything that talks to the system is a method of the object that `build` returns: a `FreeBusyCalendar`, an
`AppointmentSystem`, a `ServiceCatalogue`, a `VideoPlatform`, … The gateway calls it under a deadline, repeats what may
be repeated and keeps it apart from everybody else's. A plugin never opens a client, never retries, never sleeps.
"""

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, Refused, Rejected, SourceError, Unavailable
from durchwahl.model.booking import (
    Appointment,
    FormField,
    Link,
    Needs,
    Person,
    Placed,
    RemoteSlot,
    SlotQuery,
    Visitor,
)
from durchwahl.model.catalogue import ChannelHint, ChannelType, Form, ServiceRecord
from durchwahl.model.room import BuiltInRoom, DialIn, IceServer, Joined, Meeting, Redirect, Role
from durchwahl.model.schedule import Interval, Lane, Occupant
from durchwahl.plugin.answers import classify, wall_time
from durchwahl.plugin.capabilities import Capabilities
from durchwahl.plugin.kinds import (
    AppointmentSystem,
    BusyTimes,
    DeepLink,
    FreeBusyCalendar,
    Inbound,
    InboundRequest,
    InboundResponse,
    ServiceCatalogue,
    Source,
    VideoPlatform,
)
from durchwahl.plugin.settings import Secret, SourceSettings, Url
from durchwahl.plugin.source_type import API_VERSION, Privacy, SourceType, hookimpl
from durchwahl.plugin.toolbox import Files, Memory, Toolbox

__all__ = [
    "API_VERSION",
    "Appointment",
    "AppointmentSystem",
    "BuiltInRoom",
    "BusyTimes",
    "Capabilities",
    "ChannelHint",
    "ChannelType",
    "DeepLink",
    "DialIn",
    "Files",
    "Form",
    "FormField",
    "FreeBusyCalendar",
    "IceServer",
    "Inbound",
    "InboundRequest",
    "InboundResponse",
    "Interval",
    "Invalid",
    "Joined",
    "Lane",
    "Link",
    "Meeting",
    "Memory",
    "Needs",
    "NotSent",
    "Occupant",
    "OutcomeUnknown",
    "Person",
    "Placed",
    "Privacy",
    "Redirect",
    "Refused",
    "Rejected",
    "RemoteSlot",
    "Role",
    "Secret",
    "ServiceCatalogue",
    "ServiceRecord",
    "SlotQuery",
    "Source",
    "SourceError",
    "SourceSettings",
    "SourceType",
    "Toolbox",
    "Unavailable",
    "Url",
    "VideoPlatform",
    "Visitor",
    "classify",
    "hookimpl",
    "wall_time",
]
