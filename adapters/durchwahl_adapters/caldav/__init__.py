"""CalDAV (RFC 4791): ask what stands in a calendar collection, and keep single appointments in it.

    requests.py    bodies of REPORT and PROPFIND
    answers.py     multistatus XML to typed records, hostile answers refused
    lines.py       iCalendar as lines of text, reduced to what decides about times
    events.py      iCalendar text to busy spans
    tzids.py       which zone a TZID means
    recurrence.py  the occurrences of a recurring event, within bounds
    spans.py       what stands in a whole collection, ours told from others'
    writing.py     one appointment to iCalendar text and back
    zones.py       VTIMEZONE from the time zone database
    client.py      the calls, over a given `httpx.AsyncClient`

Only calendar-query is used, never free-busy-query: Radicale needs seconds for four weeks of it, SOGo,
Open-Xchange, iCloud and GMX refuse it. Recurrences are expanded here, because servers differ in `expand` too.
"""
