"""The contract of every calendar, against an office in memory; and what each odd answer means."""

import json
import secrets

import httpx
import pytest
import respx
from conftest import OpenToolbox
from office import Office
from plugins.rest_calendar import RestCalendar, RestLane, RestSettings

from durchwahl.plugin import Interval, Invalid, Lane, OutcomeUnknown, Refused, SourceError, Unavailable
from durchwahl.testing.calendar_contract import FreeBusyCalendarContract
from durchwahl.testing.calendar_desk import Desk, minutes

URL = "https://office.example/api"
LANE = Lane("platz-1", settings=RestLane(desk="desk-1"))


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> RestSettings:
    """Return settings as an operator writes them, the secret by reference."""
    monkeypatch.setenv("OFFICE_TOKEN", "s3cret-token")
    return RestSettings.model_validate({"url": URL, "token": {"env": "OFFICE_TOKEN"}})


class Clerk:
    """Somebody who works in the same calendar."""

    def __init__(self, office: Office) -> None:
        self._entries = office.desks["desk-1"]

    async def add(self, interval: Interval) -> str:
        """Put an event in, and return what `remove` needs."""
        event = secrets.token_hex(4)
        start, end = interval.start.isoformat(), interval.end.isoformat()
        self._entries[event] = {"id": event, "start": start, "end": end, "title": "Team"}
        return event

    async def remove(self, event: str) -> None:
        """Take it out again."""
        del self._entries[event]


class TestRestCalendar(FreeBusyCalendarContract):
    """Everything that the gateway relies on."""

    secrets = ("s3cret-token",)

    @pytest.fixture
    def office(self) -> Office:
        """Return the system behind the API."""
        return Office("s3cret-token", "desk-1")

    @pytest.fixture
    def calendar(self, settings: RestSettings, toolbox: OpenToolbox, office: Office) -> RestCalendar:
        """Return the source as the gateway builds it."""

        def network(request: httpx.Request) -> httpx.Response:
            token = request.headers.get("authorization", "")
            status, said = office.answer(request.method, str(request.url), token, request.content)
            return httpx.Response(status, content=b"" if said is None else json.dumps(said))

        return RestCalendar(settings, toolbox(settings, httpx.MockTransport(network)))

    @pytest.fixture
    def lane(self) -> Lane:
        """Return a lane with its settings."""
        return LANE

    @pytest.fixture
    def clerk(self, office: Office) -> Clerk:
        """Return somebody else."""
        return Clerk(office)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "after_reading", "after_writing"),
    [
        (httpx.Response(401), Refused, Refused),
        (httpx.Response(404), Invalid, Invalid),
        (httpx.Response(429, headers={"retry-after": "30"}), Unavailable, Unavailable),
        (httpx.Response(500), Unavailable, OutcomeUnknown),
        (httpx.Response(200, text="<html>"), Invalid, None),
    ],
)
async def test_each_answer_says_what_to_do_next(
    settings: RestSettings,
    toolbox: OpenToolbox,
    answer: httpx.Response,
    after_reading: type[SourceError],
    after_writing: type[SourceError] | None,
) -> None:
    """A read that failed is repeated; a write of unknown outcome is looked up first."""
    router = respx.Router()
    router.route().mock(return_value=answer)
    calendar = RestCalendar(settings, toolbox(settings, httpx.MockTransport(router.async_handler)))
    with pytest.raises(after_reading):
        await calendar.occupants(LANE, minutes(0, 9))
    if after_writing is not None:
        with pytest.raises(after_writing):
            await Desk(calendar, LANE).make("dw-a", minutes(0, 9))
