"""Short histories, written out by tests: one booking of one lane, at nine."""

from typing import Any

from durchwahl.audit.history import Entry, Line, Looked, Operation, Standing
from durchwahl.audit.invariants import violations
from durchwahl.audit.timeline import timeline_of

NINE, TEN = 9 * 3_600_000, 10 * 3_600_000
CALENDAR = "amt/termine"
READ = (CALENDAR, "city/raeume")


def booked(booking: str = "a", **more: Any) -> Operation:
    """A booking that was confirmed, asked at 1 and answered at 2."""
    plain: dict[str, Any] = {"asked": "book", "invoked": 1, "returned": 2, "outcome": "ok", "state": "confirmed"}
    return Operation(**{**plain, "booking": booking, "status": 201, **more})


def cancelled(booking: str = "a", **more: Any) -> Operation:
    """Its cancelling, asked at 3 and answered at 4."""
    return booked(booking, **{"asked": "cancel", "invoked": 3, "returned": 4, "state": "cancelled", **more})


def stands(booking: str = "a", **more: Any) -> Standing:
    """The booking as the journal has it."""
    plain: dict[str, Any] = {
        "state": "confirmed", "source": CALENDAR, "lane": "platz-1", "first": NINE, "last": TEN,
        "starts": NINE, "ends": TEN, "names": (f"dw-{booking}",),
    }  # fmt: skip
    return Standing(booking, **{**plain, **more})


def entry(booking: str = "a", **more: Any) -> Entry:
    """The booking's appointment as the calendar has it."""
    plain: dict[str, Any] = {"lane": "platz-1", "first": NINE, "last": TEN, "starts": NINE, "ends": TEN}
    return Entry(CALENDAR, f"dw-{booking}", **{**plain, **more})


def looked(at: int = 100, *, is_quiet: bool = True, complete: tuple[str, ...] = READ) -> Looked:
    """The moment from which the lines say how things stand."""
    return Looked(at, complete, is_quiet)


def wrong_with(*lines: Line) -> list[str]:
    """Return the numbers of the invariants that a history breaks."""
    return [one.invariant for one in violations(timeline_of(lines))]
