"""Snapshots for tests, merged from records that a test writes out, without a gateway."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from durchwahl.catalogue.ingest import SourcePage
from durchwahl.catalogue.offers import Offer, offers_from
from durchwahl.catalogue.snapshot import Snapshot, build_snapshot
from durchwahl.model.catalogue import Service, ServiceRecord
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import discover
from durchwahl.sources.opening import open_sources
from tests.folders import folder_until_exit

READ_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

GATEWAY = """
[gateway]
city = "Teststadt"
public_url = "https://www.example.org/beratung/"
[sources.stadt]
type = "house"
"""
DEPARTMENT = """
[department]
id = "amt"
name = "Amt"
matches = { house = ["L100.OE.1", "L100.OE.2"] }
[sources.katalog]
type = "sheet"
path = "x.csv"
[sources.zweiter]
type = "sheet"
path = "y.csv"
[sources.termine]
type = "house"
[sources.termine.lanes.platz-1]
languages = ["de", "gsg"]
"""
OFFER = """
[offers.{name}]
services = ["{service}"]
channels = [{channels}]
calendar = "termine"
hours = {{ mon = ["09:00-10:00"] }}
"""


def offer(service: str = "pass", *channels: str, name: str = "tisch") -> str:
    return OFFER.format(name=name, service=service, channels=", ".join(f'"{c}"' for c in channels or ("phone",)))


def settings_of(*departments: str, gateway: str = GATEWAY) -> Settings:
    """Settings of a config that lives as long as the process; without departments, of `amt`."""
    settings = faulty_settings_of(*departments or (DEPARTMENT,), gateway=gateway)
    assert settings.findings == ()
    return settings


def faulty_settings_of(*departments: str, gateway: str = GATEWAY) -> Settings:
    """The same, whatever `check` says of them."""
    folder = folder_until_exit("catalogue")
    (folder / "departments").mkdir()
    (folder / "gateway.toml").write_text(gateway, encoding="utf-8")
    for place, text in enumerate(departments):
        (folder / "departments" / f"{place}.toml").write_text(text, encoding="utf-8")
    return load(folder / "gateway.toml")


def record(name: str = "pass", /, **fields: Any) -> ServiceRecord:
    return ServiceRecord.model_validate({"id": name, "name": {"de": name.title()}, **fields})


def page(*records: ServiceRecord, source: str = "amt/katalog", **more: Any) -> SourcePage:
    return SourcePage(source, records, more.pop("as_of", READ_AT), **more)


def hint(channel: str, basis: str = "explicit", **more: Any) -> dict[str, Any]:
    return {"type": channel, "basis": basis, **more}


def offers_of(settings: Settings) -> dict[str, Offer]:
    sources = open_sources(settings, discover())
    return offers_from(settings, sources)


def snapshot_of(settings: Settings, *pages: SourcePage) -> Snapshot:
    return build_snapshot(settings, pages, offers_of(settings))


def one_service(*records: ServiceRecord, more: str = "", pages: Iterable[SourcePage] = ()) -> Service:
    """The only service of a city with department `amt`, whose file may hold more."""
    settings = settings_of(DEPARTMENT + more)
    found = snapshot_of(settings, *(pages or [page(*records)])).services
    assert len(found) == 1, [service.id for service in found]
    return found[0]
