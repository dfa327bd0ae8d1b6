"""`departments/*.toml`: one file per Fachamt, so that a Fachamt can own its own."""

from typing import Any, Literal

from pydantic import Field, model_validator

from durchwahl.model.catalogue import ChannelType, Contact
from durchwahl.settings.gateway import LocalizedText
from durchwahl.settings.words import (
    Closure,
    Duration,
    Hours,
    LanguageTag,
    Slug,
    Table,
    TimeOfDay,
    parse_duration,
)


class ContactTable(Table):
    """How anybody reaches the department; never a person's name."""

    phone: str | None = None
    hours: str | None = None
    email: str | None = None
    url: str | None = None

    def contact(self) -> Contact:
        """Return the record that the website sees."""
        return Contact(phone=self.phone, hours=self.hours, email=self.email, url=self.url)


class DepartmentTable(Table):
    """`[department]`."""

    id: Slug
    name: LocalizedText
    number: str | None = None
    parent: Slug | None = None
    order: int | None = Field(default=None, description="place in every list; without it, by number and name")
    matches: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="source type to the units of a city-wide catalogue that are this department",
    )
    contact: ContactTable = ContactTable()
    renamed: dict[Slug, Slug] = Field(default_factory=dict, description="a service's old slug to its new one")


class LaneTable(Table):
    """The keys that every lane has; what else its table holds goes to the source type's `lane_settings`."""

    languages: tuple[LanguageTag, ...] = ("de",)
    hours: Hours | None = Field(default=None, description="narrows the offers' hours on this lane")
    closures: tuple[Closure, ...] = ()
    mail: str | None = Field(default=None, description="a clerk's address that gets each appointment of this lane")


class SourceTable(Table):
    """The keys that every source has; what else its table holds goes to the source type's settings."""

    type: str
    enabled: bool = True
    mode: Literal["live", "read_only", "shadow"] = "live"
    deadline: Duration = Field(default=parse_duration("8s"), description="for one call of the source")
    proxy: str | None = None
    ca_file: str | None = Field(default=None, description="PEM file of a private CA, in the config's folder")
    client_cert: str | None = Field(default=None, description="PEM file with certificate and key")
    rooms: dict[str, dict[str, Any]] = Field(default_factory=dict, description="settings per lane: `dept/source/lane`")


CalendarField = Literal["reference", "service", "channel", "name", "phone", "email", "needs", "answers", "link"]


class OfferTable(Table):
    """`[offers.<id>]`: what can be booked. The id is permanent: slots, closures and bookings name it."""

    services: tuple[Slug, ...] = Field(min_length=1, max_length=200)
    combinable: bool = Field(default=False, description="several of these services in one appointment")
    count_at_most: int = Field(default=1, ge=1, le=20, description="how often one service, e.g. for a family")
    channels: tuple[ChannelType, ...] = Field(min_length=1)
    calendar: str = Field(description="the source that keeps the appointments: a name, or city/name")
    lanes: tuple[str, ...] = Field(default=(), description="of that source; none means all")
    video: str | None = Field(default=None, description="the source that has the rooms")
    duration: Duration = parse_duration("20min")
    durations: dict[Slug, Duration] = Field(default_factory=dict, description="where a service takes another time")
    buffer_before: Duration = parse_duration("0min")
    buffer_after: Duration = parse_duration("0min")
    step: Duration | None = Field(default=None, description="between two starts; without it, the occupied time")
    hours: Hours
    open_on_holidays: bool = False
    closures: tuple[Closure, ...] = ()
    lead: Duration = parse_duration("2h")
    horizon: Duration = parse_duration("60d")
    release: TimeOfDay | None = Field(default=None, description="when a further day is opened; without it, midnight")
    identity: Literal["required", "alias", "none"] = "required"
    discreet: bool = Field(default=False, description="no topic in mail subjects, calendar titles, addresses")
    phone: Literal["callback", "citizen_calls"] = "callback"
    phone_number: str | None = Field(default=None, description="citizen_calls: the number, else the department's")
    verify_email: bool = Field(default=False, description="confirmed only after the link in a mail was used")
    reminder: Duration | None = parse_duration("24h")
    join_early: Duration = parse_duration("10min")
    join_late: Duration = parse_duration("15min")
    also_busy: tuple[str, ...] = ()
    calendar_fields: tuple[CalendarField, ...] = (
        "reference",
        "service",
        "channel",
        "name",
        "phone",
        "needs",
        "link",
    )
    remote: dict[str, Any] = Field(default_factory=dict, description="the back end's own ids, by its source type")

    @model_validator(mode="after")
    def _consistent(self) -> "OfferTable":
        if ChannelType.ONLINE_FORM in self.channels:
            raise ValueError("online_form is no consultation: give the form in the catalogue, not as an offer")
        if ChannelType.VIDEO in self.channels and self.video is None:
            raise ValueError('channels has video, but `video` names no source with rooms, e.g. video = "city/raeume"')
        if unknown := set(self.durations) - set(self.services):
            raise ValueError(f"durations names {', '.join(sorted(unknown))}, which `services` does not")
        if len(set(self.services)) != len(self.services):
            raise ValueError("services names one twice")
        if not self.duration:
            raise ValueError("duration must be longer than nothing")
        return self


class OverlayTable(Table):
    """`[services.<slug>]`: the department's own word on a service; it wins over every catalogue."""

    name: LocalizedText | None = None
    summary: LocalizedText | None = None
    channels: dict[ChannelType, Literal["confirmed", "hidden"]] = Field(default_factory=dict)
    discreet: bool | None = None
