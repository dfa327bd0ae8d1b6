"""What all worlds of a kind share: a configuration, its offers and its catalogue, read once per process."""

from dataclasses import dataclass
from functools import cache

from durchwahl.availability.calendar import OpeningTimes
from durchwahl.availability.slot_token import SlotSealer
from durchwahl.booking.keys import KeyRing
from durchwahl.catalogue.offers import Offer, offers_from
from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.plugin import Capabilities
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import discover
from durchwahl.sources.opening import OpenSource, open_sources
from tests.catalogue.catalogues import page, record, snapshot_of
from tests.folders import folder_until_exit
from tests.gateways import write_config

CALENDAR, HOUSE, PLATFORM = "buergeramt/termine", "buergeramt/haus", "city/raeume"
KEYS = [bytes(range(32))]

GATEWAY = """
[gateway]
city = "Teststadt"
timezone = "Europe/Berlin"
public_url = "http://gateway.test/"
data_dir = "data"
holds_per_client = 1000
bookings_per_client = 1000
bookings_per_contact = 0
reconcile_interval = "6h"
[keys]
installation = [{ file = "installation.key" }]
[sources.raeume]
type = "room"
"""

DEPARTMENT = """
[department]
id = "buergeramt"
name = "Bürgeramt"
[sources.katalog]
type = "sheet"
path = "departments/buergeramt.csv"
[sources.termine]
type = "house"
[sources.termine.lanes.platz-1]
mail = "platz-1@teststadt.example"
[sources.termine.lanes.platz-2]
[sources.haus]
type = "house"
[sources.haus.lanes.platz-3]
[offers.draussen]
services = ["meldebescheinigung"]
channels = ["video", "phone"]
calendar = "termine"
video = "city/raeume"
duration = "20min"
hours = { mon = ["09:00-10:00"], tue = ["09:00-10:00"], sun = ["01:30-03:30"] }
lead = "1h"
horizon = "3d"
reminder = "12h"
[offers.bestaetigt]
services = ["fuehrungszeugnis"]
channels = ["phone"]
calendar = "termine"
verify_email = true
duration = "20min"
hours = { tue = ["09:00-10:00"] }
lead = "1h"
horizon = "3d"
reminder = "12h"
[offers.hausintern]
services = ["ummeldung"]
channels = ["phone"]
calendar = "haus"
duration = "20min"
hours = { mon = ["09:00-10:00"], tue = ["09:00-10:00"] }
lead = "1h"
horizon = "3d"
reminder = "12h"
"""


@dataclass(frozen=True)
class Town:
    """A configuration, opened. `sources` are templates: a world puts its own systems in their place."""

    settings: Settings
    sources: dict[str, OpenSource]
    offers: dict[str, Offer]
    snapshot: Snapshot
    opening_times: OpeningTimes
    sealer: SlotSealer
    keys: KeyRing


ABILITIES = (
    Capabilities(find="by_name", conditional_create=True),
    Capabilities(find="by_name"),
    Capabilities(find="by_marker"),
    Capabilities(find="by_ref"),
    Capabilities(find="none"),
)
"""What a calendar may be able to do; a world draws one."""


@cache
def the_town() -> Town:
    """Return the town; its files are gone when the process ends."""
    settings = load(write_config(folder_until_exit("town"), gateway=GATEWAY, department=DEPARTMENT))
    assert settings.findings == (), settings.findings
    sources = open_sources(settings, discover())
    assert not sources.findings, sources.findings
    offers = offers_from(settings, sources)
    names = ("meldebescheinigung", "fuehrungszeugnis", "ummeldung")
    return Town(
        settings=settings,
        sources=sources.open,
        offers=offers,
        snapshot=snapshot_of(settings, page(*(record(name) for name in names), source="buergeramt/katalog")),
        opening_times=OpeningTimes(zone=settings.zone, folder=settings.folder, holidays=None),
        sealer=SlotSealer(KEYS),
        keys=KeyRing(KEYS),
    )
