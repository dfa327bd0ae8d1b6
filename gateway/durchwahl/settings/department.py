"""`departments/*.toml`: one file per Fachamt, so that a Fachamt can own its own."""

from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from durchwahl.model.catalogue import ChannelType, Contact
from durchwahl.settings.gateway import LocalizedName, LocalizedText
from durchwahl.settings.words import (
    Closure,
    Duration,
    Hours,
    LanguageTag,
    Length,
    Slug,
    Table,
    TimeOfDay,
    parse_duration,
)


class ContactTable(Table):
    """How anybody reaches the department; never a person's name."""

    phone: str | None = Field(default=None, description="as people write it")
    hours: str | None = Field(default=None, description="when the phone is answered, as people write it")
    email: str | None = Field(default=None, description="the department's address, never a person's")
    url: str | None = Field(default=None, description="the department's page")

    def contact(self) -> Contact:
        """Return the record that the website sees."""
        return Contact(phone=self.phone, hours=self.hours, email=self.email, url=self.url)


class DepartmentTable(Table):
    """`[department]`: who it is, where it stands in every list, how it is reached."""

    id: Slug = Field(description="permanent: ids of services, slots and links begin with it")
    name: LocalizedName = Field(description="as citizens read it")
    number: str | None = Field(default=None, description="the office's number in the city's order, e.g. 33")
    parent: Slug | None = Field(default=None, description="the id of the department above it")
    order: int | None = Field(default=None, description="place in every list; without it, by number and name")
    matches: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="source type to the units of a city-wide catalogue that are this department",
    )
    contact: ContactTable = Field(default=ContactTable(), description="how anybody reaches it")
    retention: Duration | None = Field(
        default=None,
        description="how long personal data are kept after an appointment; without it, as the gateway says",
    )
    renamed: dict[Slug, Slug] = Field(default_factory=dict, description="a service's old slug to its new one")


class LaneTable(Table):
    """The keys that every lane has; what else its table holds goes to the source type's `lane_settings`."""

    languages: tuple[LanguageTag, ...] = Field(default=("de",), min_length=1, description="spoken or signed here")
    hours: Hours | None = Field(default=None, description="narrows the offers' hours on this lane")
    closures: tuple[Closure, ...] = Field(default=(), description="when nobody is here")
    mail: str | None = Field(default=None, description="a clerk's address that gets each appointment of this lane")


class SourceTable(Table):
    """The keys that every source has; what else its table holds goes to the source type's settings."""

    type: str = Field(description="the kind of system; `durchwahl plugins` lists them")
    enabled: bool = Field(default=True, description="false: it is not opened")
    mode: Literal["live", "read_only", "shadow"] = Field(
        default="live", description="read_only: nothing is booked through it; shadow: nobody sees it"
    )
    deadline: Length = Field(default=parse_duration("8s"), description="for one call of the source")
    proxy: str | None = Field(
        default=None, description="http(s) address of a proxy; none is taken from the environment"
    )
    ca_file: str | None = Field(default=None, description="PEM file of a private CA, in the config's folder")
    client_cert: str | None = Field(default=None, description="PEM file with certificate and key")
    rooms: dict[str, dict[str, Any]] = Field(default_factory=dict, description="settings per lane: `dept/source/lane`")


LONGEST_OFFER_ID = 61
"""`department/table`: slot tokens carry it and have 200 characters."""

CalendarField = Literal["reference", "service", "channel", "name", "phone", "email", "needs", "answers", "link"]


