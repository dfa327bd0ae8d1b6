"""What back ends left behind, as the journal keeps it: JSON, sealed with the booking's key."""

import json

from pydantic import JsonValue

from durchwahl.booking.keys import BookingKey
from durchwahl.store.places import Place

LARGEST_REF = 4_096
_BEGUN = b"begun "
"""No JSON begins like this."""


def sealed_ref(key: BookingKey, place: Place, ref: JsonValue) -> bytes:
    """Return the ref as it is kept.

    Raises:
        ValueError: larger than a ref may be; a plugin's mistake.
    """
    plain = json.dumps(ref, separators=(",", ":")).encode()
    if len(plain) > LARGEST_REF:
        raise ValueError(f"a ref of {len(plain)} bytes; at most {LARGEST_REF} are kept")
    return key.seal(plain, f"ref:{place.placement}")


def opened_ref(key: BookingKey, place: Place) -> JsonValue:
    """Return the ref, None before the first write."""
    plain = _plain(key, place)
    if plain is None or plain.startswith(_BEGUN):
        return None
    ref: JsonValue = json.loads(plain)
    return ref


def sealed_beginning(key: BookingKey, place: Place, now: int) -> bytes:
    """Return what is kept in the ref's place while a first write is under way, with its time in milliseconds.

    In systems that cannot be asked by name it is kept before the write: after a crash nobody else could tell that
    something may have been written. In others it is kept when the answer was lost.
    """
    return key.seal(_BEGUN + str(now).encode(), f"ref:{place.placement}")


def begun_at(key: BookingKey, place: Place) -> int | None:
    """Return when a first write was begun of which nobody has heard the end, None where there is none."""
    plain = _plain(key, place)
    return int(plain.removeprefix(_BEGUN)) if plain is not None and plain.startswith(_BEGUN) else None


def _plain(key: BookingKey, place: Place) -> bytes | None:
    return None if place.ref is None else key.unseal(place.ref, f"ref:{place.placement}")
