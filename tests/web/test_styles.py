"""The stylesheet: small, from nobody else's origin, for both directions of writing, and what a build gives."""

import gzip
import re
from pathlib import Path

import pytest

from tools import styles

SHEET = styles.TARGET.read_text(encoding="utf-8")
PARTIALS = sorted(styles.SOURCES.glob("*.scss"))
PHYSICAL = re.compile(
    r"^\s*((margin|padding|border)-(left|right|top|bottom)|left|right|top|bottom|width|height|(min|max)-(width|height)"
    r"|float: (left|right)|text-align: (left|right))\b(?=[:;-])",
    re.MULTILINE,
)
"""At the beginning of a line: conditions such as `@media (min-width: …)` have no logical form."""


def addresses(css: str) -> set[str]:
    """What the sheet fetches, without what is in the sheet itself."""
    return {url for url in re.findall(r"url\(\"?([^\")]+)", css) if not url.startswith("data:image/svg+xml,")}


def of(path: Path) -> str:
    return path.name


def test_the_sheet_is_small() -> None:
    content = styles.TARGET.read_bytes()
    assert len(content) <= 100_000
    assert len(gzip.compress(content, 9)) <= 16_000


def test_the_sheet_fetches_our_own_fonts_and_nothing_else() -> None:
    assert addresses(SHEET) == {"fonts/durchwahl-sans-regular.woff2", "fonts/durchwahl-sans-semibold.woff2"}
    assert "@import" not in SHEET


def test_every_font_is_there_and_small_and_a_woff2() -> None:
    for address in addresses(SHEET):
        content = (styles.STATIC / address).read_bytes()
        assert content[:4] == b"wOF2"
        assert len(content) <= 60_000


def test_no_font_file_is_left_over() -> None:
    present = {f"fonts/{path.name}" for path in (styles.STATIC / "fonts").iterdir()}
    assert present == addresses(SHEET)


def test_a_page_shows_its_text_before_the_fonts_are_there() -> None:
    assert SHEET.count("font-display:swap") == SHEET.count("@font-face") == 2


def test_the_banner_names_what_is_inside_and_its_licence() -> None:
    banner = SHEET[: SHEET.index("*/")]
    wanted = re.search(r'"@kern-ux/native": "([\d.]+)"', (styles.SOURCES / "package.json").read_text(encoding="utf-8"))
    assert wanted is not None
    assert f"KERN {wanted[1]}" in banner
    assert banner.count("EUPL-1.2") == 3


@pytest.mark.parametrize(
    "preference",
    [
        "forced-colors: active",
        "prefers-reduced-motion: reduce",
        "prefers-contrast: more",
        "prefers-color-scheme: dark",
        "prefers-color-scheme: light",
    ],
)
def test_what_people_set_in_their_system_is_respected(preference: str) -> None:
    assert f"@media({preference})" in SHEET


def test_focus_is_visible_on_every_element() -> None:
    assert ":focus-visible{outline:3px solid var(--dw-focus) !important;outline-offset:2px !important}" in SHEET


@pytest.mark.parametrize("path", PARTIALS, ids=of)
def test_our_own_layer_knows_no_left_and_no_right(path: Path) -> None:
    found = [match[0].strip() for match in PHYSICAL.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


def test_no_rule_of_the_built_sheet_knows_left_or_right_either() -> None:
    sides = r"(?:margin|padding|border)-(?:left|right)|left|right|float:(?:left|right)|text-align:(?:left|right)"
    assert re.findall(rf"[{{;](?:{sides})[:;}}]", SHEET) == []


def test_every_custom_property_that_is_named_is_set() -> None:
    named = set(re.findall(r"var\((--[\w-]+)\)", SHEET))
    assert named <= set(re.findall(r"[{;](--[\w-]+):", SHEET))


def test_the_lock_file_names_hashes_and_no_address() -> None:
    lock = (styles.SOURCES / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity": "sha512-' in lock
    assert "://" not in lock


def test_every_class_in_the_reference_has_a_rule() -> None:
    reference = (styles.SOURCES / "README.md").read_text(encoding="utf-8")
    attributes = " ".join(re.findall(r'class="([^"]+)"', reference))
    named = {word for word in attributes.split() if word.startswith(("dw-", "kern-"))}
    styled = set(re.findall(r"\.((?:dw|kern)-[\w-]+)", SHEET))
    assert len(named) > 90
    assert named - styled - WITHOUT_RULES == set()


WITHOUT_RULES = {"dw-room", "dw-filter__search"}
"""Names for scripts and tests to hold on to; they need no rule of their own."""


def test_sides_become_ends_of_the_line() -> None:
    css = "a{padding-left:1px;border-right:0;left:0}b{text-align:left;border-top-left-radius:2px}"
    assert styles.logical(css) == (
        "a{padding-inline-start:1px;border-inline-end:0;inset-inline-start:0}"
        "b{text-align:start;border-start-start-radius:2px}"
    )


def test_a_name_that_only_contains_a_side_is_left_alone() -> None:
    css = ".chevron-left{--x-left:1px;grid-area:left}"
    assert styles.logical(css) == css


def test_rules_of_unused_parts_go_and_their_neighbours_stay() -> None:
    css = ".kern-level-1,.kern-body{margin:0}@media print{.kern-hgroup>:is(a,b){order:1}}.kern-hgroup{order:2}"
    assert styles.without_unused_rules(css) == ".kern-body{margin:0}"


def test_a_token_with_one_value_is_replaced_by_it() -> None:
    css = ":root{--kern-1:1px;--kern-gap:var(--kern-1)}a{gap:var(--kern-gap, 9px)}"
    assert "a{gap:1px}" in styles.with_constants(css)


def test_a_token_that_a_theme_changes_stays() -> None:
    css = ":root{--kern-text:#000}.dark{--kern-text:#fff}a{color:var(--kern-text, #111)}"
    assert "a{color:var(--kern-text)}" in styles.with_constants(css)


def test_properties_that_nothing_names_go_one_after_the_other() -> None:
    css = ":root{--a:1px;--b:var(--a)}p{margin:0}"
    assert styles.without_unreferenced_properties(css) == "p{margin:0}"


@pytest.mark.opt_in
def test_a_build_gives_the_committed_file_byte_for_byte() -> None:
    """Needs Node.js and npm."""
    assert styles.built().encode() == styles.TARGET.read_bytes()
