"""The CalDAV source: settings, reading, errors, and what it does with what it does not understand."""

import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from durchwahl.plugin import (
    FreeBusyCalendar,
    Interval,
    Invalid,
    Lane,
    Placed,
    Refused,
    SourceError,
    Unavailable,
)
from durchwahl.testing.calendar_desk import Desk, minutes, new_name
from durchwahl_plugins.caldav import CALDAV, CalDavLane, CalDavSettings, build, durchwahl_calendars
from tests.servers.caldav import EVENT
from tests.servers.overwriting import Overwriting, OverwritingClerk
from tests.servers.sources import toolbox_for

URL = "https://cal.example/dav/"
LANE = Lane("platz-1", settings=CalDavLane(collection="platz-1"))


@asynccontextmanager
async def opened(transport: httpx.AsyncBaseTransport, **settings: object) -> AsyncIterator[FreeBusyCalendar]:
    """Open a source on a wire of the test's own."""
    given = CalDavSettings.model_validate({"url": URL, **settings})
    async with toolbox_for(given.origins(), inner=transport) as toolbox:
        yield build(given, toolbox)


def answering(*responses: httpx.Response) -> AbstractAsyncContextManager[FreeBusyCalendar]:
    """Open a source whose server gives these answers, one after the other."""
    rest = list(responses)
    return opened(httpx.MockTransport(lambda request: rest.pop(0)))


def test_the_plugin_offers_one_kind_of_calendar() -> None:
    assert durchwahl_calendars() == [CALDAV]
    assert CALDAV.name == "caldav"


def test_discovery_loads_no_library_of_the_protocol() -> None:
    code = (
        "import sys, durchwahl_plugins.caldav\n"
        "heavy = ('icalendar', 'lxml', 'httpx', 'recurring_ical_events', 'durchwahl_adapters.caldav')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    paths = [str(Path(name).resolve()) for name in ("gateway", "plugins", "adapters")]
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(paths)},
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("url", [URL, "https://cal.example/dav"])
def test_the_folders_address_always_ends_with_a_slash(url: str) -> None:
    assert CalDavSettings(url=url).url == URL


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"url": "ftp://cal.example/"},
        {"url": "https://cal.example/?a=b"},
        {"url": URL, "username": "amt"},
        {"url": URL, "password": {"env": "CALDAV"}},
        {"url": URL, "username": "amt", "password": "clear"},
        {"url": URL, "username": "a:b", "password": {"env": "CALDAV"}},
        {"url": URL, "username": "a\nb", "password": {"env": "CALDAV"}},
        {"url": URL, "collection": "platz-1"},
    ],
)
def test_wrong_settings_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CalDavSettings.model_validate(given)


@pytest.mark.parametrize(
    "collection",
    ["", "/", "/platz-1", "../platz-1", "a/../b", "a//b", "%2e%2e/b", "a%2F..%2Fb", "a?b", "a#b", "a\nb"],
)
def test_a_collection_outside_the_folder_is_refused(collection: str) -> None:
    with pytest.raises(ValidationError):
        CalDavLane(collection=collection)


@pytest.mark.parametrize("collection", ["platz 1", "platz 1/", "platz%201/"])
def test_a_collection_is_kept_decoded_with_a_slash(collection: str) -> None:
    assert CalDavLane(collection=collection).collection == "platz 1/"


async def test_a_collection_with_a_space_is_asked_by_its_encoded_address() -> None:
    server = Overwriting(collections=("/dav/platz 1/",))
    lane = Lane("platz-1", settings=CalDavLane(collection="platz 1"))
    async with opened(server.transport()) as calendar:
        placed = await Desk(calendar, lane).make("dw-a", minutes(0, 9))
        assert [one.name for one in await calendar.occupants(lane, minutes(0, 9))] == ["dw-a"]
    assert placed.ref == {"collection": "platz 1/", "href": "platz 1/dw-a.ics"}


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(401), Refused),
        (httpx.Response(403), Refused),
        (httpx.Response(404), Invalid),
        (httpx.Response(301, headers={"Location": "https://other.example/"}), Invalid),
        (httpx.Response(200, content=b"<html><body>Please log in</body></html>"), Invalid),
        (httpx.Response(207, content=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), Invalid),
        (httpx.Response(500), Unavailable),
        (httpx.Response(503, headers={"Retry-After": "7"}), Unavailable),
    ],
)
@pytest.mark.parametrize("call", ["check", "busy", "occupants"])
async def test_an_answer_to_reading_is_classed_by_what_to_do_next(
    call: str, response: httpx.Response, error: type[SourceError]
) -> None:
    async with answering(response) as calendar:
        calls = {
            "check": calendar.check,
            "busy": lambda: calendar.busy([LANE], minutes(0, 9)),
            "occupants": lambda: calendar.occupants(LANE, minutes(0, 9)),
        }
        with pytest.raises(error):
            await calls[call]()


