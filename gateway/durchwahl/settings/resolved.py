"""What the rest of the gateway reads: settings with every name resolved to `department/name`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from durchwahl.errors import Finding
from durchwahl.settings.clients import ClientTable
from durchwahl.settings.department import DepartmentTable, LaneTable, OfferTable, OverlayTable, SourceTable
from durchwahl.settings.gateway import (
    GatewayTable,
    KeysTable,
    MailTable,
    RequiredService,
    SearchTable,
    StoreTable,
    WebsiteTable,
)
from durchwahl.settings.words import Closure

LONGEST_RETENTION = timedelta(days=366)
"""Nothing of an appointment is needed here for longer; what is to be kept in a file is kept by the department."""


@dataclass(frozen=True)
class LaneConfig:
    """A lane of a source: the keys that every lane has, and those of the source type, not yet validated."""

    name: str
    table: LaneTable
    own: Mapping[str, Any]


@dataclass(frozen=True)
class SourceConfig:
    """A source: `key` is `department/name`, `own` are the keys of its type, not yet validated."""

    key: str
    file: str
    table: SourceTable
    own: Mapping[str, Any]
    lanes: Mapping[str, LaneConfig]

    @property
    def department(self) -> str:
        """The department's id, or `city`."""
        return self.key.split("/")[0]

    @property
    def place(self) -> str:
        """The TOML path of its table."""
        return f"sources.{self.key.split('/')[1]}"


@dataclass(frozen=True)
class OfferConfig:
    """An offer table: `id` is `department/table`; `calendar`, `video` and `also_busy` are keys of sources."""

    id: str
    department: str
    file: str
    table: OfferTable
    calendar: str
    video: str | None
    also_busy: tuple[str, ...]


@dataclass(frozen=True)
class DepartmentConfig:
    """A department's file."""

    id: str
    file: str
    order: int
    table: DepartmentTable
    closures: tuple[Closure, ...]
    overlay: Mapping[str, OverlayTable]


@dataclass(frozen=True)
class Settings:
    """The whole configuration, as far as it is sound; `findings` says what is not, and was left out.

    `left_out` are offers with a mistake, as far as they can be read: nobody is offered them, but `check` looks at them.
    `indispensable` are those of the findings that nothing can be served with. `broken` are the departments
    (`department`), sources (`department/name`) and lanes (`department/name/lane`) that were left out because of a
    finding: what names them is right, and follows them.
    """

    folder: Path
    file: str
    gateway: GatewayTable
    website: WebsiteTable
    keys: KeysTable
    mail: MailTable
    store: StoreTable
    search: SearchTable
    required: tuple[RequiredService, ...]
    departments: tuple[DepartmentConfig, ...]
    sources: Mapping[str, SourceConfig]
    offers: Mapping[str, OfferConfig]
    findings: tuple[Finding, ...]
    clients: Mapping[str, ClientTable] = field(default_factory=dict)
    left_out: Mapping[str, OfferConfig] = field(default_factory=dict)
    indispensable: tuple[Finding, ...] = ()
    broken: frozenset[str] = frozenset()

    def with_keys(self, keys: KeysTable) -> "Settings":
        """Return the same with other keys."""
        return replace(self, keys=keys)

    def with_own_store(self) -> "Settings":
        """Return the same with a journal in its own data folder, whatever database the config names."""
        return replace(self, store=StoreTable())

    def with_rooms_open(self) -> "Settings":
        """Return the same with rooms that open as soon as they are booked: a demonstration waits for nobody."""
        early = {"join_early": timedelta(days=366)}
        opened = {key: replace(offer, table=offer.table.model_copy(update=early)) for key, offer in self.offers.items()}
        return replace(self, offers=opened)

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.gateway.timezone)

    @property
    def data_dir(self) -> Path:
        """Where database and mails are."""
        return (self.folder / self.gateway.data_dir).resolve()

    @property
    def plugins_dir(self) -> Path | None:
        """Where one-file plugins are."""
        return (self.folder / self.gateway.plugins_dir).resolve() if self.gateway.plugins_dir else None

    @property
    def prefix(self) -> str:
        """The path of `public_url` without its last slash; empty at the root."""
        return urlsplit(self.gateway.public_url).path.rstrip("/")

    def retention_of(self, department_id: str) -> timedelta:
        """Return how long a department keeps what is personal; one that is gone keeps it as the gateway does.

        `LONGEST_RETENTION` at most, whatever is configured.
        """
        department = self.department(department_id)
        own = department.table.retention if department else None
        return min(self.gateway.retention if own is None else own, LONGEST_RETENTION)

    def department(self, department_id: str) -> DepartmentConfig | None:
        """Return the department, or None."""
        return next((d for d in self.departments if d.id == department_id), None)
