"""Making sure that an appointment stands, against servers and people that get in the way."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from durchwahl.plugin import FreeBusyCalendar, Invalid, Lane, OutcomeUnknown, Refused, Unavailable
from durchwahl.testing.calendar_desk import Desk, minutes
from durchwahl_plugins.caldav import CalDavLane, CalDavSettings, build
from tests.servers.caldav import EVENT
from tests.servers.overwriting import Overwriting
from tests.servers.sources import toolbox_for

LANE = Lane("platz-1", settings=CalDavLane(collection="platz-1"))
NAME = "dw-abcdefghijklmnopqrstuvwx"
PATH = f"/dav/platz-1/{NAME}.ics"
TIME = minutes(0, 9)


@pytest.fixture
def server() -> Overwriting:
    return Overwriting(keeps_conditions=True)


@pytest.fixture
async def calendar(server: Overwriting) -> AsyncIterator[FreeBusyCalendar]:
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        yield build(settings, toolbox)


@pytest.fixture
def desk(calendar: FreeBusyCalendar) -> Desk:
    return Desk(calendar, LANE)


def writes(server: Overwriting) -> list[tuple[str, str | None]]:
    """Return method and condition of every write to our own address."""
    return [(method, condition) for method, path, condition in server.seen if path == PATH and method != "GET"]


async def test_a_first_appointment_is_created_under_its_name(server: Overwriting, desk: Desk) -> None:
    await desk.make(NAME, TIME)
    assert writes(server) == [("PUT", "*")]


async def test_a_collection_is_tried_once_and_left_as_it_was(server: Overwriting, desk: Desk) -> None:
    for name in ("dw-a", "dw-b"):
        await desk.make(name, TIME)
    assert sorted(server.objects) == ["/dav/platz-1/dw-a.ics", "/dav/platz-1/dw-b.ics"]
    probes = [method for method, path, _ in server.seen if "probe" in path]
    assert probes == ["PUT", "PUT", "DELETE"]


async def test_a_server_that_overwrites_is_found_out_and_named_once(
    server: Overwriting, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    server.keeps_conditions = False
    with caplog.at_level(logging.WARNING):
        for name in ("dw-a", "dw-b"):
            await desk.make(name, TIME)
    assert [record.getMessage().split(" in spite")[0] for record in caplog.records] == [
        "https://cal.example/dav/platz-1/ overwrites"
    ]
    assert not (await desk.calendar.probe(())).conditional_create


async def test_a_server_that_keeps_conditions_is_said_to(desk: Desk) -> None:
    await desk.make(NAME, TIME)
    assert (await desk.calendar.probe(())).conditional_create


async def test_a_server_that_overwrites_is_read_before_it_is_written(server: Overwriting, desk: Desk) -> None:
    server.keeps_conditions = False
    await desk.make(NAME, TIME)
    ours = [method for method, path, _ in server.seen if path == PATH]
    assert ours[:2] == ["GET", "PUT"]


@pytest.mark.parametrize("keeps_conditions", [True, False])
async def test_somebody_elses_object_under_our_name_is_never_overwritten(
    server: Overwriting, desk: Desk, keeps_conditions: bool
) -> None:
    server.keeps_conditions = keeps_conditions
    theirs = EVENT.format(uid="x", times="DTSTART:20310303T090000Z")
    server.objects[PATH] = theirs
    with pytest.raises(Invalid, match="Something else"):
        await desk.make(NAME, TIME)
    assert server.objects[PATH] == theirs


async def test_a_moved_appointment_replaces_exactly_the_version_that_was_read(server: Overwriting, desk: Desk) -> None:
    placed = await desk.make(NAME, TIME)
    await desk.make(NAME, minutes(0, 14), sequence=1, ref=placed.ref)
    assert writes(server) == [("PUT", "*"), ("PUT", "*"), ("PUT", placed.etag)]
    assert "SEQUENCE:1" in server.objects[PATH]


async def test_a_clerks_change_is_undone_with_a_later_sequence(server: Overwriting, desk: Desk) -> None:
    await desk.make(NAME, TIME, sequence=2)
    moved = server.objects[PATH].replace("T100000", "T110000").replace("T102000", "T112000")
    server.objects[PATH] = moved.replace("SEQUENCE:2", "SEQUENCE:7")
    await desk.make(NAME, TIME, sequence=2)
    assert "SEQUENCE:8" in server.objects[PATH]
    assert [one.interval for one in await desk.occupants(TIME)] == [TIME]


async def test_a_clerk_who_only_looked_changes_nothing(server: Overwriting, desk: Desk) -> None:
    await desk.make(NAME, TIME)
    seen = server.objects[PATH].replace("SEQUENCE:0", "SEQUENCE:1\r\nX-MOZ-LASTACK:20310101T000000Z")
    server.objects[PATH] = seen
    await desk.make(NAME, TIME)
    assert server.objects[PATH] == seen


async def test_an_appointment_moves_to_another_lane_under_its_name(server: Overwriting, desk: Desk) -> None:
    server.collections = ("/dav/platz-1/", "/dav/platz-2/")
    placed = await desk.make(NAME, TIME)
    other = Desk(desk.calendar, Lane("platz-2", settings=CalDavLane(collection="platz-2")))
    await other.make(NAME, TIME, ref=placed.ref)
    assert list(server.objects) == [f"/dav/platz-2/{NAME}.ics"]


async def test_a_tentative_appointment_is_placed_as_one(server: Overwriting, desk: Desk) -> None:
    placed = await desk.calendar.ensure(NAME, replace(desk.appointment(TIME), tentative=True), None)
    assert placed.state == "tentative"
    assert "STATUS:TENTATIVE" in server.objects[PATH]
    await desk.make(NAME, TIME, ref=placed.ref)
    assert "STATUS:CONFIRMED" in server.objects[PATH]


class Changing(Overwriting):
    """Somebody changes our object after each time that it is read."""

    def get(self, path: str, request: httpx.Request) -> httpx.Response:
        response = super().get(path, request)
        if path in self.objects:
            self.objects[path] += "\r\n"
        return response


async def test_an_appointment_that_changes_all_the_time_is_given_up(calendar: FreeBusyCalendar, desk: Desk) -> None:
    server = Changing(keeps_conditions=True)
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        desk = Desk(build(settings, toolbox), LANE)
        await desk.make(NAME, TIME)
        with pytest.raises(Unavailable, match="somebody else"):
            await desk.make(NAME, minutes(0, 14), sequence=1)


class Answering(Overwriting):
    """Answers every PUT to our own address with the same response; everything else as usual."""

    response: httpx.Response = httpx.Response(500)

    def put(self, path: str, request: httpx.Request) -> httpx.Response:
        return super().put(path, request) if "probe" in path else self.response


CONFLICT = b'<error xmlns="DAV:"><no-uid-conflict xmlns="urn:ietf:params:xml:ns:caldav"/></error>'
TOO_LARGE = b'<error xmlns="DAV:"><max-resource-size xmlns="urn:ietf:params:xml:ns:caldav"/></error>'
NO_RIGHT = b'<error xmlns="DAV:"><need-privileges/></error>'


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(500), OutcomeUnknown),
        (httpx.Response(507), OutcomeUnknown),
        (httpx.Response(429), Unavailable),
        (httpx.Response(401), Refused),
        (httpx.Response(403), Refused),
        (httpx.Response(403, content=NO_RIGHT), Refused),
        (httpx.Response(403, content=TOO_LARGE), Invalid),
        (httpx.Response(409), Invalid),
        (httpx.Response(409, content=CONFLICT), Unavailable),
        (httpx.Response(400), Invalid),
        (httpx.Response(302), Invalid),
    ],
    ids=lambda value: str(value.status_code) if isinstance(value, httpx.Response) else value.__name__,
)
async def test_an_answer_to_writing_is_classed_by_what_to_do_next(
    response: httpx.Response, error: type[Exception]
) -> None:
    server = Answering(keeps_conditions=True)
    server.response = response
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        with pytest.raises(error):
            await Desk(build(settings, toolbox), LANE).make(NAME, TIME)


class Past(Overwriting):
    """Refuses events of the past (RFC 4791 §5.2.6)."""

    def put(self, path: str, request: httpx.Request) -> httpx.Response:
        body = b'<error xmlns="DAV:"><min-date-time xmlns="urn:ietf:params:xml:ns:caldav"/></error>'
        past = b"DTSTART:2000" in request.content
        return httpx.Response(403, content=body) if past else super().put(path, request)


async def test_a_server_that_refuses_the_past_is_not_trusted_with_conditions() -> None:
    server = Past(keeps_conditions=True)
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        await Desk(build(settings, toolbox), LANE).make(NAME, TIME)
    assert [method for method, path, _ in server.seen if path == PATH][:2] == ["GET", "PUT"]


class Keeping(Overwriting):
    """Does not delete."""

    refusal: httpx.Response = httpx.Response(500)

    def drop(self, path: str, request: httpx.Request) -> httpx.Response:
        return self.refusal


async def test_a_trial_that_cannot_be_deleted_does_not_fail_the_appointment(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Keeping(keeps_conditions=True)
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        with caplog.at_level(logging.WARNING):
            await Desk(build(settings, toolbox), LANE).make(NAME, TIME)
    assert "could not be deleted" in caplog.text
    assert PATH in server.objects


@pytest.mark.parametrize("name", ["", "a/b", "../a", "a\r\nb", "a b", ".ics"])
async def test_a_name_that_cannot_be_one_is_refused_before_anything_is_sent(
    server: Overwriting, desk: Desk, name: str
) -> None:
    with pytest.raises(Invalid, match="name"):
        await desk.make(name, TIME)
    assert server.seen == []


class Closed(Overwriting):
    """Lets nobody write."""

    def put(self, path: str, request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, content=NO_RIGHT)


async def test_a_calendar_that_may_not_be_written_is_refused_at_the_trial() -> None:
    server = Closed()
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        with pytest.raises(Refused):
            await Desk(build(settings, toolbox), LANE).make(NAME, TIME)
    assert [method for method, _, _ in server.seen] == ["PUT"]


class Unreadable(Overwriting):
    """Keeps what is written, but does not give it back."""

    def get(self, path: str, request: httpx.Request) -> httpx.Response:
        return httpx.Response(503)


async def test_a_version_that_cannot_be_read_back_does_not_fail_the_appointment() -> None:
    server = Unreadable(keeps_conditions=True)
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        placed = await Desk(build(settings, toolbox), LANE).make(NAME, TIME)
    assert (placed.etag, PATH in server.objects) == (None, True)


async def test_an_old_place_that_cannot_be_left_makes_the_outcome_unknown() -> None:
    server = Keeping(keeps_conditions=True, collections=("/dav/platz-1/", "/dav/platz-2/"))
    settings = CalDavSettings(url="https://cal.example/dav/")
    async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
        calendar = build(settings, toolbox)
        placed = await Desk(calendar, LANE).make(NAME, TIME)
        other = Desk(calendar, Lane("platz-2", settings=CalDavLane(collection="platz-2")))
        server.refusal = httpx.Response(429)
        with pytest.raises(OutcomeUnknown):
            await other.make(NAME, TIME, ref=placed.ref)
