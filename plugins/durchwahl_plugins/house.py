"""The built-in calendar: for departments without an appointment system, and for trying out.

    [sources.termine]
    type = "house"
    [sources.termine.lanes.platz-1]
    mail = "platz-1@example.org"

Nothing lies behind it but the gateway's own journal (`records: journal`): no other calendar is asked, and
none is written. So a hold is guaranteed, nobody but the gateway fills or frees its times, and what a clerk
enters elsewhere blocks nothing here. Clerks get their appointments by mail: a lane's key `mail`.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from durchwahl.plugin import (
    Appointment,
    Capabilities,
    FreeBusyCalendar,
    Interval,
    Lane,
    Occupant,
    Placed,
    Privacy,
    SourceSettings,
    SourceType,
    Toolbox,
    hookimpl,
)


class HouseSettings(SourceSettings):
    """Nothing to set: a lane's languages, hours and mail address are keys that every calendar has."""


class HouseCalendar(FreeBusyCalendar):
    """Knows no more than the journal does, and therefore nothing of its own."""

    capabilities = Capabilities(find="by_name", hold="gateway", records="journal", data_location="on_prem")

    async def check(self) -> None:
        """Pass: there is nothing outside that could be wrong."""

    async def busy(self, lanes: Sequence[Lane], window: Interval) -> Mapping[str, Sequence[Interval]]:
        """Return no busy time for any lane: the journal's own bookings are subtracted by the gateway."""
        return {lane.name: () for lane in lanes}

    async def occupants(self, lane: Lane, interval: Interval) -> Sequence[Occupant]:
        """Return nobody: the unit slots of the journal decide who has a time."""
        return ()

    async def ensure(self, name: str, appointment: Appointment, ref: JsonValue) -> Placed:
        """Return the lane as `ref`; the journal's row is the appointment."""
        return Placed(ref={"lane": appointment.lane.name})

    async def find(self, name: str, lane: Lane, ref: JsonValue) -> Placed | None:
        """Return what the journal remembers: its `ref`, or None where it has none yet."""
        return None if ref is None else Placed(ref=ref)

    async def delete(self, name: str, ref: JsonValue) -> None:
        """Do nothing: with the journal's row goes the appointment."""


def _build(settings: HouseSettings, toolbox: Toolbox) -> HouseCalendar:
    return HouseCalendar()


HOUSE = SourceType(
    name="house",
    settings=HouseSettings,
    build=_build,
    privacy=Privacy(
        fields=("name", "email", "phone", "answers", "needs"),
        processor="the gateway itself",
        retention="as the gateway's own bookings",
    ),
)


@hookimpl
def durchwahl_calendars() -> list[SourceType]:
    """Offer the journal as a calendar."""
    return [HOUSE]
