"""Writes the configuration of an invented city: as many departments, services and lanes as a bench needs."""

import csv
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from durchwahl.model.sheet_columns import COLUMNS, column_of
from durchwahl.operate.starting import example_config

SEED = 20_261_122

_GATEWAY = """\
[gateway]
city = "Musterstadt"
public_url = "http://127.0.0.1:{port}/"
holds_per_client = 100000
bookings_per_client = 0
data_dir = "data"
[keys]
installation = [{{ file = "installation.key" }}]
[mail]
sender = "termine@example.org"
[sources.raeume]
type = "manual"
{rooms}"""

_ROOM = """\
[sources.raeume.rooms."{department}/termine/platz-{lane}"]
url = "https://video.example.org/{department}-{lane}"
"""

_DEPARTMENT = """\
[department]
id = "{id}"
name = {{ de = "{id}", en = "{id}" }}
[sources.katalog]
type = "sheet"
path = "departments/{id}.csv"
[sources.termine]
type = "house"
{lanes}{offers}"""

_LANE = """\
[sources.termine.lanes.platz-{lane}]
languages = ["de", "en"]
mail = "{department}-{lane}@example.org"
"""

_OFFER = """\
[offers.offer-{number}]
services = {services}
channels = ["video", "phone"]
calendar = "termine"
video = "city/raeume"
duration = "20min"
hours = {{ {hours} }}
lead = "2h"
horizon = "{days}d"
"""

SERVICES_IN_AN_OFFER = 150
TEXTS = {"kurz": 14, "kurz_en": 14, "beschreibung": 60, "beschreibung_en": 60}
"""Columns of running text, with their length in words."""
LISTS = {"unterlagen": "kurz", "unterlagen_en": "kurz_en"}
"""Columns of lists, and the column whose words they are made of."""


@dataclass(frozen=True)
class City:
    """How large the city is. `days` is how far ahead its calendars are open, every day from 8 to 16 o'clock."""

    departments: int = 1
    services: int = 300
    lanes: int = 4
    days: int = 60

    def write(self, folder: Path, port: int) -> Path:
        """Write everything into `folder` and return the path of `gateway.toml`."""
        (folder / "departments").mkdir(parents=True)
        (folder / "installation.key").write_text("ab" * 32)
        names = [f"amt-{number}" for number in range(1, self.departments + 1)]
        lanes = range(1, self.lanes + 1)
        rooms = "".join(_ROOM.format(department=name, lane=lane) for name in names for lane in lanes)
        file = folder / "gateway.toml"
        file.write_text(_GATEWAY.format(port=port, rooms=rooms), encoding="utf-8")
        for name in names:
            rows = list(_rows(self.services, random.Random(f"{SEED} {name}")))
            _write_sheet(folder / "departments" / f"{name}.csv", rows)
            text = _DEPARTMENT.format(
                id=name,
                lanes="".join(_LANE.format(department=name, lane=lane) for lane in lanes),
                offers="".join(self._offers([row["id"] for row in rows])),
            )
            (folder / "departments" / f"{name}.toml").write_text(text, encoding="utf-8")
        return file

    def _offers(self, slugs: list[str]) -> Iterator[str]:
        hours = ", ".join(f'{day} = ["08:00-16:00"]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
        for first in range(0, len(slugs), SERVICES_IN_AN_OFFER):
            services = str(slugs[first : first + SERVICES_IN_AN_OFFER]).replace("'", '"')
            yield _OFFER.format(number=first, services=services, hours=hours, days=self.days)


def _rows(count: int, chance: random.Random) -> Iterator[dict[str, str]]:
    """Yield rows like those of the example, with texts of their own: words follow each other as they do there."""
    example = [row for file in sorted((example_config() / "departments").glob("*.csv")) for row in _read(file)]
    chains = {column: _chain(row.get(column, "") for row in example) for column in TEXTS}
    for number in range(count):
        row = dict(example[number % len(example)])
        row["id"], row["name"] = f"{row['id'][:50]}-{number}", f"{row['name']} {number}"
        row |= {column: _text(chains[column], length, chance) for column, length in TEXTS.items()}
        row |= {column: "|".join(_text(chains[text], 6, chance) for _ in range(3)) for column, text in LISTS.items()}
        row |= {"formular": "", "formular_name": "", "formular_name_en": ""}
        yield row


def _chain(texts: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return which words follow which; they are joined by blanks."""
    following: dict[str, list[str]] = {}
    for text in texts:
        words = text.split()
        for word, after in pairwise([*words, *words[:1]]):
            following.setdefault(word, []).append(after)
    return following


def _text(following: Mapping[str, Sequence[str]], length: int, chance: random.Random) -> str:
    words = [chance.choice(list(following))]
    while len(words) < length:
        words.append(chance.choice(following[words[-1]]))
    return " ".join(words)


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines, delimiter=";")
        return [{column_of(name) or name: cell or "" for name, cell in row.items()} for row in rows]


def _write_sheet(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
