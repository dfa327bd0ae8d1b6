"""The bodies of the two reading requests."""

from datetime import UTC, datetime, timedelta

MARGIN = timedelta(days=1)
"""All-day and floating events have no instant of their own: a server compares them in UTC, or in a zone that
it has set for the collection (RFC 4791 §7.3). Asking a day more at each end and comparing here finds them on
every server."""

_QUERY = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{start}" end="{end}"/>
</C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>"""

PROPFIND = b"""<?xml version="1.0" encoding="utf-8"?>
<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getetag/></D:prop></D:propfind>"""
"""What a resource is, and its version."""


def calendar_query(start: datetime, end: datetime) -> bytes:
    """Return the body of a calendar-query REPORT for the events that touch the half-open span, and some more.

    Both instants are aware. The answer holds whole calendar objects: the server expands no recurrence.
    """
    return _QUERY.format(start=_utc(start - MARGIN), end=_utc(end + MARGIN)).encode()


def _utc(moment: datetime) -> str:
    """Return the form that RFC 4791 §9.9 wants: date with UTC time."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
