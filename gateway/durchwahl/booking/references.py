"""What back ends left behind, as the journal keeps it: JSON, sealed with the booking's key."""

import json

from pydantic import JsonValue

from durchwahl.booking.keys import BookingKey
from durchwahl.store.places import Place

LARGEST_REF = 4_096


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
    if place.ref is None:
        return None
    ref: JsonValue = json.loads(key.unseal(place.ref, f"ref:{place.placement}"))
    return ref
