"""Multistatus answers: lenient where servers differ, strict where it would be dangerous."""

import pytest

from durchwahl_adapters.caldav.answers import (
    AnswerError,
    Resource,
    path_below,
    precondition,
    read_multistatus,
)

CALDAV = 'xmlns:C="urn:ietf:params:xml:ns:caldav"'
HOME = "https://cal.example/amt/platz%201/"


def multistatus(*responses: str, opening: str = '<D:multistatus xmlns:D="DAV:">', before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}{opening}{"".join(responses)}</D:multistatus>'.encode()


def response(
    href: str = "/amt/platz%201/a.ics",
    status: str = "HTTP/1.1 200 OK",
    prop: str = "<D:getetag>1</D:getetag>",
) -> str:
    state = f"<D:status>{status}</D:status>" if status else ""
    propstat = f"<D:propstat><D:prop>{prop}</D:prop>{state}</D:propstat>"
    return f"<D:response><D:href>{href}</D:href>{propstat}</D:response>"


def read(raw: bytes) -> list[Resource]:
    return read_multistatus(raw, collection=HOME)


def test_an_entry_is_read() -> None:
    data = f"<C:calendar-data {CALDAV}><![CDATA[BEGIN:<!DOCTYPE html>]]></C:calendar-data>"
    found = read(multistatus(response(prop=f'<D:getetag>"1"</D:getetag>{data}')))
    assert found == [Resource("a.ics", etag='"1"', calendar="BEGIN:<!DOCTYPE html>")]


def test_a_collection_tells_what_it_is() -> None:
    kind = f"<D:resourcetype><D:collection/><C:calendar {CALDAV}/></D:resourcetype>"
    found = read(multistatus(response(href=HOME, prop=kind)))
    assert found == [Resource("", is_calendar=True, is_collection=True)]


@pytest.mark.parametrize("status", ["HTTP/1.1 200 OK", "HTTP/1.0 200", "HTTP/2 200", "200 OK", ""])
def test_status_lines_are_read_as_they_come(status: str) -> None:
    assert read(multistatus(response(status=status)))[0].etag == "1"


def test_a_property_that_the_server_does_not_have_is_absent() -> None:
    assert read(multistatus(response(status="HTTP/1.1 404 Not Found")))[0].etag is None


def test_any_prefix_and_a_default_namespace_are_read() -> None:
    prop = "<propstat><prop><getetag>1</getetag></prop></propstat>"
    raw = f'<multistatus xmlns="DAV:"><response><href>a.ics</href>{prop}</response></multistatus>'
    assert read(raw.encode()) == [Resource("a.ics", etag="1")]


def test_an_entry_of_its_own_status_keeps_it() -> None:
    gone = "<D:response><D:href>a.ics</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>"
    assert read(multistatus(gone)) == [Resource("a.ics", status=404)]


def test_an_answer_that_was_cut_short_is_refused() -> None:
    status = "<D:status>HTTP/1.1 507 Insufficient Storage</D:status>"
    short = f"<D:response><D:href>{HOME}</D:href>{status}</D:response>"
    with pytest.raises(AnswerError, match="507"):
        read(multistatus(response(), short))


@pytest.mark.parametrize(
    "href",
    [
        "/amt/platz%202/a.ics",
        "/amt/platz%201/../platz%202/a.ics",
        "/amt/platz%201/%2e%2e/platz%202/a.ics",
        "/amt/platz%201/%5c..%5cx",
        "/amt/platz%201/a%0d%0ab.ics",
        "/amt/platz",
        "https://other.example/amt/platz%201/a.ics",
        "http://cal.example/amt/platz%201/a.ics",
        "https://cal.example:8443/amt/platz%201/a.ics",
        "https://cal.example@other.example/amt/platz%201/a.ics",
        "//other.example/amt/platz%201/a.ics",
        "https://cal.example:port/amt/platz%201/a.ics",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_outside_the_collection_is_refused(href: str) -> None:
    with pytest.raises(AnswerError):
        read(multistatus(response(href=href or "/")))


@pytest.mark.parametrize(
    "href",
    ["/amt/platz%201/a.ics", "/amt/platz 1/a.ics", "a.ics", "https://CAL.example:443/amt/platz%201/a.ics"],
)
def test_an_address_inside_is_relative_to_the_collection(href: str) -> None:
    assert path_below(HOME, href) == "a.ics"


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_collection_itself_is_the_empty_path(slash: str) -> None:
    assert path_below(HOME, "/amt/platz%201" + slash) == ""


BOMB = '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [BOMB, FILE, "<!DOCTYPE x>", '<!-- <a --><!DOCTYPE x SYSTEM "http://h/x">'])
def test_a_doctype_is_refused(doctype: str) -> None:
    with pytest.raises(AnswerError, match="DOCTYPE"):
        read(multistatus(response(prop="<D:getetag>1</D:getetag>"), before=doctype))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html><body>Login</body></html>",
        b"{}",
        b"<a>",
        b"<D:multistatus/>",
        multistatus(response(status="HTTP/1.1 fine")),
        multistatus(response(href="&amp;&undefined;")),
        multistatus(response()).decode().replace('<?xml version="1.0"?>', "").encode("utf-16"),
        b"<a>" * 5_000 + b"</a>" * 5_000,
        multistatus("<D:response><D:href>a</D:href></D:response>" * 20_001),
    ],
    ids=["empty", "a page", "JSON", "cut", "no namespace", "no status", "entity", "UTF-16", "deep", "long"],
)
def test_an_answer_that_is_no_multistatus_is_refused(raw: bytes) -> None:
    with pytest.raises(AnswerError):
        read(raw)


def test_a_failed_precondition_is_told_by_its_name() -> None:
    raw = b'<error xmlns="DAV:"><C:no-uid-conflict xmlns:C="urn:ietf:params:xml:ns:caldav"/></error>'
    assert precondition(raw) == "no-uid-conflict"


@pytest.mark.parametrize("raw", [b"", b"Conflict", b"<html/>", b'<error xmlns="DAV:"/>'])
def test_a_body_without_a_precondition_has_none(raw: bytes) -> None:
    assert precondition(raw) is None