async def test_a_missing_calendar_is_named() -> None:
    async with answering(httpx.Response(404)) as calendar:
        with pytest.raises(Invalid, match="platz-1/"):
            await calendar.busy([LANE], minutes(0, 9))


async def test_a_missing_password_is_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    account = {"username": "amt", "password": {"env": "NO_SUCH_PASSWORD"}}
    server = Overwriting()
    async with opened(server.transport(), **account) as calendar:
        with pytest.raises(Refused):
            await calendar.check()
    assert server.seen == []


async def test_a_rotated_password_is_used_at_once(tmp_path: Path) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["authorization"])
        return httpx.Response(207, content=b'<multistatus xmlns="DAV:"/>')

    secret = tmp_path / "password"
    account = {"username": "amt", "password": {"file": str(secret)}}
    async with opened(httpx.MockTransport(answer), **account) as calendar:
        for word in ("first", "second"):
            secret.write_text(word, encoding="utf-8")
            await calendar.check()
    assert sent[0] != sent[1]


async def test_each_lane_is_asked_once_and_told_apart() -> None:
    server = Overwriting(collections=("/dav/platz-1/", "/dav/platz-2/"))
    second = Lane("platz-2", settings=CalDavLane(collection="platz-2"))
    await OverwritingClerk(server, "/dav/platz-2/").add(minutes(0, 9))
    async with opened(server.transport()) as calendar:
        assert await calendar.busy([LANE, second], minutes(0, 8, length=120)) == {
            "platz-1": [],
            "platz-2": [minutes(0, 9)],
        }
    assert [method for method, _, _ in server.seen] == ["REPORT", "REPORT"]


async def test_one_lane_that_cannot_be_read_fails_the_call() -> None:
    missing = Lane("platz-9", settings=CalDavLane(collection="platz-9"))
    async with opened(Overwriting().transport()) as calendar:
        with pytest.raises(Invalid, match="platz-9"):
            await calendar.busy([LANE, missing], minutes(0, 9))


async def test_a_lane_that_the_config_no_longer_has_is_invalid() -> None:
    async with opened(Overwriting().transport()) as calendar:
        with pytest.raises(Invalid, match="configuration"):
            await calendar.occupants(Lane("platz-1"), minutes(0, 9))


async def test_an_event_that_is_not_understood_blocks_its_lane_and_is_reported_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Overwriting(objects={"/dav/platz-1/odd.ics": EVENT.format(uid="odd", times="RRULE:FREQ=SECONDLY")})
    window = Interval(minutes(0, 0).start, minutes(60, 0).start)
    with caplog.at_level(logging.WARNING):
        async with opened(server.transport()) as calendar:
            for _ in range(3):
                assert await calendar.busy([LANE], window) == {"platz-1": [window]}
    assert [record.getMessage() for record in caplog.records] == [
        "platz-1/odd.ics counts as busy throughout: an event without readable times (KeyError)"
    ]


async def test_all_day_events_are_busy_at_the_edges_of_their_local_day() -> None:
    times = "DTSTART;VALUE=DATE:20310303"
    server = Overwriting(objects={"/dav/platz-1/a.ics": EVENT.format(uid="a", times=times)})
    async with opened(server.transport()) as calendar:
        assert await calendar.occupants(LANE, minutes(-1, 23, length=5))
        assert await calendar.occupants(LANE, minutes(0, 22, 55, length=5))
        assert not await calendar.occupants(LANE, minutes(0, 23, length=5))


@pytest.mark.parametrize("ref", [None, "x", {}, {"href": 1}, {"href": "../a/dw-a.ics"}, {"href": "platz-1/dw-b.ics"}])
async def test_a_place_that_is_not_ours_is_never_deleted(ref: object) -> None:
    server = Overwriting()
    async with opened(server.transport()) as calendar:
        with pytest.raises(Invalid):
            await calendar.delete("dw-a", ref)  # type: ignore[arg-type]  # hostile on purpose
    assert server.seen == []


async def test_what_stands_under_our_name_but_is_not_ours_is_not_found() -> None:
    text = EVENT.format(uid="x", times="DTSTART:20310303T090000Z")
    server = Overwriting(objects={"/dav/platz-1/dw-a.ics": text})
    async with opened(server.transport()) as calendar:
        assert await calendar.find("dw-a", LANE, None) is None


async def test_what_is_found_is_what_was_placed() -> None:
    async with opened(Overwriting().transport()) as calendar:
        name = new_name()
        placed = await Desk(calendar, LANE).make(name, minutes(0, 9))
        assert await calendar.find(name, LANE, None) == placed
        assert await calendar.find(name, LANE, placed.ref) == placed
    assert placed == Placed({"collection": "platz-1/", "href": f"platz-1/{name}.ics"}, placed.etag)
    assert placed.etag is not None
