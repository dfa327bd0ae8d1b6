#!/usr/bin/env python3
"""Write a picture of every page into docs/pictures, and docs/pages.md, which shows them.

The demonstration is started for it, at a fixed date, so that only what changed on a page changes its picture. It needs
Chromium. Names as arguments make these pictures only: `tools/pictures.py angaben gebucht`.
"""

import base64
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.browsing import chromium  # noqa: E402  # found only after the line above
from tests.browser.calling import admit, enter  # noqa: E402  # as above
from tests.browser.every_page import EVERY_PAGE, Place, Shown  # noqa: E402  # as above
from tests.browser.running import demonstration  # noqa: E402  # as above
from tests.browser.states import States, made, showing_everything  # noqa: E402  # as above

FOLDER = ROOT / "docs" / "pictures"
NARROW, WIDE = 360, 1280
COLOURS = 256
"""As many as fit into a byte: the soft edges of letters upon a moving picture need them."""
OTHERWISE = {
    "liste-gefiltert": ("en", "light"),
    "leistung": ("en", "light"),
    "termine-liste": ("de", "dark"),
    "angaben": ("de", "dark"),
    "termin": ("en", "dark"),
}
"""Pages that are shown in another language or scheme, too."""
CALLS = {
    "warteraum": "The citizen waits until the clerk admits them.",
    "warteraum-amt": "The clerk sees that somebody waits.",
    "im-gespraech": "The call. The moving pictures are the test browser's.",
    "im-gespraech-amt": "The same for the clerk.",
}
PALETTE = """async ({picture, most}) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), to = canvas.getContext('2d');
  to.drawImage(image, 0, 0);
  const {data, width, height} = to.getImageData(0, 0, image.width, image.height);
  const pixels = new Uint32Array(data.buffer), counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  const colours = [...counts].sort((a, b) => b[1] - a[1]).slice(0, most).map(pair => pair[0]);
  const places = new Map(colours.map((colour, place) => [colour, place]));
  const parts = colour => [colour & 255, colour >> 8 & 255, colour >> 16 & 255];
  const known = colours.map(parts);
  const nearest = colour => {
    const [red, green, blue] = parts(colour);
    let best = 0, least = Infinity;
    known.forEach(([r, g, b], place) => {
      const far = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
      if (far < least) { least = far; best = place; }
    });
    places.set(colour, best);
    return best;
  };
  const indices = new Uint8Array(pixels.length);
  pixels.forEach((pixel, at) => { indices[at] = places.get(pixel) ?? nearest(pixel); });
  let text = '';
  for (let at = 0; at < indices.length; at += 32768)
    text += String.fromCharCode(...indices.subarray(at, at + 32768));
  return {width, height, palette: known.flat(), indices: btoa(text)};
}"""


FIRST_SCREEN = "erste-seite"


