"""Making sure that one appointment stands in its place, whatever was there and whoever else writes."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from durchwahl.plugin import Invalid, SourceError, Toolbox, Unavailable
from durchwahl_adapters.caldav.client import CalendarObject, Clash, DavClient, UnexpectedAnswer
from durchwahl_adapters.caldav.spans import SUFFIX, own_name
from durchwahl_adapters.caldav.writing import Entry, Stored, read_stored, written
from durchwahl_plugins.caldav.meaning import NO_RIGHTS

ROUNDS = 3
_LONG_AGO = datetime(2000, 1, 3, 9, tzinfo=UTC)
_REMEDY = (
    "%s overwrites in spite of `If-None-Match: *`, as SOGo and Zimbra do: each appointment is read before it"
    " is written. Let nobody else write events named dw-*.ics into it, and run one gateway only."
)


async def place(dav: DavClient, url: str, entry: Entry, *, conditional: bool) -> str | None:
    """Make sure that the entry stands at `url`, and return its ETag, None where the server has none.

    A conditional server is asked to create first, and what it answers decides; another one is read first.

    Raises:
        Invalid: something that is not ours stands there.
        Unavailable: it changed again each time that it was read.
    """
    found = None if conditional else await dav.get(url)
    for _ in range(ROUNDS):
        stored = _ours(found, url, entry) if found else None
        if found and stored and stored.looks_like(entry):
            return found.etag
        try:
            etag = await _write(dav, url, entry, found, stored)
        except Clash:
            found = await dav.get(url)
            continue
        return etag or await _etag(dav, url)
    raise Unavailable("The appointment was changed by somebody else at the same time.", detail=url)


async def _etag(dav: DavClient, url: str) -> str | None:
    """Read back the version of what has been written; that this fails does not undo the writing."""
    try:
        kept = await dav.get(url)
    except (SourceError, UnexpectedAnswer):
        return None
    return kept.etag if kept else None


async def _write(
    dav: DavClient, url: str, entry: Entry, found: CalendarObject | None, stored: Stored | None
) -> str | None:
    if found is None or stored is None:
        return await dav.put_if_none_match(url, written(entry))
    # A calendar program takes the higher SEQUENCE for the later version (RFC 5546 §2.1.5): ours must have it.
    later = entry.sequence if stored.sequence < entry.sequence else stored.sequence + 1
    return await dav.put_if_match(url, written(replace(entry, sequence=later)), found.etag)


def _ours(found: CalendarObject, url: str, entry: Entry) -> Stored:
    if own_name(url, found.text) != entry.name:
        message = "Something else stands in the calendar under the appointment's name."
        raise Invalid(message, detail=f"{url} holds an event that the gateway did not write")
    return read_stored(found.text, zone=entry.zone)


def tried_key(collection: str) -> str:
    """Return where the memory keeps "yes" or "no" for a collection's URL."""
    return f"conditional:{collection}"


async def refuses_twice(dav: DavClient, collection: str, toolbox: Toolbox) -> bool:
    """Whether the collection refuses to create the same address twice; found out once and kept in the memory.

    An event of the year 2000 with a random name is created twice and deleted again.
    """
    known = toolbox.memory.get(tried_key(collection))
    if known is None:
        known = "yes" if await _try_twice(dav, collection, toolbox) else "no"
        toolbox.memory.set(tried_key(collection), known)
        if known == "no":
            toolbox.log.warning(_REMEDY, collection)
    return known == "yes"


async def _try_twice(dav: DavClient, collection: str, toolbox: Toolbox) -> bool:
    name = f"dw-probe-{secrets.token_hex(8)}"
    end = _LONG_AGO + timedelta(minutes=5)
    entry = Entry(name, _LONG_AGO, end, "UTC", "Durchwahl", "", 0, toolbox.clock())
    url = f"{collection}{name}{SUFFIX}"
    try:
        await dav.put_if_none_match(url, written(entry))
    except UnexpectedAnswer as answer:
        if answer.precondition in NO_RIGHTS:
            raise
        return False  # a server may refuse the past (RFC 4791 §5.2.6 min-date-time): not known is not safe
    try:
        await dav.put_if_none_match(url, written(replace(entry, sequence=1)))
    except Clash:
        return True
    else:
        return False
    finally:
        await _clear(dav, url, toolbox)


async def _clear(dav: DavClient, url: str, toolbox: Toolbox) -> None:
    """Delete the trial; where that fails the answer is known all the same, and the operator is told."""
    try:
        await dav.delete(url)
    except (SourceError, UnexpectedAnswer) as error:
        toolbox.log.warning("the trial event %s could not be deleted: %s", url, error)
