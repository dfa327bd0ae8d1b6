"""Which channels a service has, and how we know.

The department's own word (`[services.*]`, its offers) wins over what catalogues say; then come explicit fields,
structured hints and, last, words in a text, which only make a candidate until the department confirms it. An offer is
evidence even while its calendar cannot be used: a service is never hidden because its calendar is down.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from durchwahl.catalogue.ingest import SourcePage
from durchwahl.catalogue.offers import Offer
from durchwahl.model.catalogue import CONSULTATION_CHANNELS, Channel, ChannelType, Evidence, ServiceRecord
from durchwahl.model.text import is_signed
from durchwahl.settings.department import OverlayTable
from durchwahl.settings.resolved import OfferConfig, Settings

TRUST: Mapping[str, int] = {"overlay": 3, "explicit": 2, "structured": 1, "text": 0}


@dataclass
class _Found:
    """What is known of one channel while it is put together."""

    evidence: list[Evidence] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    bookable: bool = False


class Channels:
    """Puts the channels of services together; `offers` are those that can be served now."""

    def __init__(self, settings: Settings, offers: Mapping[str, Offer]) -> None:
        self._settings = settings
        self._offers = offers

    def of(
        self, department: str, slug: str, overlay: OverlayTable, records: Sequence[tuple[SourcePage, ServiceRecord]]
    ) -> tuple[Channel, ...]:
        """Return the channels to a person, each with its evidence in the order of trust."""
        found: dict[ChannelType, _Found] = {}
        for page, record in records:
            for hint in record.channels:
                one = found.setdefault(hint.type, _Found())
                one.evidence.append(Evidence(source=page.source, basis=hint.basis, detail=hint.detail))
                one.languages.extend(hint.languages)
        for config in self._configured(department, slug):
            self._add_offer(config, found)
        for channel, word in overlay.channels.items():
            detail = f"services.{slug}.channels.{channel}: {word}"
            found.setdefault(channel, _Found()).evidence.append(
                Evidence(source=department, basis="overlay", detail=detail)
            )
        return tuple(_channel(kind, found[kind], overlay) for kind in CONSULTATION_CHANNELS if kind in found)

    def _configured(self, department: str, slug: str) -> Iterator[OfferConfig]:
        for config in self._settings.offers.values():
            if config.department == department and slug in config.table.services:
                yield config

    def _add_offer(self, config: OfferConfig, found: dict[ChannelType, _Found]) -> None:
        usable = self._offers.get(config.id)
        place = f"offers.{config.id.split('/')[1]}"
        for channel in config.table.channels:
            one = found.setdefault(channel, _Found())
            one.evidence.append(Evidence(source=config.department, basis="overlay", detail=place))
            if usable is not None:
                one.bookable = True
                one.languages.extend(usable.languages)
            else:
                one.reasons.append(self._why_not(config))

    def _why_not(self, config: OfferConfig) -> str:
        calendar = self._settings.sources.get(config.calendar)
        is_kept_from_writing = calendar is not None and calendar.table.enabled and calendar.table.mode != "live"
        return "read_only" if is_kept_from_writing else "calendar_unavailable"


def _channel(kind: ChannelType, found: _Found, overlay: OverlayTable) -> Channel:
    ranked = tuple(sorted(found.evidence, key=lambda one: -TRUST[one.basis]))
    status = _status(overlay, kind, ranked[0])
    spoken = [tag for tag in found.languages if kind != ChannelType.PHONE or not is_signed(tag)]
    reason = None if found.bookable else (found.reasons or ["no_offer"])[0]
    return Channel(
        type=kind,
        status=status,
        evidence=ranked,
        bookable=found.bookable,
        reason=reason,
        languages=tuple(dict.fromkeys(spoken)) or ("de",),
    )


def _status(overlay: OverlayTable, kind: ChannelType, best: Evidence) -> Literal["confirmed", "candidate", "hidden"]:
    if kind in overlay.channels:
        return overlay.channels[kind]
    return "candidate" if best.basis == "text" else "confirmed"
