#!/usr/bin/env python3
"""Compile the language catalogues, or with `--check` say what is wrong with them.

Run by `make messages`. The compiled files are committed, because a wheel must be buildable without Babel.
"""

import argparse
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[1] / "gateway" / "durchwahl" / "locale"
SOURCE = "LC_MESSAGES/durchwahl.po"
COMPILED = "LC_MESSAGES/durchwahl.mo"


def languages(folder: Path) -> tuple[str, ...]:
    """Return the languages that have a catalogue, German first: it is what the others are compared with."""
    found = {path.parents[1].name for path in folder.glob(f"*/{SOURCE}")}
    return tuple(sorted(found, key=lambda tag: (tag != "de", tag)))


def read_source(folder: Path, language: str) -> Catalog:
    """Return the catalogue that people edit."""
    with (folder / language / SOURCE).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def texts(catalogue: Catalog) -> dict[str, str]:
    """Return key to text, without the header and without what is fuzzy: gettext leaves that out too."""
    return {str(m.id): str(m.string) for m in catalogue if m.id and not m.fuzzy}


def compiled_texts(folder: Path, language: str) -> dict[str, str]:
    """Return key to text as the gateway reads it; empty where nothing was compiled yet."""
    path = folder / language / COMPILED
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return texts(read_mo(file))


def compile_catalogues(folder: Path = LOCALE) -> list[Path]:
    """Write what changed and return it; a file that says the same is left alone, whoever compiled it."""
    written = []
    for language in languages(folder):
        catalogue = read_source(folder, language)
        if texts(catalogue) == compiled_texts(folder, language):
            continue
        path = folder / language / COMPILED
        with path.open("wb") as file:
            write_mo(file, catalogue)
        written.append(path)
    return written


def placeholders(text: str) -> set[str]:
    """Return the names in braces. A format or an attribute counts as part of its name, so that it is seen.

    Raises:
        ValueError: braces that do not close.
    """
    return {
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in string.Formatter().parse(text)
        if name is not None
    }


def faults(folder: Path = LOCALE) -> Iterator[str]:
    """Yield everything that is wrong, one sentence each."""
    reference: Mapping[str, str] = {}
    for language in languages(folder):
        catalogue = read_source(folder, language)
        own = texts(catalogue)
        reference = reference or own
        yield from (f"{language}: {key} stands there twice" for key in _repeated(folder, language))
        yield from (f"{language}: {m.id} is marked as fuzzy" for m in catalogue if m.id and m.fuzzy)
        yield from (f"{language}: {key} has no text" for key, text in own.items() if not text.strip())
        yield from (f"{language}: {key} is missing" for key in reference.keys() - own.keys())
        yield from (f"{language}: {key} is not in German" for key in own.keys() - reference.keys())
        yield from _placeholder_faults(language, own, reference)
        if own != compiled_texts(folder, language):
            yield f"{language}: {COMPILED} is out of date: run `make messages`"


def _repeated(folder: Path, language: str) -> Iterator[str]:
    lines = (folder / language / SOURCE).read_text(encoding="utf-8")
    counts = Counter(re.findall(r'^msgid "(.+)"$', lines, re.MULTILINE))
    return (key for key, count in counts.items() if count > 1)


def _placeholder_faults(language: str, own: Mapping[str, str], reference: Mapping[str, str]) -> Iterator[str]:
    for key in own.keys() & reference.keys():
        try:
            names = placeholders(own[key])
            wanted = placeholders(reference[key])
        except ValueError as error:
            yield f"{language}: {key}: {error}"
            continue
        odd = (name for name in names if not name.isidentifier())
        yield from (f"{language}: {key}: {{{name}}} must be a plain name" for name in odd)
        if names != wanted:
            yield f"{language}: {key} has the placeholders {sorted(names)}, German has {sorted(wanted)}"


def main(arguments: list[str]) -> int:
    """Compile or check; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something is wrong")
    if not parser.parse_args(arguments).check:
        for path in compile_catalogues():
            sys.stdout.write(f"compiled {path.relative_to(LOCALE.parent)}\n")
    wrong = sorted(faults())
    sys.stdout.writelines(f"{fault}\n" for fault in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
