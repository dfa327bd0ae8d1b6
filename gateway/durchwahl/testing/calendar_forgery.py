"""The part of the calendar contract about texts that try to be more than text (CWE-93)."""

import pytest

from durchwahl.plugin import SourceError
from durchwahl.testing.calendar_desk import SEPARATORS, Desk, forged, minutes, new_name


class AgainstForgery:
    """A title may be refused with a `SourceError` or kept as harmless text; it never becomes more."""

    @pytest.mark.asyncio
    @pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
    async def test_a_title_stays_a_title(self, desk: Desk, separator: str) -> None:
        """No line end in it begins a property or an event, with and without `python -O`."""
        name, other, time, elsewhere = new_name(), new_name(), minutes(20, 9), minutes(20, 14)
        try:
            await desk.make(name, time, title=forged(separator, elsewhere, other))
        except SourceError:
            expected: list[str | None] = []
        else:
            expected = [name]
        if [one.name for one in await desk.occupants(time)] != expected:
            pytest.fail("the title freed the appointment's time or passed for another one")
        if await desk.busy(elsewhere) or await desk.calendar.find(other, desk.lane, None) is not None:
            pytest.fail("the title put something else into the calendar")
