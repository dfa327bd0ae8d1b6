"""Dresden through the interface: uniform, complete, ordered by department, forms apart."""

import csv
import io
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from durchwahl.settings.load import load
from durchwahl.store.schema import DATABASE
from durchwahl.store.sqlite import SqliteStore
from durchwahl.web.app import Application
from durchwahl.web.assembly import Gateway
from tests.gateways import Clock, Outbox, fresh_journal

CONFIG = Path(__file__).parents[2] / "config"
REMOTE = {"video", "phone"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    shutil.copytree(CONFIG, tmp_path / "config")
    key = tmp_path / "data" / "keys" / "installation.key"
    key.parent.mkdir(parents=True)
    key.write_text("00" * 32, encoding="ascii")
    settings = load(tmp_path / "config" / "gateway.toml")
    fresh_journal(settings.data_dir)
    clock = Clock()
    store = SqliteStore(settings.data_dir / DATABASE, clock=clock.milliseconds)
    gateway = Gateway(settings, store=store, outgoing=Outbox(), clock=clock)
    await gateway.start()
    wire = httpx.ASGITransport(app=Application(gateway))
    async with httpx.AsyncClient(transport=wire, base_url="http://127.0.0.1") as client:
        yield client
    await gateway.stop()


async def listed(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path, params={"limit": 1000} if "?" not in path else None)
    assert answer.status_code == 200
    return list(answer.json()["items"])


def in_the_sheets() -> list[tuple[str, str, str]]:
    """Return every phone and video consultation that the departments' sheets name: department, service, channel."""
    found = []
    for sheet in (CONFIG / "departments").glob("*.csv"):
        rows = csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig")), delimiter=";")
        for row in rows:
            named = {"video": row.get("video"), "phone": row.get("telefon")}
            found.extend((sheet.stem, row["id"], channel) for channel, cell in named.items() if cell == "ja")
    return found


async def test_every_phone_and_video_consultation_is_listed_once(client: httpx.AsyncClient) -> None:
    services = await listed(client, "/v1/services")
    seen = [
        (service["department"], service["id"].removeprefix(f"{service['department']}-"), channel["type"])
        for service in services
        for channel in service["channels"]
        if channel["type"] in REMOTE
    ]
    assert max(Counter(seen).values()) == 1
    assert set(in_the_sheets()) <= set(seen)
    assert len(seen) > 50


async def test_consultations_are_ordered_by_department(client: httpx.AsyncClient) -> None:
    departments = [department["id"] for department in await listed(client, "/v1/departments")]
    services = await listed(client, "/v1/services?kind=consultation&limit=1000")
    places = [departments.index(service["department"]) for service in services]
    assert places == sorted(places)
    assert set(places) == set(range(len(departments)))


async def test_no_online_form_is_counted_or_listed_as_a_consultation(client: httpx.AsyncClient) -> None:
    services = await listed(client, "/v1/services")
    assert {channel["type"] for service in services for channel in service["channels"]} <= REMOTE | {"in_person"}
    forms = await listed(client, "/v1/services?kind=form&limit=1000")
    assert forms
    assert all(not service["channels"] and service["forms"] for service in forms)
    remote = await listed(client, "/v1/services?channel=video&channel=phone&limit=1000")
    assert not {service["id"] for service in forms} & {service["id"] for service in remote}
    counted = sum(department["counts"]["video"] for department in await listed(client, "/v1/departments"))
    assert counted == len(await listed(client, "/v1/services?channel=video&limit=1000"))


async def test_a_form_leads_to_the_person_who_answers_questions_about_it(client: httpx.AsyncClient) -> None:
    with_form = next(s for s in await listed(client, "/v1/services?kind=consultation&limit=1000") if s["forms"])
    url = with_form["forms"][0]["url"]
    answer = await client.get("/v1/services", params={"form_url": url, "kind": "consultation"})
    assert with_form["id"] in [service["id"] for service in answer.json()["items"]]


async def test_exports_keep_forms_apart_too(client: httpx.AsyncClient) -> None:
    graph = (await client.get("/v1/export/services.jsonld")).json()["@graph"]
    channels = [c for node in graph for c in node.get("availableChannel", [])]
    assert {channel["name"] for channel in channels} == REMOTE | {"in_person"}
    assert any(node.get("potentialAction") for node in graph)


async def test_what_the_motion_asks_for_is_covered_to_the_last(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/coverage", params={"limit": 1000})).json()
    assert answer["percent"] == 100.0
    assert all(row["video"]["bookable"] for row in answer["items"] if row["wants"] == "video")
    assert answer["total"] == answer["covered"] > 25


async def test_every_list_says_that_this_is_a_demonstration(client: httpx.AsyncClient) -> None:
    for path in ("/v1/departments", "/v1/services", "/v1/coverage", "/v1/slots/earliest"):
        assert "Vorführung" in (await client.get(path)).json()["notice"]
