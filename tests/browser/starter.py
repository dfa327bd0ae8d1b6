"""Runs `durchwahl` as browser tests need it: `starter.py CLOCK [--right-to-left] COMMAND…`.

CLOCK is a file that says how many seconds the gateway's clock is ahead of the machine's. With `--right-to-left` there
is a further language, `ar`: the German texts in Arabic letters, which nobody can read but which run as Arabic does.
"""

import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

RIGHT_TO_LEFT = "ar"
OWN_NAME = "العربية"
PLACEHOLDER = re.compile(r"(\{[^}]*\})")
LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyzäöüß", "ابتثجحخدذرزسشصضطظعغفقكلمنهويئؤ")
NO_SENTENCE = "pattern"
TELL_THE_TIME = ("catalogue.ingest", "catalogue.merge", "availability.busy", "availability.present")
"""Modules that ask the machine's clock themselves, for what they write beside an answer."""


class Mirrored:
    """German texts in Arabic letters; what is not a sentence stays as it is."""

    def __init__(self, german: Any) -> None:
        self._german = german

    def gettext(self, key: str) -> str:
        text = str(self._german.gettext(key))
        if key == "language.own_name":
            return OWN_NAME
        if text == key or key.endswith(NO_SENTENCE):
            return text
        parts = PLACEHOLDER.split(text)
        return "".join(part if part.startswith("{") else part.lower().translate(LETTERS) for part in parts)


def add_right_to_left() -> None:
    """Add the language before any other module has read which there are."""
    from durchwahl.model import text

    text.INTERFACE_LANGUAGES = (*text.INTERFACE_LANGUAGES, RIGHT_TO_LEFT)
    from durchwahl import texts

    known: Callable[[str], Any] = texts._catalogue
    mirrored = Mirrored(known("de"))
    texts._catalogue = lambda language: mirrored if language == RIGHT_TO_LEFT else known(language)


def move_the_clock(path: Path) -> None:
    """Let everything that asks for the time ask the file first."""
    from durchwahl.settings.resolved import Settings
    from durchwahl.store.sqlite import SqliteStore
    from durchwahl.web import assembly

    def ahead() -> float:
        return float(path.read_text(encoding="ascii"))

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead())

    class Moved(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=ahead())

    assembly.Gateway.__init__.__kwdefaults__["clock"] = now
    SqliteStore.__init__.__kwdefaults__["clock"] = lambda: round((time.time() + ahead()) * 1000)
    # Rooms open when they do in earnest: the demonstration opens them at once, because it cannot wait.
    assert Settings.with_rooms_open
    Settings.with_rooms_open = lambda self: self
    for name in TELL_THE_TIME:
        __import__(f"durchwahl.{name}")
        sys.modules[f"durchwahl.{name}"].datetime = Moved  # type: ignore[attr-defined]  # a module's global


def main() -> None:
    """Move the clock, then do what the command line says."""
    _, clock, *words = sys.argv
    if words[0] == "--right-to-left":
        add_right_to_left()
        words = words[1:]
    move_the_clock(Path(clock))
    from durchwahl.operate.cli import main as durchwahl

    sys.argv = ["durchwahl", *words]
    durchwahl()


if __name__ == "__main__":
    main()
