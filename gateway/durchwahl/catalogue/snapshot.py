"""The catalogue at one moment: immutable, replaced as a whole."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from durchwahl.catalogue.ingest import SourcePage
from durchwahl.catalogue.merge import departments_from, merged
from durchwahl.catalogue.offers import Offer, service_id
from durchwahl.catalogue.search import SearchIndex
from durchwahl.catalogue.undecided import candidate_findings
from durchwahl.errors import Finding
from durchwahl.model.catalogue import CONSULTATION_CHANNELS, Department, Service
from durchwahl.settings.resolved import Settings


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed by: values of one field mean OR, fields mean AND; empty means everything."""

    kind: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    leika_key: tuple[str, ...] = ()
    form_url: tuple[str, ...] = ()
    q: str = ""
    bookable: bool | None = None

    def matches(self, service: Service) -> bool:
        """Whether the service passes, its search words apart."""
        if self.kind and service.kind not in self.kind:
            return False
        if self.department and service.department not in self.department:
            return False
        if self.leika_key and not set(self.leika_key) & set(service.leika_keys):
            return False
        if self.form_url and not set(self.form_url) & {form.url for form in service.forms}:
            return False
        return self._channels_match(service)

    def _channels_match(self, service: Service) -> bool:
        if not (self.channel or self.language or self.bookable is not None):
            return True
        return any(
            (not self.channel or channel.type in self.channel)
            and (not self.language or bool(set(self.language) & set(channel.languages)))
            and (self.bookable is None or channel.bookable == self.bookable)
            for channel in service.visible_channels
        ) or (self.bookable is False and not self.channel and not self.language and not service.visible_channels)


@dataclass(frozen=True)
class Snapshot:
    """Departments and services in the order of every list. `id` changes whenever any of it does."""

    departments: tuple[Department, ...]
    services: tuple[Service, ...]
    renamed: Mapping[str, str]
    findings: tuple[Finding, ...]
    stale: Mapping[str, str]
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """Return a digest of the content, times of reading apart."""
        digest = hashlib.sha256()
        for record in (*self.departments, *self.services):
            digest.update(record.model_dump_json(exclude={"as_of"}).encode())
        digest.update(repr(sorted(self.stale)).encode())
        return digest.hexdigest()[:16]

    @cached_property
    def by_id(self) -> Mapping[str, Service]:
        """Services by their id."""
        return {service.id: service for service in self.services}

    def service(self, service_id: str) -> Service | None:
        """Return a service, a renamed one by its old id, too; None where the catalogue has lost it."""
        return self.by_id.get(service_id) or self.by_id.get(self.renamed.get(service_id, ""))

    def todays_id(self, service_id: str) -> str:
        """Return the id under which a service is known now."""
        service = self.service(service_id)
        return service.id if service else service_id

    @cached_property
    def department_by_id(self) -> Mapping[str, Department]:
        """Departments by their id."""
        return {department.id: department for department in self.departments}

    @cached_property
    def index(self) -> SearchIndex:
        """The words of all services."""
        return SearchIndex(self.services, self.synonyms)

    def select(self, wanted: Filter) -> tuple[Service, ...]:
        """Return the services that pass: in list order, or the best first where words are searched."""
        passed: Iterable[Service] = self.services
        if wanted.q.strip():
            passed = self.index.search(wanted.q)
        return tuple(service for service in passed if wanted.matches(service))

    def counts(self, department: str) -> tuple[dict[str, int], int]:
        """Return how many services a department has per channel, and how many have a form."""
        own = [service for service in self.services if service.department == department]
        per_channel = {
            str(kind): sum(service.channel(kind) is not None for service in own) for kind in CONSULTATION_CHANNELS
        }
        return per_channel, sum(bool(service.forms) for service in own)


def build_snapshot(settings: Settings, pages: Iterable[SourcePage], offers: Mapping[str, Offer]) -> Snapshot:
    """Merge everything into one snapshot."""
    pages = list(pages)
    services, findings = merged(settings, pages, offers)
    return Snapshot(
        departments=departments_from(settings),
        services=services,
        renamed=dict(_renamed(settings)),
        findings=(
            *(finding for page in pages for finding in page.findings),
            *findings,
            *candidate_findings(settings, services),
        ),
        stale={page.source: page.reason or "" for page in pages if page.stale},
        synonyms=settings.search.synonyms,
    )


def ready_snapshot(settings: Settings, pages: Iterable[SourcePage], offers: Mapping[str, Offer]) -> Snapshot:
    """Merge everything into one snapshot whose digest and search index are made already."""
    snapshot = build_snapshot(settings, pages, offers)
    _ = snapshot.id, snapshot.index
    return snapshot


def _renamed(settings: Settings) -> Iterator[tuple[str, str]]:
    for department in settings.departments:
        for old, new in department.table.renamed.items():
            yield service_id(department.id, old), service_id(department.id, new)