class Camera:
    """Takes the pictures and makes them small: few colours, of which a page hardly has more."""

    def __init__(self, browser: Browser, states: States) -> None:
        self._states = states
        self._browser = browser
        self._darkroom = browser.new_page()

    @contextmanager
    def window(self, width: int, scheme: str = "light") -> Iterator[Page]:
        """Open a window."""
        context: BrowserContext = self._browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
            locale="de-DE",
            timezone_id="Europe/Berlin",
        )
        try:
            yield context.new_page()
        finally:
            context.close()

    def take(self, shown: Shown, width: int, *, language: str = "de", scheme: str = "light") -> str:
        """Take a picture of a page and return the file's name."""
        with self.window(width, scheme) as page:
            shown.open(Place(page, self._states, language))
            parts = (shown.name, str(width), *([language] if language != "de" else []), *["dark"] * (scheme == "dark"))
            return self.keep(page, "-".join(parts))

    def first_screen(self) -> str:
        """Take the picture that the README begins with: what a window shows before anybody scrolls."""
        with self.window(WIDE) as page:
            EVERY_PAGE[0].open(Place(page, self._states, "de"))
            return self.keep(page, FIRST_SCREEN, whole=False)

    def keep(self, page: Page, name: str, *, whole: bool = True) -> str:
        """Write what a window shows, or the whole page, and return the file's name."""
        shot = page.screenshot(full_page=whole, animations="disabled")
        made_of = self._darkroom.evaluate(PALETTE, {"picture": base64.b64encode(shot).decode(), "most": COLOURS})
        path = FOLDER / f"{name}.png"
        path.write_bytes(
            png(made_of["width"], made_of["height"], made_of["palette"], base64.b64decode(made_of["indices"]))
        )
        return path.name

    def calls(self) -> None:
        """Take the pictures of the waiting room and the call."""
        with self.window(NARROW) as citizen, self.window(WIDE) as clerk:
            enter(citizen, self._states, self._states.open.talk)
            self._both(citizen, "warteraum")
            enter(clerk, self._states, self._states.clerk)
            clerk.get_by_role("button", name="Hereinlassen").wait_for()
            self._both(clerk, "warteraum-amt")
            admit(clerk, citizen)
            self._both(citizen, "im-gespraech")
            self._both(clerk, "im-gespraech-amt")

    def _both(self, page: Page, name: str) -> None:
        for width in (NARROW, WIDE):
            page.set_viewport_size({"width": width, "height": 800})
            self.keep(page, f"{name}-{width}")


def png(width: int, height: int, palette: list[int], indices: bytes) -> bytes:
    """Return a picture of palette indices, one byte each (PNG, Third Edition, §11.2)."""
    rows = b"".join(b"\0" + indices[row * width : (row + 1) * width] for row in range(height))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(palette)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def page_of_pictures() -> str:
    """Return docs/pages.md."""
    parts = [
        "# Every page, in pictures\n",
        "Dresden's demonstration at 1280 and at 360 CSS pixels, made by `tools/pictures.py` (`make pictures`). Every",
        "page exists in German and English, light and dark, and works without JavaScript; only the room, its waiting",
        "room and the device test need it.\n",
    ]
    for name, said in ({shown.name: shown.said for shown in EVERY_PAGE} | CALLS).items():
        parts += [f"## {name}\n", f"{said}\n", _pictures(name, ""), ""]
        if name in OTHERWISE:
            language, scheme = OTHERWISE[name]
            ending = "".join((f"-{language}" if language != "de" else "", "-dark" if scheme == "dark" else ""))
            in_words = " and ".join(("in English",) * (language == "en") + ("dark",) * (scheme == "dark"))
            parts += [f"The same {in_words}:\n", _pictures(name, ending, widths=(WIDE,)), ""]
    return "\n".join(parts)


def _pictures(name: str, ending: str, widths: tuple[int, ...] = (WIDE, NARROW)) -> str:
    return "\n".join(f"![{name} at {width} pixels](pictures/{name}-{width}{ending}.png)" for width in widths)


def main(names: list[str]) -> int:
    """Take all pictures, or those that are named."""
    FOLDER.mkdir(exist_ok=True)
    wanted: Callable[[str], bool] = lambda name: not names or name in names  # noqa: E731  # said once, used thrice
    with TemporaryDirectory() as folder, chromium() as browser:
        config = showing_everything(Path(folder))
        with demonstration(Path(folder), config=config) as site, made(site) as states:
            camera = Camera(browser, states)
            for shown in filter(lambda one: wanted(one.name), EVERY_PAGE):
                for width in (NARROW, WIDE):
                    print(camera.take(shown, width))
                if shown.name in OTHERWISE:
                    language, scheme = OTHERWISE[shown.name]
                    print(camera.take(shown, WIDE, language=language, scheme=scheme))
            if wanted(FIRST_SCREEN):
                print(camera.first_screen())
            if any(wanted(name) for name in CALLS):
                camera.calls()
    (ROOT / "docs" / "pages.md").write_text(page_of_pictures(), encoding="utf-8")
    size = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
