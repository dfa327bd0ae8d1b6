"""What a gateway leaves out is said: once each in the log at the start, and to monitors for as long as it lasts."""

from pathlib import Path

import pytest

from tests.gateways import DEPARTMENT, GATEWAY, city

OLD = """
from durchwahl.plugin import ServiceCatalogue, SourceSettings, SourceType, hookimpl

class Alt(ServiceCatalogue):
    async def check(self): pass
    async def services(self):
        return
        yield

@hookimpl
def durchwahl_service_catalogues():
    return [SourceType(name="alt", settings=SourceSettings, build=lambda s, t: Alt(), api_version=0)]
"""
MORE = """
[sources.fehlt]
type = "hause"
[sources.aus]
type = "hause"
enabled = false
[sources.schatten]
type = "house"
mode = "shadow"
[sources.pfad]
type = "sheet"
"""


async def test_everything_that_is_left_out_is_said_once_each(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "alt.py").write_text(OLD, encoding="utf-8")
    (tmp_path / "plugins" / "kaputt.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    gateway = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"\nzzz = 1')
    async with city(tmp_path, gateway=gateway, department=DEPARTMENT + MORE) as here:
        said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        for words in (
            "gateway.toml: gateway.zzz: is not a known key.",
            "sources.fehlt.type: no plugin offers the type",
            "sources.pfad.path: Field required.",
            "plugin kaputt: KeyboardInterrupt",
            "plugin alt: was written for API version 0",
        ):
            assert len([line for line in said if words in line]) == 1, (words, said)
        answer = (await here.client.get("/v1/sources")).json()
        states = {f"{one['department']}/{one['name']}": one for one in answer["items"]}
        assert set(states) == {
            "city/raeume", "buergeramt/katalog", "buergeramt/termine", "buergeramt/fehlt", "buergeramt/pfad",
        }  # fmt: skip
        left_out = states["buergeramt/fehlt"]
        assert (left_out["state"], left_out["type"], left_out["retry_after"]) == ("left_out", "hause", None)
        assert left_out["message"] == "It is left out because of a mistake in its configuration: sources.fehlt.type."
        assert states["buergeramt/pfad"]["message"].endswith(": sources.pfad.path.")
        metrics = (await here.client.get("/metrics")).text
        assert 'durchwahl_source_up{source="buergeramt/fehlt"} 0' in metrics
        assert 'durchwahl_source_up{source="buergeramt/termine"} 1' in metrics
        assert "buergeramt/aus" not in metrics
