"""What a list is narrowed by: the interface's own parameters, read kindly, because people type and cut addresses."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from durchwahl.catalogue.search import LONGEST_QUERY
from durchwahl.catalogue.snapshot import Filter, Snapshot
from durchwahl.model.catalogue import CONSULTATION_CHANNELS, Service
from durchwahl.model.text import DEFAULT_LANGUAGE, canonical_tag

MOST_VALUES = 20
"""Of one parameter; no form of ours sends more than one."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted; empty means everything. `has_unknown`: something was asked for that there is not."""

    departments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    q: str = ""
    has_unknown: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the list."""
        return not (self.departments or self.channels or self.languages or self.q)

    @property
    def query(self) -> dict[str, str | Sequence[str]]:
        """The parameters that say the same again."""
        return {"department": self.departments, "channel": self.channels, "language": self.languages, "q": self.q}

    def selected(self, snapshot: Snapshot) -> tuple[Service, ...]:
        """Return the consultations that are wanted; a department stands for those below it, too."""
        return snapshot.select(
            Filter(
                kind=("consultation",),
                department=with_those_below(self.departments, snapshot),
                channel=self.channels,
                language=self.languages,
                q=self.q,
            )
        )


def wanted_from(asked: QueryParams, snapshot: Snapshot) -> Wanted:
    """Return what is wanted; values that there are not are left out, and so are parameters that we do not know."""
    departments, strange = _known(asked, "department", list(snapshot.department_by_id))
    channels, strange_too = _known(asked, "channel", channels_of(snapshot))
    languages, also_strange = _known(asked, "language", languages_of(snapshot))
    words = "".join(character if character.isprintable() else " " for character in asked.get("q", ""))
    return Wanted(
        departments=departments,
        channels=channels,
        languages=languages,
        q=" ".join(words.split())[:LONGEST_QUERY],
        has_unknown=strange or strange_too or also_strange,
    )


def channels_of(snapshot: Snapshot) -> list[str]:
    """Return the channels that some consultation has, those from afar first."""
    there = {str(channel.type) for service in snapshot.services for channel in service.visible_channels}
    return [str(kind) for kind in CONSULTATION_CHANNELS if kind in there]


def languages_of(snapshot: Snapshot) -> list[str]:
    """Return the languages that some consultation has, German first."""
    there = {tag for service in snapshot.services for channel in service.visible_channels for tag in channel.languages}
    return sorted(there, key=lambda tag: (tag != DEFAULT_LANGUAGE, tag))


def with_those_below(departments: Sequence[str], snapshot: Snapshot) -> tuple[str, ...]:
    """Return the departments and all below them; parents stand before their children in every list."""
    found = set(departments)
    for one in snapshot.departments:
        if one.parent in found:
            found.add(one.id)
    return tuple(one.id for one in snapshot.departments if one.id in found)


def _known(asked: QueryParams, name: str, there: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Return the values that there are, each once and in their usual order, and whether others were asked for."""
    given = {_written(value.strip(), name) for value in asked.getlist(name)[:MOST_VALUES]} - {""}
    return tuple(value for value in there if value in given), not given <= set(there)


def _written(value: str, name: str) -> str:
    if name != "language" or not value:
        return value
    try:
        return canonical_tag(value)
    except ValueError:
        return value
