"""Which questions have ready documents, and what stands in them."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_json

from durchwahl.catalogue import exports, present
from durchwahl.catalogue.coverage import coverage, percent, presented
from durchwahl.catalogue.documents import Document
from durchwahl.catalogue.snapshot import Filter
from durchwahl.errors import Problem
from durchwahl.model.text import pick
from durchwahl.web.assembly import Gateway

JSON = "application/json"
LISTED = 100
MOST_LISTED = 1000


class CatalogueAnswers:
    """Makes the catalogue's answers from the gateway's snapshot."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def departments(self, language: str, limit: int = LISTED, offset: int = 0) -> Document:
        """Return the list of departments."""
        snapshot = self._gateway.snapshot
        each = [present.department(snapshot, one, language) for one in snapshot.departments]
        return self._list(("departments", language), each, language, limit, offset)

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
        """Return a list of services; those of one filter are kept, others are made each time."""
        snapshot = self._gateway.snapshot
        each = [present.service(snapshot, one, language) for one in snapshot.select(wanted)]
        return self._list(("services", repr(wanted), language), each, language, limit, offset)

    def service(self, service_id: str, language: str) -> Document:
        """Return one service; raises `not-found`."""
        snapshot = self._gateway.snapshot
        one = snapshot.by_id.get(service_id)
        if one is None:
            raise Problem("not-found")
        return self._one(("service", service_id, language), lambda: present.service(snapshot, one, language), language)

    def coverage(self, language: str, limit: int = LISTED, offset: int = 0) -> Document:
        """Return the coverage, with its percentage beside the list."""
        rows = coverage(self._gateway.settings, self._gateway.snapshot)
        each = presented(rows, self._gateway.snapshot, language)
        extra = {"percent": percent(rows), "covered": sum(row.covered for row in rows)}
        return self._list(("coverage", language), each, language, limit, offset, extra)

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

    def _list(
        self,
        question: tuple[str, ...],
        each: list[dict[str, Any]],
        language: str,
        limit: int,
        offset: int,
        extra: Mapping[str, Any] | None = None,
    ) -> Document:
        def made() -> tuple[str, bytes, str | None]:
            page = present.page(
                each[offset : offset + limit],
                total=len(each),
                limit=limit,
                offset=offset,
                snapshot=self._gateway.snapshot,
                notice=self.notice(language),
            )
            return JSON, to_json({**page, **(extra or {})}), language

        return self._kept((*question, str(limit), str(offset)), made)

    def _one(self, question: tuple[str, ...], make: Callable[[], dict[str, Any]], language: str) -> Document:
        return self._kept(question, lambda: (JSON, to_json(make()), language))

    def _kept(self, question: tuple[str, ...], make: Callable[[], tuple[str, bytes, str | None]]) -> Document:
        return self._gateway.documents.get(question, make)
