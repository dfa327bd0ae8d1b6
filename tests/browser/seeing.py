"""What can be seen of a page by measuring: what is too wide, what is cut off, where the focus is, what differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
PHONE = {"width": 320, "height": 256}
"""CSS pixels of 1280 by 1024 at 400 % (WCAG 1.4.10)."""
MARGIN = 6

TOO_WIDE = """() => {
  const root = document.documentElement, width = root.clientWidth, found = [];
  if (root.scrollWidth > width) found.push(`the page scrolls: ${root.scrollWidth} > ${width}`);
  for (const one of document.body.querySelectorAll('*')) {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || style.visibility === 'hidden' || one.closest('.dw-skip:not(:focus)')) continue;
    const name = one.tagName.toLowerCase() + (one.className ? '.' + String(one.className) : '');
    const hidden = box.width <= 1 && box.height <= 1 || one.closest('.kern-sr-only');
    if (!hidden && (box.right > width + 1 || box.left < -1)) found.push(`${name}: ${box.left} to ${box.right}`);
    if (['auto', 'scroll'].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1)
      found.push(`${name} scrolls sideways`);
  }
  return found;
}"""

CUT_OFF = """() => {
  const found = [];
  for (const one of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(one);
    if (one.closest('.kern-sr-only, .dw-skip, video, select, textarea, input') || style.display === 'inline') continue;
    const cuts = way => ['hidden', 'clip'].includes(way);
    const name = one.tagName.toLowerCase() + (one.className ? '.' + String(one.className) : '');
    if (cuts(style.overflowX) && one.scrollWidth > one.clientWidth + 1) found.push(`${name} is cut off sideways`);
    if (cuts(style.overflowY) && one.scrollHeight > one.clientHeight + 1) found.push(`${name} is cut off below`);
  }
  return found;
}"""

SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const around = ['radio', 'checkbox'].includes(one.type) ? [one.parentElement] : [];
  const boxes = [one, ...(one.labels || []), ...around].map(each => each.getBoundingClientRect());
  const left = Math.min(...boxes.map(box => box.left)), top = Math.min(...boxes.map(box => box.top));
  const right = Math.max(...boxes.map(box => box.right)), bottom = Math.max(...boxes.map(box => box.bottom));
  const own = one.getBoundingClientRect();
  const at = document.elementFromPoint((own.left + own.right) / 2, (own.top + own.bottom) / 2);
  const line = one.getClientRects()[0] || own;
  const first = document.elementFromPoint((line.left + line.right) / 2, (line.top + line.bottom) / 2);
  const shown = [at, first].some(each => each && (one.contains(each) || each.contains(one)
    || [...(one.labels || [])].some(label => label.contains(each))));
  const kind = [one.tagName, one.type || '', one.className, one.parentElement.className,
    one.getAttribute('aria-current') || '', Boolean(one.checked)].join(' ');
  return {kind, text: (one.innerText || one.name || '').slice(0, 60), left, top, right, bottom, shown,
    inside: left < innerWidth && right > 0 && top < innerHeight && bottom > 0, number: window.dwStops.indexOf(one)};
}"""

STOPS = """() => {
  window.dwStops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
}"""


def axe_faults(page: Page, *, only_colours: bool = False) -> list[str]:
    """Return what axe finds, one line for each element. It comes in by the debugger's way, which no policy stops.

    `only_colours` asks the rules that see another scheme: a page that has been checked is the same but for its colours.
    """
    page.evaluate(AXE_SCRIPT)
    options = {"runOnly": COLOURS if only_colours else list(LEVELS), "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['html'][:160]} | {(node['failureSummary'] or '').replace(chr(10), ' ')[:220]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """Return what makes the page scroll sideways, or scrolls so itself."""
    return list(page.evaluate(TOO_WIDE))


def cut_off(page: Page) -> list[str]:
    """Return the elements that hide a part of what is in them."""
    return list(page.evaluate(CUT_OFF))


def space_text(page: Page) -> None:
    """Let all text have the spacing that nothing may break under (WCAG 1.4.12)."""
    page.evaluate(SPACED)


@dataclass(frozen=True)
class Stop:
    """Where the focus is: `kind` is the same for elements that look the same."""

    kind: str
    text: str
    number: int
    clip: dict[str, float]
    is_shown: bool


def stops(page: Page, most: int = 400) -> Iterator[Stop]:
    """Go through the page by Tab, until it begins again."""
    page.evaluate(STOPS)
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0) }")
    seen: set[int] = set()
    for _ in range(most):
        page.keyboard.press("Tab")
        if (stop := _focused(page)) is None or stop.number in seen:
            return
        seen.add(stop.number)
        yield stop
    raise AssertionError(f"more than {most} stops")


def _focused(page: Page) -> Stop | None:
    found: dict[str, Any] | None = page.evaluate(FOCUSED)
    if found is None:
        return None
    left, top = max(found["left"] - MARGIN, 0), max(found["top"] - MARGIN, 0)
    size = page.viewport_size or PHONE
    width = min(found["right"] + MARGIN, size["width"]) - left
    height = min(found["bottom"] + MARGIN, size["height"]) - top
    clip = {"x": left, "y": top, "width": max(width, 1), "height": max(height, 1)}
    return Stop(found["kind"], found["text"], found["number"], clip, found["shown"] and found["inside"])


def changes_by_focus(page: Page, stop: Stop) -> bool:
    """Whether the focused element looks otherwise without the focus; afterwards it is where Tab goes on from."""
    focused = page.screenshot(clip=stop.clip)  # type: ignore[arg-type]  # the four keys that are asked for
    page.evaluate("() => document.activeElement.blur()")
    plain = page.screenshot(clip=stop.clip)  # type: ignore[arg-type]  # as above
    return focused != plain


def picture(page: Page) -> BytesIO:
    """Return the whole page as it looks."""
    return BytesIO(page.screenshot(full_page=True, animations="disabled"))


def edges(page: Page, selector: str) -> tuple[float, float]:
    """Return how far the first such element is from the left and from the right edge of the page."""
    box = page.locator(selector).first.bounding_box()
    assert box, f"{selector} is not shown"
    width = page.evaluate("document.documentElement.clientWidth")
    return box["x"], width - box["x"] - box["width"]
