"""`type = "caldav"`: appointments on a CalDAV server (RFC 4791), one calendar collection a lane.

[sources.termine]
type = "caldav"
url = "https://cal.example/buergeramt/"
username = "gateway"
password = { file = "/run/secrets/buergeramt-caldav" }
[sources.termine.lanes.platz-1]
collection = "platz-1/"

__init__.py   the settings and the hook, which is all that discovery imports
calendar.py   the source: busy times, finding, deleting
placing.py    making sure that one appointment stands in its place
meaning.py    the server's answers as the gateway's errors
"""

from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from durchwahl.plugin import (
    FreeBusyCalendar,
    Privacy,
    Secret,
    SourceSettings,
    SourceType,
    Toolbox,
    Url,
    hookimpl,
)


class CalDavSettings(SourceSettings):
    """One account on one server."""

    url: Url = Field(description="the folder that holds the calendar collections, e.g. https://cal.example/amt/")
    username: str | None = Field(default=None, min_length=1, description="for HTTP Basic, together with password")
    password: Secret | None = Field(default=None, description="the account's password, by reference")

    @field_validator("url")
    @classmethod
    def _folder(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.query or parts.fragment:
            raise ValueError("must be a folder's address, without ? and #")
        return value if value.endswith("/") else f"{value}/"

    @field_validator("username")
    @classmethod
    def _basic(cls, value: str | None) -> str | None:
        if value is not None and (":" in value or not value.isprintable()):
            raise ValueError("must not hold a colon or control characters (RFC 7617 §2)")
        return value

    @model_validator(mode="after")
    def _both(self) -> "CalDavSettings":
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together: give both, or neither")
        return self


class CalDavLane(BaseModel):
    """Which collection is the lane's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str = Field(description='the calendar collection, as a path below url: "platz-1/"')

    @field_validator("collection")
    @classmethod
    def _below(cls, value: str) -> str:
        path = unquote(value).removesuffix("/")
        if {"", ".", ".."} & set(path.split("/")) or set(path) & set("\\?#%") or not path.isprintable():
            raise ValueError('must be a path below url, such as "platz-1/", without .. and a leading slash')
        return f"{path}/"


def build(settings: CalDavSettings, toolbox: Toolbox) -> FreeBusyCalendar:
    """Return the source; the protocol's libraries are loaded here, not when the plugin is discovered."""
    from durchwahl_plugins.caldav.calendar import CalDavCalendar  # noqa: PLC0415  # discovery stays cheap

    return CalDavCalendar(settings, toolbox)


CALDAV = SourceType(
    name="caldav",
    settings=CalDavSettings,
    build=build,
    lane_settings=CalDavLane,
    privacy=Privacy(
        fields=("name", "phone", "email", "answers", "needs"),
        processor="whoever runs the department's calendar server",
        retention="until the event is deleted; backups as the server's operator keeps them",
    ),
)


@hookimpl
def durchwahl_calendars() -> list[SourceType]:
    """Offer CalDAV calendars."""
    return [CALDAV]
