"""Slots and availabilities as the interface shows them. Times carry the offset of the city's zone."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from durchwahl.availability.busy import SourceState
from durchwahl.availability.slot_token import SlotClaim, SlotSealer
from durchwahl.availability.slots import FreeSlot
from durchwahl.availability.units import instant_of


def sealed(slot: FreeSlot, sealer: SlotSealer, now: datetime) -> str:
    """Return the slot's token; the same slot has the same token within an hour."""
    index = {service: place for place, service in enumerate(slot.offer.services)}
    claim = SlotClaim(
        offer=slot.offer.id,
        start=slot.start,
        channel=slot.channel,
        services=tuple((index[service], count) for service, count in slot.services),
        language=slot.language,
        digest=sealer.digest(slot.offer),
        issued_hour=int(now.timestamp() // 3600),
    )
    return sealer.seal(claim)


def slot(one: FreeSlot, sealer: SlotSealer, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return a free time with its token, for one of the offer's channels."""
    return {
        "slot": sealed(one, sealer, now),
        "start": instant_of(one.start).astimezone(zone).isoformat(),
        "end": instant_of(one.end).astimezone(zone).isoformat(),
        "timezone": str(zone),
        "services": [{"id": service, "count": count} for service, count in one.services],
        "service": one.services[0][0],
        "department": one.offer.department,
        "channel": one.channel,
        "languages": list(one.languages),
        "remaining": one.remaining,
    }


def source_states(states: Mapping[str, SourceState] | Iterable[SourceState]) -> list[dict[str, Any]]:
    """Return how much each source's part of an answer is worth."""
    each = states.values() if isinstance(states, Mapping) else states
    return [
        {
            "department": state.key.split("/")[0],
            "name": state.key.split("/")[1],
            "state": state.state,
            "as_of": state.as_of.isoformat() if state.as_of else None,
            "retry_after": state.retry_after,
        }
        for state in each
    ]


def oldest(states: Mapping[str, SourceState]) -> str:
    """Return since when the whole answer is known to be so."""
    times = [state.as_of for state in states.values() if state.as_of is not None]
    return (min(times) if times else datetime.now(UTC)).isoformat()