class OfferTable(Table):
    """`[offers.<id>]`: what can be booked. The id is permanent: slots, closures and bookings name it."""

    services: tuple[Slug, ...] = Field(
        min_length=1, max_length=200, description="slugs of the catalogue: alternatives, unless combinable"
    )
    combinable: bool = Field(default=False, description="several of these services in one appointment")
    count_at_most: int = Field(default=1, ge=1, le=20, description="how often one service, e.g. for a family")
    channels: tuple[ChannelType, ...] = Field(
        min_length=1, description="by which of these the services can be had here"
    )
    calendar: str = Field(description="the source that keeps the appointments: a name, or city/name")
    lanes: tuple[str, ...] = Field(default=(), description="of that source; none means all")
    video: str | None = Field(default=None, description="the source that has the rooms")
    duration: Length = Field(default=parse_duration("20min"), description="of the talk")
    durations: dict[Slug, Length] = Field(default_factory=dict, description="where a service takes another time")
    buffer_before: Duration = Field(
        default=parse_duration("0min"), description="occupied in the lane, not part of the talk"
    )
    buffer_after: Duration = Field(
        default=parse_duration("0min"), description="occupied in the lane, not part of the talk"
    )
    step: Duration | None = Field(default=None, description="between two starts; without it, the occupied time")
    hours: Hours = Field(description="when a talk may begin and end")
    open_on_holidays: bool = Field(default=False, description="public holidays do not close")
    closures: tuple[Closure, ...] = Field(default=(), description="when nothing of this offer is bookable")
    lead: Duration = Field(
        default=parse_duration("2h"), description="how long before its start a time can be booked at the latest"
    )
    horizon: Duration = Field(default=parse_duration("60d"), description="how far ahead times are open")
    release: TimeOfDay | None = Field(default=None, description="when a further day is opened; without it, midnight")
    identity: Literal["required", "alias", "none"] = Field(
        default="required", description="required: with a name; alias: any name; none: without one"
    )
    discreet: bool = Field(default=False, description="no topic in mail subjects, calendar titles, addresses")
    phone: Literal["callback", "citizen_calls"] = Field(default="callback", description="who calls whom")
    phone_number: str | None = Field(default=None, description="citizen_calls: the number, else the department's")
    verify_email: bool = Field(default=False, description="confirmed only after the link in a mail was used")
    approval: bool = Field(default=False, description="confirmed only after the department has approved it")
    approval_within: Length = Field(
        default=parse_duration("3d"),
        description="how long a request waits for approval, at most until its start; then it expires",
    )
    reminder: Duration | None = Field(
        default=parse_duration("24h"), description="how long before the talk a mail reminds of it"
    )
    join_early: Duration = Field(default=parse_duration("10min"), description="how long before the talk its room opens")
    join_late: Duration = Field(default=parse_duration("15min"), description="how long after the talk its room closes")
    also_busy: tuple[str, ...] = Field(
        default=(), description="further calendars whose events block all lanes: a name, or city/name"
    )
    calendar_fields: tuple[CalendarField, ...] = Field(
        default=(
            "reference",
            "service",
            "channel",
            "name",
            "phone",
            "needs",
            "link",
        ),
        description="what the department's calendar and the clerk's mail may say",
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
        for name in ("services", "channels", "lanes"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"{name} names one twice")
        longest = max(self.duration, *self.durations.values(), timedelta())
        if self.buffer_before + longest + self.buffer_after > timedelta(days=1):
            raise ValueError("duration and buffers are longer than a day")
        if self.horizon % timedelta(days=1):
            raise ValueError('horizon counts whole days, e.g. "60d"')
        return self


class PartOfOfferTable(OfferTable):
    """What is left of a wrong offer: never offered, only looked at, so that its other mistakes are said as well."""

    @model_validator(mode="after")
    def _consistent(self) -> "PartOfOfferTable":
        return self


class OverlayTable(Table):
    """`[services.<slug>]`: the department's own word on a service; it wins over every catalogue."""

    name: LocalizedName | None = Field(default=None, description="in place of the catalogue's")
    summary: LocalizedText | None = Field(default=None, description="in place of the catalogue's")
    channels: dict[ChannelType, Literal["confirmed", "hidden"]] = Field(
        default_factory=dict, description="confirmed: it is there, whatever a catalogue says; hidden: it is not"
    )
    discreet: bool | None = Field(default=None, description="no topic in mail subjects, calendar titles, addresses")

    @model_validator(mode="after")
    def _consultations_only(self) -> "OverlayTable":
        if ChannelType.ONLINE_FORM in self.channels:
            raise ValueError("channels names online_form, which is no consultation: forms stand in the catalogue")
        return self
