"""Configs with one-file plugins of their own, opened as the gateway opens them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent

from durchwahl.errors import Finding
from durchwahl.operate.loading import load_all
from durchwahl.sources.opening import Sources, open_sources

GATEWAY = """
[gateway]
city = "Teststadt"
public_url = "https://www.example.org/"
plugins_dir = "plugins"
[sources.raeume]
type = "manual"
[sources.raeume.rooms."amt/termine/platz-1"]
url = "https://video.example.org/1"
"""

PLUGIN = """
from typing import Any
from pydantic import BaseModel, field_validator
from durchwahl.plugin import (
    BusyTimes, Capabilities, DeepLink, FreeBusyCalendar, Link, Placed, Secret, ServiceCatalogue, SourceSettings,
    SourceType, Url, hookimpl,
)

class Settings(SourceSettings):
    url: Url | None = None
    password: Secret | None = None
    number: int = 1

class LaneSettings(BaseModel, extra="forbid"):
    collection: str

class OfferSettings(BaseModel, extra="forbid"):
    office: str

class Kalender(FreeBusyCalendar):
    async def check(self): pass
    async def busy(self, lanes, window): return {}
    async def occupants(self, lane, interval): return ()
    async def ensure(self, name, appointment, ref): return Placed()
    async def find(self, name, lane, ref): return None
    async def delete(self, name, ref): pass

class Feiern(BusyTimes):
    async def check(self): pass
    async def busy(self, lanes, window): return {}

class Verweis(DeepLink):
    async def check(self): pass
    async def link(self, offer): return Link("https://x.example/")

TYPES = [
    SourceType(
        name="kalender", settings=Settings, build=lambda s, t: Kalender(),
        lane_settings=LaneSettings, offer_settings=OfferSettings,
    ),
    SourceType(name="feiern", settings=Settings, build=lambda s, t: Feiern()),
    SourceType(name="verweis", settings=Settings, build=lambda s, t: Verweis()),
]

@hookimpl
def durchwahl_calendars():
    return TYPES
"""


@asynccontextmanager
async def opened(
    folder: Path,
    department: str,
    *,
    gateway: str = GATEWAY,
    plugin: str = PLUGIN,
    more_plugin: str = "",
    is_sound: bool = True,
) -> AsyncIterator[Sources]:
    """Open the sources of a department `amt` with one plugin file `test`."""
    (folder / "departments").mkdir()
    (folder / "plugins").mkdir()
    (folder / "gateway.toml").write_text(gateway, encoding="utf-8")
    (folder / "plugins" / "test.py").write_text(dedent(plugin) + dedent(more_plugin), encoding="utf-8")
    text = f'[department]\nid = "amt"\nname = "Amt"\n{department}'
    (folder / "departments" / "amt.toml").write_text(text, encoding="utf-8")
    settings, discovery = load_all(folder / "gateway.toml")
    assert all(one.severity == "warning" for one in settings.findings) is is_sound
    assert all(one.state == "ok" for one in discovery.plugins), [one.reason for one in discovery.plugins]
    sources = open_sources(settings, discovery)
    try:
        yield sources
    finally:
        await sources.aclose()


def only(sources: Sources) -> Finding:
    assert len(sources.findings) == 1, sources.findings
    return sources.findings[0]
