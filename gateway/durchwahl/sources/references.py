"""Whether what offers name exists: their calendar, lanes, rooms, further calendars, and the back end's own ids."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from durchwahl.errors import Finding
from durchwahl.model.catalogue import ChannelType
from durchwahl.plugin.source_type import SourceKind
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import OfferConfig, Settings, SourceConfig
from durchwahl.sources.resolving import ResolvedSource, validated

FIRST = "Mend it first: another finding says what is wrong with it."


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
    found.extend(_lanes_and_rooms(offer, calendar, settings, sources))
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
        is_blocking = place.startswith("also_busy")
        if key not in settings.sources:
            yield _unknown(offer, at, key, settings)
        elif (source := sources.get(key)) is None or settings.sources[key].table.mode != "live":
            yield from _not_live(offer, at, settings.sources[key], is_blocking=is_blocking, is_sound=source is not None)
        elif is_blocking and source.offered.type.lane_settings and not source.lanes:
            remedy = f"Add [{source.config.place}.lanes.<name>] to {source.config.file}."
            yield Finding(offer.file, at, f'"{key}" has no lanes, so that it blocks nothing.', remedy)
        elif kind not in source.offered.kinds:
            kinds = " and ".join(source.offered.kinds).replace("_", " ")
            yield Finding(offer.file, at, f'"{key}" is a {kinds}, not a {kind.replace("_", " ")}.')


def _unknown(offer: OfferConfig, at: str, key: str, settings: Settings) -> Finding:
    if _is_broken(key, settings):
        return Finding(offer.file, at, f'the source "{key}" is left out.', FIRST, is_consequence=True)
    names = [name.removeprefix(f"{offer.department}/") for name in settings.sources]
    hint = did_you_mean(key.removeprefix(f"{offer.department}/"), names)
    return Finding(offer.file, at, f'there is no source "{key}".', hint or "Write its name, or city/name.")


def _not_live(
    offer: OfferConfig, at: str, config: SourceConfig, *, is_blocking: bool, is_sound: bool
) -> Iterator[Finding]:
    """Yield why a source cannot serve the offer; one that is only read may still say when somebody is busy."""
    mode = config.table.mode
    if not config.table.enabled:
        reason = f'the source "{config.key}" is switched off.'
        yield Finding(offer.file, at, reason, "Set its `enabled` to true.", "warning")
    elif not is_sound:
        yield Finding(offer.file, at, f'the source "{config.key}" cannot be used.', FIRST, is_consequence=True)
    elif mode == "shadow" or not is_blocking:
        reason = f'the source "{config.key}" has the mode "{mode}", so that nothing is booked by this offer.'
        yield Finding(offer.file, at, reason, 'Set it to "live" when it is to be booked.', "warning")


def _lanes_and_rooms(
    offer: OfferConfig, calendar: ResolvedSource, settings: Settings, sources: Mapping[str, ResolvedSource]
) -> Iterator[Finding]:
    at = f"offers.{offer.id.split('/')[1]}"
    for lane in offer.table.lanes:
        if lane not in calendar.lanes and f"{offer.calendar}/{lane}" in settings.broken:
            yield Finding(offer.file, f"{at}.lanes", f'the lane "{lane}" is left out.', FIRST, is_consequence=True)
        elif lane not in calendar.lanes:
            hint = did_you_mean(lane, calendar.lanes)
            yield Finding(offer.file, f"{at}.lanes", f'"{offer.calendar}" has no lane "{lane}".', hint)
    if not calendar.lanes and not calendar.config.lanes and not _has_broken_lanes(offer.calendar, settings):
        remedy = f"Add [sources.{offer.calendar.split('/')[1]}.lanes.<name>] to {calendar.config.file}."
        yield Finding(offer.file, f"{at}.calendar", f'"{offer.calendar}" has no lanes.', remedy)
    platform = sources.get(offer.video) if offer.video else None
    if platform is None or "video_platform" not in platform.offered.kinds:
        return
    if ChannelType.VIDEO not in offer.table.channels or not platform.offered.type.room_settings:
        return
    for lane in offer.table.lanes or tuple(calendar.lanes):
        room = f"{offer.calendar}/{lane}"
        if lane in calendar.lanes and room not in platform.rooms:
            remedy = f'Add "{room}" to {platform.config.place}.rooms in {platform.config.file}.'
            yield Finding(offer.file, f"{at}.video", f'"{offer.video}" has no room for the lane "{room}".', remedy)


def _is_broken(key: str, settings: Settings) -> bool:
    return key in settings.broken or key.split("/", maxsplit=1)[0] in settings.broken


def _has_broken_lanes(calendar: str, settings: Settings) -> bool:
    return any(one.startswith(f"{calendar}/") for one in settings.broken)


def _remote(offer: OfferConfig, calendar: ResolvedSource, found: list[Finding]) -> Any:
    model = calendar.offered.type.offer_settings
    at = f"offers.{offer.id.split('/')[1]}.remote"
    if model is None:
        if offer.table.remote:
            reason = f'the type "{calendar.offered.type.name}" has no settings per offer.'
            found.append(Finding(offer.file, at, reason, "Remove the table."))
        return None
    return validated(model, offer.table.remote, offer.file, at, found)
