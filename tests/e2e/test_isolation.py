"""One department's trouble is nobody else's: a source that hangs, one that answers garbage, a plugin that is broken."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from durchwahl.web import assembly
from tests.gateways import GATEWAY, City, city, write_config

HANGING = """
import asyncio

from durchwahl.plugin import FreeBusyCalendar, SourceSettings, SourceType, hookimpl


class Hanging(FreeBusyCalendar):
    async def check(self): await asyncio.sleep(3600)
    async def busy(self, lanes, window): await asyncio.sleep(3600)
    async def occupants(self, lane, interval): await asyncio.sleep(3600)
    async def ensure(self, name, appointment, ref): await asyncio.sleep(3600)
    async def find(self, name, lane, ref): await asyncio.sleep(3600)
    async def delete(self, name, ref): await asyncio.sleep(3600)


@hookimpl
def durchwahl_calendars():
    return [SourceType(name="hanging", settings=SourceSettings, build=lambda settings, toolbox: Hanging())]
"""

TROUBLED = """
[department]
id = "{name}"
name = "{name}"
[sources.katalog]
type = "sheet"
path = "departments/buergeramt.csv"
[sources.termine]
{calendar}
[sources.termine.lanes.platz-1]
{lane}
[offers.meldewesen]
services = ["meldebescheinigung"]
channels = ["phone"]
calendar = "termine"
hours = {{ mon = ["09:00-12:00"] }}
"""


@pytest.fixture
async def garbage() -> AsyncIterator[str]:
    """A server that answers everything with something that is no HTTP."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"<html>Bitte anmelden</html>\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.fixture
async def here(tmp_path: Path, garbage: str) -> AsyncIterator[City]:
    gateway = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
    write_config(tmp_path, gateway=gateway)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "hanging.py").write_text(HANGING, encoding="utf-8")
    (tmp_path / "plugins" / "broken.py").write_text("import a_module_that_nobody_has\n", encoding="utf-8")
    kinds = {
        "haengt": ('type = "hanging"', ""),
        "redet-wirr": (f'type = "caldav"\nurl = "{garbage}"', 'collection = "platz-1/"'),
        "kaputt": ('type = "broken"', ""),
    }
    for name, (calendar, lane) in kinds.items():
        text = TROUBLED.format(name=name, calendar=calendar, lane=lane)
        (tmp_path / "departments" / f"{name}.toml").write_text(text, encoding="utf-8")
    async with city(tmp_path, gateway=gateway) as running:
        yield running


async def test_the_others_are_listed_and_booked_as_if_nothing_were_wrong(here: City) -> None:
    listed = (await here.client.get("/v1/services?channel=video&bookable=true")).json()
    assert [service["department"] for service in listed["items"]] == ["buergeramt"] * 4
    assert (await here.booked())["status"] == "confirmed"


async def test_the_broken_ones_are_named_with_their_reason(here: City) -> None:
    reasons = [one.reason for one in here.gateway.sources.findings if one.file == "departments/kaputt.toml"]
    assert 'no plugin offers the type "broken".' in reasons
    [broken] = [plugin for plugin in here.gateway.discovery.plugins if plugin.state == "failed"]
    assert "a_module_that_nobody_has" in str(broken.reason)


async def test_the_earliest_times_come_without_those_that_hang_or_talk_nonsense(here: City) -> None:
    answer = (await here.client.get("/v1/slots/earliest")).json()
    assert {slot["department"] for slot in answer["items"]} == {"buergeramt"}
    assert answer["complete"] is False
    states = {source["department"]: source["state"] for source in answer["sources"]}
    assert states == {"buergeramt": "ok", "haengt": "unavailable", "redet-wirr": "unavailable"}


async def test_a_service_whose_calendar_hangs_stays_listed_and_says_why_it_has_no_times(here: City) -> None:
    answer = (await here.client.get("/v1/services/haengt-meldebescheinigung/slots")).json()
    assert answer["items"] == []
    assert answer["empty_reason"] == "source_unavailable"
    listed = (await here.client.get("/v1/services/haengt-meldebescheinigung")).json()
    assert listed["name"] == "Meldebescheinigung"


async def test_a_channel_whose_calendar_cannot_be_used_is_listed_with_its_reason(here: City) -> None:
    listed = (await here.client.get("/v1/services/kaputt-meldebescheinigung")).json()
    phone = next(channel for channel in listed["channels"] if channel["type"] == "phone")
    assert (phone["bookable"], phone["reason"]) == (False, "calendar_unavailable")


async def test_the_gateway_is_ready_whatever_a_department_does(here: City) -> None:
    assert (await here.client.get("/readyz")).status_code == 200


SLOW_CATALOGUE = """
import asyncio

from durchwahl.plugin import ServiceCatalogue, SourceSettings, SourceType, hookimpl


class Slow(ServiceCatalogue):
    async def check(self): await asyncio.sleep(3600)

    async def services(self):
        await asyncio.sleep(3600)
        yield None


@hookimpl
def durchwahl_service_catalogues():
    return [SourceType(name="slow", settings=SourceSettings, build=lambda settings, toolbox: Slow())]
"""


async def test_a_catalogue_that_hangs_keeps_nobody_out_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "START_PATIENCE", 0.2)
    gateway = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
    write_config(tmp_path, gateway=gateway)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "slow.py").write_text(SLOW_CATALOGUE, encoding="utf-8")
    text = '[department]\nid = "haengt"\nname = "haengt"\n[sources.katalog]\ntype = "slow"\n'
    (tmp_path / "departments" / "haengt.toml").write_text(text, encoding="utf-8")
    async with asyncio.timeout(5), city(tmp_path, gateway=gateway) as running:
        assert (await running.booked())["status"] == "confirmed"
