"""What a plugin must answer when the journal asks; looked at inside the supervised call, so that a bug is its own."""

import json
from collections.abc import Sequence
from typing import Any

from durchwahl.booking.references import LARGEST_REF
from durchwahl.model.booking import Placed
from durchwahl.model.schedule import Interval, Occupant


def as_placed(answer: Any) -> Placed:
    """Return what a write has left behind.

    Raises:
        TypeError, ValueError: it is no `Placed`, or its ref cannot be kept: no JSON, or larger than 4 KB.
    """
    if not isinstance(answer, Placed):
        raise TypeError(f"a write returned a {type(answer).__name__} instead of a Placed")
    if not isinstance(answer.etag, str | None):
        raise TypeError("an etag is a text or None")
    size = len(json.dumps(answer.ref, allow_nan=False).encode())
    if size > LARGEST_REF:
        raise ValueError(f"a ref of {size} bytes; at most {LARGEST_REF} are kept")
    return answer


def as_found(answer: Any) -> Placed | None:
    """Return what was found, None where there is nothing; raises as `as_placed`."""
    return None if answer is None else as_placed(answer)


def as_occupants(answer: Any) -> Sequence[Occupant]:
    """Return who is there.

    Raises:
        TypeError: it is no sequence of occupants, or one of them has no interval.
    """
    if not isinstance(answer, Sequence) or not all(isinstance(one, Occupant) for one in answer):
        raise TypeError("occupants() returned something else than occupants")
    if not all(isinstance(one.interval, Interval) and isinstance(one.name, str | None) for one in answer):
        raise TypeError("occupants() returned an occupant without an interval, or with a name that is no text")
    return answer
