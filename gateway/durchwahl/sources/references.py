"""Whether what offers name exists: their calendar, lanes, rooms, further calendars, and the back end's own ids."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from durchwahl.errors import Finding
from durchwahl.model.catalogue import ChannelType
from durchwahl.plugin.source_type import SourceKind
from durchwahl.settings.findings import did_you_mean, from_validation
from durchwahl.settings.resolved import OfferConfig, Settings
from durchwahl.sources.resolving import ResolvedSource


@dataclass(frozen=True)
class SoundOffer:
    """An offer all of whose names lead somewhere; `remote` is the instance of the type's `offer_settings`."""

    config: OfferConfig
    lanes: tuple[str, ...]
    remote: Any


def sound_offers(
    settings: Settings, sources: Mapping[str, ResolvedSource]
) -> tuple[dict[str, SoundOffer], list[Finding]]:
    """Return the offers that can be served, and what is wrong with the others, those left out already included."""
    sound: dict[str, SoundOffer] = {}
    findings: list[Finding] = []
    for offer in settings.offers.values():
        found, remote = _mistakes(offer, settings, sources)
        findings.extend(found)
        calendar = sources.get(offer.calendar)
        if calendar is not None and not found:
            sound[offer.id] = SoundOffer(offer, offer.table.lanes or tuple(calendar.lanes), remote)
    for offer in settings.left_out.values():
        findings.extend(_mistakes(offer, settings, sources)[0])
    return sound, findings


def _mistakes(
    offer: OfferConfig, settings: Settings, sources: Mapping[str, ResolvedSource]
) -> tuple[list[Finding], Any]:
    """Return what is wrong with the names that an offer uses, and its validated `remote`."""
    found = list(_named_sources(offer, settings, sources))
    calendar = sources.get(offer.calendar)
    if calendar is None or "calendar" not in calendar.offered.kinds:
        return found, None
    found.extend(_lanes_and_rooms(offer, calendar, sources))
    return found, _remote(offer, calendar, found)


def _named_sources(offer: OfferConfig, settings: Settings, sources: Mapping[str, ResolvedSource]) -> Iterator[Finding]:
    wanted: list[tuple[str, str, SourceKind]] = []
    if offer.calendar:  # an offer that was left out may lack it
        wanted.append(("calendar", offer.calendar, "calendar"))
    if offer.video is not None:
        wanted.append(("video", offer.video, "video_platform"))
    wanted.extend((f"also_busy[{index}]", key, "calendar") for index, key in enumerate(offer.also_busy))
    for place, key, kind in wanted:
        at = f"offers.{offer.id.split('/')[1]}.{place}"
        if key not in settings.sources:
            names = [name.removeprefix(f"{offer.department}/") for name in settings.sources]
            hint = did_you_mean(key.removeprefix(f"{offer.department}/"), names)
            yield Finding(offer.file, at, f'there is no source "{key}".', hint or "Write its name, or city/name.")
        elif not settings.sources[key].table.enabled:
            remedy = "Set its `enabled` to true."
            yield Finding(offer.file, at, f'the source "{key}" is switched off.', remedy, "warning")
        elif (source := sources.get(key)) is None:
            yield Finding(offer.file, at, f'the source "{key}" cannot be used.', "Mend the source first.")
        elif kind not in source.offered.kinds:
            kinds = " and ".join(source.offered.kinds).replace("_", " ")
            yield Finding(offer.file, at, f'"{key}" is a {kinds}, not a {kind.replace("_", " ")}.')


def _lanes_and_rooms(
    offer: OfferConfig, calendar: ResolvedSource, sources: Mapping[str, ResolvedSource]
) -> Iterator[Finding]:
    at = f"offers.{offer.id.split('/')[1]}"
    for lane in offer.table.lanes:
        if lane not in calendar.lanes:
            hint = did_you_mean(lane, calendar.lanes)
            yield Finding(offer.file, f"{at}.lanes", f'"{offer.calendar}" has no lane "{lane}".', hint)
    if not calendar.lanes:
        remedy = f"Add [sources.{offer.calendar.split('/')[1]}.lanes.<name>] to {calendar.config.file}."
        yield Finding(offer.file, f"{at}.calendar", f'"{offer.calendar}" has no lanes.', remedy)
    platform = sources.get(offer.video) if offer.video else None
    if platform is None or "video_platform" not in platform.offered.kinds:
        return
    if ChannelType.VIDEO not in offer.table.channels or not platform.offered.type.room_settings:
        return
    for lane in offer.table.lanes or tuple(calendar.lanes):
        room = f"{offer.calendar}/{lane}"
        if room not in platform.rooms:
            remedy = f'Add "{room}" to {platform.config.place}.rooms in {platform.config.file}.'
            yield Finding(offer.file, f"{at}.video", f'"{offer.video}" has no room for the lane "{room}".', remedy)


def _remote(offer: OfferConfig, calendar: ResolvedSource, found: list[Finding]) -> Any:
    model = calendar.offered.type.offer_settings
    at = f"offers.{offer.id.split('/')[1]}.remote"
    if model is None:
        if offer.table.remote:
            reason = f'the type "{calendar.offered.type.name}" has no settings per offer.'
            found.append(Finding(offer.file, at, reason, "Remove the table."))
        return None
    try:
        return model.model_validate(offer.table.remote)
    except ValidationError as error:
        found.extend(from_validation(error, file=offer.file, key=at, model=model))
        return None
