"""`gateway.toml`: what belongs to the whole gateway. `DURCHWAHL_*` in the environment wins over the file."""

import ipaddress
import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from durchwahl.model.text import DEFAULT_LANGUAGE, canonical_tag
from durchwahl.plugin.settings import Secret
from durchwahl.settings.addresses import host_in_ascii, origin, public_url, web_link
from durchwahl.settings.words import Duration, Length, Slug, Table, parse_duration

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

PREFIX = "DURCHWAHL_"
"""Of the environment variables that win over `[gateway]`."""


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError(f"must be an address or a network such as 10.0.0.0/8: {error}") from error
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of the zone database
        raise ValueError(f'"{value}" is no time zone. Write an IANA name such as "Europe/Berlin".') from error
    return value


def _holidays(value: str) -> str:
    """Check the shape only: the calendar itself costs 10 MB, so that `check` and the first question load it."""
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", value):
        raise ValueError(f'"{value}" is not known. Write country and state, e.g. "DE-SN".')
    return value


def localized(value: object) -> object:
    """Let a plain string stand for its German text."""
    return {DEFAULT_LANGUAGE: value} if isinstance(value, str) else value


def _in_languages(value: dict[str, str]) -> dict[str, str]:
    return {canonical_tag(tag): text for tag, text in value.items()}


def _said(value: dict[str, str]) -> dict[str, str]:
    if not any(text.strip() for text in value.values()):
        raise ValueError("must not be empty")
    return value


LocalizedText = Annotated[
    dict[str, str],
    BeforeValidator(localized, json_schema_input_type=str | dict[str, str]),
    AfterValidator(_in_languages),
]
LocalizedName = Annotated[LocalizedText, AfterValidator(_said)]
PublicUrl = Annotated[str, AfterValidator(public_url)]
HostName = Annotated[str, AfterValidator(host_in_ascii)]
WebOrigin = Annotated[str, AfterValidator(origin)]
WebLink = Annotated[str, AfterValidator(web_link)]
Network = Annotated[str, AfterValidator(_network)]


class GatewayTable(BaseSettings):
    """`[gateway]`: the city, the gateway's address, and its limits."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    city: str = Field(min_length=1, description="the city's name as citizens read it")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Europe/Berlin", description="IANA time zone of all wall-clock times"
    )
    holidays: Annotated[str, AfterValidator(_holidays)] | None = Field(
        default=None, description="country and state, e.g. DE-SN; none: no public holidays"
    )
    public_url: PublicUrl = Field(description="every link, redirect, .ics and mail follows it, prefix included")
    trusted_proxies: tuple[Network, ...] = Field(default=(), description="only they may say Forwarded")
    allowed_hosts: tuple[HostName, ...] = Field(default=(), description="further Host names beside public_url's")
    data_dir: str = Field(default="../data", description="database and mails; relative to the config's folder")
    plugins_dir: str | None = Field(default=None, description="folder of one-file plugins, relative to the config's")
    notice: LocalizedText = Field(default_factory=dict, description="a sentence that every list, page and mail shows")
    hold: Length = Field(default=parse_duration("10min"), description="how long a slot is kept for one citizen")
    hold_at_most: Length = Field(default=parse_duration("30min"), description="how far a hold can be extended")
    holds_per_client: int = Field(default=10, ge=1, description="live holds per client address")
    bookings_per_client: int = Field(
        default=20, ge=0, description="holds, and bookings of the last hour, per client address; 0: no limit"
    )
    bookings_per_contact: int = Field(
        default=5, ge=0, description="appointments to come per proved mail address; 0: no limit"
    )
    body_limit: int = Field(default=65_536, ge=1_024, description="largest request body in bytes")
    busy_lifetime: Duration = Field(default=parse_duration("15s"), description="how long busy times are served unasked")
    stale_lifetime: Duration = Field(default=parse_duration("5min"), description="how long a failing source's are")
    reconcile_interval: Length = Field(
        default=parse_duration("15min"), description="how often the journal is compared with the calendars"
    )
    retention: Duration = Field(
        default=parse_duration("30d"),
        description="how long personal data are kept after an appointment, where its department says nothing",
    )
    report_page: bool = Field(
        default=False, description="true: anybody can read at /bericht how much is asked for, in numbers"
    )
    sync_interval: Length = Field(default=parse_duration("15min"), description="how often catalogues are read")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the file."""
        return env_settings, init_settings


class WebsiteTable(Table):
    """`[website]`: who may write from a browser, and what the footer links."""

    origins: tuple[WebOrigin, ...] = Field(default=(), description="origins that may POST from a browser (CORS)")
    imprint: WebLink | None = Field(default=None, description="address of the imprint (Impressum); each page links it")
    privacy: WebLink | None = Field(default=None, description="address of the privacy notice")
    accessibility: WebLink | None = Field(default=None, description="address of the accessibility statement")
    easy_language: WebLink | None = Field(default=None, description="address of the information in Leichte Sprache")
    sign_language: WebLink | None = Field(
        default=None, description="address of the information in German Sign Language"
    )
    help: LocalizedText = Field(
        default_factory=dict, description="a sentence at the foot of each page: where else people get help"
    )


class KeysTable(Table):
    """`[keys]`: 32 random bytes each, base64 or hex. The first seals, all open: put a new one first to rotate."""

    installation: tuple[Secret, ...] = Field(default=(), description="the first seals, all open; a new one goes first")


class MailTable(Table):
    """`[mail]`: where mails to citizens go."""

    kind: Literal["maildir", "smtp"] = Field(
        default="maildir", description="maildir writes mails into a folder, smtp sends them"
    )
    sender: str = Field(default="durchwahl@localhost", description="the From address")
    path: str = Field(default="mail", description="the maildir, relative to data_dir")
    host: str = Field(default="", description="the mail server; smtp needs it")
    port: int = Field(default=587, ge=1, le=65_535, description="587 for starttls, 465 for tls")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="how the connection is encrypted; none only on this machine"
    )
    username: str | None = Field(default=None, description="where the mail server asks for one, together with password")
    password: Secret | None = Field(default=None, description="the mail server's, by reference")

    @model_validator(mode="after")
    def _reachable(self) -> "MailTable":
        if self.kind == "smtp" and not _HOST.fullmatch(self.host):
            raise ValueError('kind is "smtp", so host must name the mail server, e.g. host = "mail.example.org"')
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together: give both or neither")
        if self.username and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError('security = "none" would send the password in the clear: write "starttls" or "tls"')
        return self


class StoreTable(Table):
    """`[store]`: where the journal is. Without a database it is a SQLite file in data_dir."""

    database: Secret | None = Field(
        default=None,
        description='the address of a PostgreSQL database, by reference: "postgresql://user:password@host/name"',
    )
    writers: int = Field(default=8, ge=1, le=64, description="connections of one process that write")
    readers: int = Field(default=4, ge=1, le=64, description="connections of one process that only read")


class SearchTable(Table):
    """`[search]`: words that mean the same."""

    synonyms: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="a word to the words that it also finds"
    )


class RequiredService(Table):
    """`[[required]]`: a service that coverage asks for; `video` must exist where it is wanted, else video or phone."""

    department: Slug = Field(description="the department's id")
    service: Slug = Field(description="the service's slug in that department")
    wants: Literal["video", "remote"] = Field(
        default="remote", description="video: it must be bookable by video; remote: by video or phone"
    )
    group: str = Field(default="", description="the heading under which coverage shows it")
