"""A source that is no longer live: what is booked stays, cancelling is final at once, and nothing is written to it."""

from pathlib import Path

import pytest

from tests.gateways import DEPARTMENT, GATEWAY, bearer, city, key

CALENDAR = """
from pathlib import Path
from durchwahl.plugin import Capabilities, FreeBusyCalendar, Placed, SourceSettings, SourceType, hookimpl

class Kalender(FreeBusyCalendar):
    capabilities = Capabilities(find="by_name")
    def __init__(self, settings, toolbox):
        self._file = toolbox.files.path("written")
        self._file.touch()
    def _write(self, word, name):
        with self._file.open("a") as file:
            file.write(f"{word}\\n")
    async def check(self): pass
    async def busy(self, lanes, window): return {}
    async def occupants(self, lane, interval): return ()
    async def find(self, name, lane, ref): return Placed(name)
    async def ensure(self, name, appointment, ref):
        self._write("ensure", name)
        return Placed(name)
    async def delete(self, name, ref): self._write("delete", name)

@hookimpl
def durchwahl_calendars():
    return [SourceType(name="eigen", settings=SourceSettings, build=Kalender)]
"""
HERE = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
LIVE = DEPARTMENT.replace('type = "house"', 'type = "eigen"')


@pytest.mark.parametrize("mode", ["read_only", "shadow"])
async def test_a_cancellation_waits_for_the_calendar_to_be_live_again_and_not_for_the_citizen(
    tmp_path: Path, mode: str
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "eigen.py").write_text(CALENDAR, encoding="utf-8")
    written = tmp_path / "written"
    async with city(tmp_path, gateway=HERE, department=LIVE) as here:
        booking = await here.booked()
        await here.settled()
        clock = here.clock
    assert written.read_text(encoding="utf-8") == "ensure\n"
    not_live = LIVE.replace('type = "eigen"', f'type = "eigen"\nmode = "{mode}"')
    path = f"/v1/bookings/{booking['id']}"
    wish = {"headers": {**bearer(booking["manage_token"]), **key()}}
    async with city(tmp_path, clock=clock, gateway=HERE, department=not_live) as here:
        answer = await here.client.post(f"{path}/cancel", json={}, **wish)
        assert (answer.status_code, answer.json()["status"]) in ((200, "cancelled"), (202, "cancelled"))
        assert (await here.client.get(path, **wish)).json()["status"] == "cancelled"
        assert written.read_text(encoding="utf-8") == "ensure\n"
        assert (await here.client.get("/v1/services/buergeramt-ummeldung/slots")).json()["items"] == []
    clock.forward(hours=1)
    async with city(tmp_path, clock=clock, gateway=HERE, department=LIVE) as here:
        await here.settled()
        assert len(here.outbox.to("erika@example.org")) == 1
    assert written.read_text(encoding="utf-8") == "ensure\ndelete\n"
