"""`gateway.toml`: what belongs to the whole gateway. `DURCHWAHL_*` in the environment wins over the file."""

import ipaddress
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from durchwahl.model.text import DEFAULT_LANGUAGE
from durchwahl.plugin.settings import Secret
from durchwahl.settings.words import Duration, Slug, Table, parse_duration


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(
            "must be the address at which citizens reach the gateway, e.g. https://www.example.org/beratung/"
        )
    return value if value.endswith("/") else value + "/"


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError(f"must be an address or a network such as 10.0.0.0/8: {error}") from error
    return value


def localized(value: object) -> object:
    """Let a plain string stand for its German text."""
    return {DEFAULT_LANGUAGE: value} if isinstance(value, str) else value


LocalizedText = Annotated[dict[str, str], BeforeValidator(localized, json_schema_input_type=str | dict[str, str])]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Network = Annotated[str, AfterValidator(_network)]


class GatewayTable(BaseSettings):
    """`[gateway]`."""

    model_config = SettingsConfigDict(env_prefix="DURCHWAHL_", frozen=True, extra="forbid")

    city: str = Field(min_length=1, description="the city's name as citizens read it")
    timezone: str = Field(default="Europe/Berlin", description="IANA time zone of all wall-clock times")
    holidays: str | None = Field(default=None, description="country and state, e.g. DE-SN; none: no public holidays")
    public_url: PublicUrl = Field(description="every link, redirect, .ics and mail follows it, prefix included")
    trusted_proxies: tuple[Network, ...] = Field(default=(), description="only they may say Forwarded")
    allowed_hosts: tuple[str, ...] = Field(default=(), description="further Host names beside public_url's")
    data_dir: str = Field(default="../data", description="database and mails; relative to the config's folder")
    plugins_dir: str | None = Field(default=None, description="folder of one-file plugins, relative to the config's")
    notice: LocalizedText = Field(default_factory=dict, description="a sentence that every list, page and mail shows")
    hold: Duration = Field(default=parse_duration("10min"), description="how long a slot is kept for one citizen")
    hold_at_most: Duration = Field(default=parse_duration("30min"), description="how far a hold can be extended")
    holds_per_client: int = Field(default=10, ge=1, description="live holds per client address")
    body_limit: int = Field(default=65_536, ge=1_024, description="largest request body in bytes")
    busy_lifetime: Duration = Field(default=parse_duration("15s"), description="how long busy times are served unasked")
    stale_lifetime: Duration = Field(default=parse_duration("5min"), description="how long a failing source's are")
    sync_interval: Duration = Field(default=parse_duration("15min"), description="how often catalogues are read")

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

    origins: tuple[str, ...] = Field(default=(), description="origins that may POST from a browser (CORS)")
    imprint: str | None = None
    privacy: str | None = None
    accessibility: str | None = None
    easy_language: str | None = None
    sign_language: str | None = None


class KeysTable(Table):
    """`[keys]`: 32 random bytes each, base64 or hex. The first seals, all open: put a new one first to rotate."""

    installation: tuple[Secret, ...] = ()


class MailTable(Table):
    """`[mail]`: where mails to citizens go."""

    kind: Literal["maildir", "smtp"] = "maildir"
    sender: str = Field(default="durchwahl@localhost", description="the From address")
    path: str = Field(default="mail", description="the maildir, relative to data_dir")
    host: str = "localhost"
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None


class SearchTable(Table):
    """`[search]`: words that mean the same."""

    synonyms: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class RequiredService(Table):
    """`[[required]]`: a service that coverage asks for; `video` must exist where it is wanted, else video or phone."""

    department: Slug
    service: Slug
    wants: Literal["video", "remote"] = "remote"
    group: str = Field(default="", description="the heading under which coverage shows it")


def merged_environment(raw: dict[str, Any]) -> GatewayTable:
    """Validate `[gateway]` with `DURCHWAHL_*` laid over it."""
    return GatewayTable(**raw)
