"""Which questions have ready documents, and what stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic_core import to_json

from durchwahl.catalogue import exports, present
from durchwahl.catalogue.coverage import coverage, percent, presented
from durchwahl.catalogue.documents import Document
from durchwahl.catalogue.snapshot import Filter
from durchwahl.catalogue.undecided import candidates, unmatched
from durchwahl.errors import Problem
from durchwahl.model.text import pick
from durchwahl.web.assembly import Gateway

JSON = "application/json"
LISTED = 100


T = TypeVar("T")


@dataclass(frozen=True)
class _Listed(Generic[T]):
    """What a list is made of, when it has to be made: all of it, one of it as JSON, what stands beside the list."""

    question: tuple[str, ...]
    select: Callable[[], Sequence[T]]
    present: Callable[[T], dict[str, Any]]
    beside: Callable[[Sequence[T]], dict[str, Any]] = lambda _: {}


class CatalogueAnswers:
    """Makes the catalogue's answers from the gateway's snapshot."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def departments(self, language: str, limit: int = LISTED, offset: int = 0) -> Document:
        """Return the list of departments."""
        snapshot = self._gateway.snapshot
        listed = _Listed(
            ("departments",), lambda: snapshot.departments, lambda one: present.department(snapshot, one, language)
        )
        return self._list(listed, language, limit, offset)

    def department(self, department_id: str, language: str) -> Document:
        """Return one department; raises `not-found`."""
        snapshot = self._gateway.snapshot
        one = snapshot.department_by_id.get(department_id)
        if one is None:
            raise Problem("not-found")
        return self._one(
            ("department", department_id, language),
            lambda: present.department(snapshot, one, language),
            language,
        )

    def services(self, wanted: Filter, language: str, limit: int = LISTED, offset: int = 0) -> Document:
        """Return a list of services; what was asked before is neither searched nor written again."""
        snapshot = self._gateway.snapshot
        listed = _Listed(
            ("services", repr(wanted)),
            lambda: snapshot.select(wanted),
            lambda one: present.service(snapshot, one, language),
        )
        return self._list(listed, language, limit, offset)

    def service(self, service_id: str, language: str) -> Document:
        """Return one service; raises `not-found`."""
        snapshot = self._gateway.snapshot
        one = snapshot.by_id.get(service_id)
        if one is None:
            raise Problem("not-found")
        return self._one(("service", service_id, language), lambda: present.service(snapshot, one, language), language)

    def coverage(self, language: str, limit: int = LISTED, offset: int = 0) -> Document:
        """Return the coverage, with its percentage beside the list."""
        settings, snapshot = self._gateway.settings, self._gateway.snapshot
        listed = _Listed(
            ("coverage",),
            lambda: coverage(settings, snapshot),
            lambda row: presented(row, snapshot, language),
            lambda rows: {
                "percent": percent(rows),
                "covered": sum(row.covered for row in rows),
                "unmatched": unmatched(settings, self._gateway.ingest.pages.values()),
                "candidates": candidates(snapshot.services),
            },
        )
        return self._list(listed, language, limit, offset)

    def export_csv(self) -> Document:
        """Return all services as CSV."""
        snapshot = self._gateway.snapshot
        return self._kept(("csv",), lambda: ("text/csv; charset=utf-8", exports.services_csv(snapshot), None))

    def export_jsonld(self, language: str) -> Document:
        """Return all services as schema.org JSON-LD."""
        settings, snapshot = self._gateway.settings, self._gateway.snapshot
        return self._kept(
            ("jsonld", language),
            lambda: (
                "application/ld+json",
                to_json(exports.services_jsonld(settings, snapshot, language)),
                language,
            ),
        )

    def notice(self, language: str) -> str:
        """Return what every list says."""
        return pick(self._gateway.settings.gateway.notice, language)[0]

    def _list(self, listed: "_Listed[Any]", language: str, limit: int, offset: int) -> Document:
        def made() -> tuple[str, bytes, str | None]:
            each = listed.select()
            page = present.page(
                [listed.present(one) for one in each[offset : offset + limit]],
                total=len(each),
                limit=limit,
                offset=offset,
                snapshot=self._gateway.snapshot,
                notice=self.notice(language),
            )
            return JSON, to_json({**page, **listed.beside(each)}), language

        return self._kept((*listed.question, language, str(limit), str(offset)), made)

    def _one(self, question: tuple[str, ...], make: Callable[[], dict[str, Any]], language: str) -> Document:
        return self._kept(question, lambda: (JSON, to_json(make()), language))

    def _kept(self, question: tuple[str, ...], make: Callable[[], tuple[str, bytes, str | None]]) -> Document:
        return self._gateway.documents.get(question, make)
