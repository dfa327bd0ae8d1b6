#!/usr/bin/env python3
"""Make the two font files of the pages: subsets of the Fira Sans that comes with KERN, under another name.

Needed only when the set of letters changes. It needs `pip install fonttools brotli`, which nothing else here does.
"""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ORIGINALS = ROOT / "styles" / "node_modules" / "@kern-ux" / "native" / "dist" / "fonts" / "fira-sans"
TARGET = ROOT / "gateway" / "durchwahl" / "web" / "portal" / "static" / "fonts"
FAMILY = "Durchwahl Sans"
WEIGHTS = ("Regular", "SemiBold")

LETTERS = (
    "U+0020-007E,U+00A0-017F,U+0218-021B,U+1E9E"  # Latin as all of Europe writes it, Sorbian and Turkish included
    ",U+01A0-01A1,U+01AF-01B0,U+0300-0304,U+0309,U+0323,U+1EA0-1EF9"  # Vietnamese
    ",U+2010-2015,U+2018-201E,U+2020,U+2022,U+2026,U+202F,U+2030,U+2039,U+203A,U+20AC,U+2190-2193,U+2212"
)
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "case", "lnum", "tnum"]
_FAMILY, _FULL, _POSTSCRIPT, _UNIQUE, _TYPOGRAPHIC, _TRADEMARK = 1, 4, 6, 3, 16, 7


def main() -> int:
    """Write both files and say how large they are."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        path = TARGET / f"durchwahl-sans-{weight.lower()}.woff2"
        write_subset(ORIGINALS / f"FiraSans-{weight}.woff2", path, weight)
        print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


def write_subset(original: Path, path: Path, weight: str) -> None:
    """Write what `LETTERS` need of one font.

    OFL-1.1 §3: a Modified Version, as every subset is, may not bear the Reserved Font Name. Some distributions of
    Fira reserve it, and it is a trademark, so the name goes in any case. The copyright notice and the licence stay.
    """
    from fontTools import subset  # noqa: PLC0415 -- not a dependency of the project: only who makes fonts needs it

    options = subset.Options(flavor="woff2", layout_features=FEATURES, name_IDs=["*"], notdef_outline=True)
    options.recalc_timestamp = False
    font = subset.load_font(original, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(LETTERS))
    subsetter.subset(font)
    rename(font["name"], weight)
    subset.save_font(font, path, options)


def rename(names: Any, weight: str) -> None:
    """Give a font's name table our family name."""
    names.removeNames(nameID=_TRADEMARK)
    shown = FAMILY if weight == "Regular" else f"{FAMILY} {weight}"
    identifier = f"{FAMILY.replace(' ', '')}-{weight}"
    for entry, text in ((_FAMILY, shown), (_FULL, shown), (_POSTSCRIPT, identifier), (_UNIQUE, identifier)):
        for record in [one for one in names.names if one.nameID == entry]:
            record.string = text
    for record in [one for one in names.names if one.nameID == _TYPOGRAPHIC]:
        record.string = FAMILY


if __name__ == "__main__":
    sys.exit(main())
