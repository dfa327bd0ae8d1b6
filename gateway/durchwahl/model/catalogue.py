"""The catalogue: what departments offer, on which channels, and how we know."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from durchwahl.model.text import Texts


class Record(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ChannelType(StrEnum):
    """How a citizen reaches a person; `online_form` reaches none and is never a consultation."""

    VIDEO = "video"
    PHONE = "phone"
    IN_PERSON = "in_person"
    ONLINE_FORM = "online_form"


CONSULTATION_CHANNELS = (ChannelType.VIDEO, ChannelType.PHONE, ChannelType.IN_PERSON)
REMOTE_CHANNELS = (ChannelType.VIDEO, ChannelType.PHONE)

Basis = Literal["overlay", "explicit", "structured", "text"]


class Evidence(Record):
    """Why we believe that a channel exists. The order of `Basis` is the order of trust."""

    source: str = Field(description="the source that said so, as `department/source`")
    basis: Basis
    detail: str = Field(default="", description="the column, element or words that it rests on")


class ChannelHint(Record):
    """A channel as one source sees it. A bare phone number is never a hint."""

    type: ChannelType
    basis: Basis = "explicit"
    detail: str = ""
    languages: tuple[str, ...] = ()


class Form(Record):
    """An online form (Onlinedienst): documents go in, no person answers."""

    url: str
    name: Texts = Field(default_factory=dict)


class ServiceRecord(Record):
    """A service (Leistung) as one source describes it; `id` is the source's own, stable across syncs.

    `department` is a department's id or the source's own unit id, to be matched by the departments' `matches`;
    None means the department whose config holds the source.
    """

    id: str = Field(min_length=1, max_length=120)
    name: Texts
    department: str | None = None
    carrier: str | None = Field(default=None, description="Träger: who consults, where not the department itself")
    summary: Texts = Field(default_factory=dict)
    description: Texts = Field(default_factory=dict)
    documents: tuple[Texts, ...] = ()
    cost: Texts = Field(default_factory=dict)
    leika_keys: tuple[str, ...] = ()
    alt_names: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    channels: tuple[ChannelHint, ...] = ()
    outcome: Literal["completes", "advises_only"] | None = None
    personal_appearance_required: bool | None = None
    url: str | None = None
    modified_at: datetime | None = None


class Contact(Record):
    """How a department is reached by anybody; never a person's name."""

    phone: str | None = None
    hours: str | None = Field(default=None, description="when the phone is answered, as people write it")
    email: str | None = None
    url: str | None = None


class Department(Record):
    """A Fachamt: responsible, and the key that lists are ordered by."""

    id: str
    name: Texts
    number: str | None = None
    parent: str | None = None
    order: int
    contact: Contact = Contact()


class Channel(Record):
    """A channel of a merged service. `reason` says why a channel cannot be booked; None where it can."""

    type: ChannelType
    status: Literal["confirmed", "candidate", "hidden"]
    evidence: tuple[Evidence, ...]
    bookable: bool = False
    reason: str | None = None
    languages: tuple[str, ...] = ()
    booking_url: str | None = None


class Service(Record):
    """A service as the gateway knows it, merged from its sources and its department's overlay."""

    id: str
    slug: str
    department: str
    carrier: str | None
    name: Texts
    summary: Texts
    description: Texts
    documents: tuple[Texts, ...]
    cost: Texts
    leika_keys: tuple[str, ...]
    alt_names: tuple[str, ...]
    forms: tuple[Form, ...]
    channels: tuple[Channel, ...]
    outcome: Literal["completes", "advises_only"] | None
    personal_appearance_required: bool | None
    discreet: bool
    url: str | None
    sources: tuple[str, ...]
    as_of: datetime

    @property
    def kind(self) -> Literal["consultation", "form", "information"]:
        """`consultation` with a person in it, else `form` where one exists, else `information`."""
        if any(channel.type in CONSULTATION_CHANNELS for channel in self.visible_channels):
            return "consultation"
        return "form" if self.forms else "information"

    @property
    def visible_channels(self) -> tuple[Channel, ...]:
        """The confirmed ways to a person; candidates wait for the department, forms are no channel to a person."""
        return tuple(c for c in self.channels if c.status == "confirmed" and c.type in CONSULTATION_CHANNELS)

    def channel(self, channel_type: str) -> Channel | None:
        """Return the confirmed channel of this type, or None."""
        return next((c for c in self.visible_channels if c.type == channel_type), None)
