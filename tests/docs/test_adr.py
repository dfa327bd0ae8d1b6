"""Decision records keep their form, so that a reader finds in each the same things in the same order."""

import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "adr"
RECORDS = sorted(FOLDER.glob("*.md"))
LINKING = [*RECORDS, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
SECTIONS = ("Context", "Decision", "Rejected", "Consequences", "Revisit when")

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_STATUS = re.compile(r"^- Status: (proposed|accepted|superseded by (\d{4}))(;.*)?$", re.MULTILINE)
_DATE = re.compile(r"^- Date: (\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def of(path: Path) -> str:
    return path.stem


def read(path: Path) -> str:
    """The text without fenced code, in which `#` is a comment and brackets are indices."""
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors that the headings get: lower case, punctuation dropped, blanks as hyphens."""
    headings = re.findall(r"^#+ (.+)$", read(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_numbers_are_consecutive() -> None:
    assert [path.name[:4] for path in RECORDS] == [f"{number:04d}" for number in range(1, len(RECORDS) + 1)]


def test_there_are_records() -> None:
    assert len(RECORDS) >= 9


@pytest.mark.parametrize("path", RECORDS, ids=of)
def test_the_name_is_number_and_words(path: Path) -> None:
    assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", path.name)


@pytest.mark.parametrize("path", RECORDS, ids=of)
def test_the_title_carries_the_number(path: Path) -> None:
    assert re.match(rf"# {path.name[:4]}: \S.+\n", read(path))


@pytest.mark.parametrize("path", RECORDS, ids=of)
def test_the_status_is_one_of_the_known(path: Path) -> None:
    statuses = list(_STATUS.finditer(read(path)))
    assert len(statuses) == 1
    successor = statuses[0].group(2)
    assert successor is None or any(record.name.startswith(successor) for record in RECORDS)


@pytest.mark.parametrize("path", RECORDS, ids=of)
def test_the_date_is_a_date(path: Path) -> None:
    (written,) = _DATE.findall(read(path))
    assert date.fromisoformat(written) >= date(2026, 1, 1)


@pytest.mark.parametrize("path", RECORDS, ids=of)
def test_the_sections_stand_in_their_order_and_are_not_empty(path: Path) -> None:
    parts = re.split(r"^## (.+)$", read(path), flags=re.MULTILINE)
    bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert [title for title in bodies if title in SECTIONS] == list(SECTIONS)
    assert all(len(bodies[title].split()) >= 10 for title in SECTIONS)


@pytest.mark.parametrize("path", RECORDS, ids=of)
def test_what_was_rejected_is_said_with_its_reason(path: Path) -> None:
    rejected = read(path).split("\n## Rejected\n")[1].split("\n## ")[0]
    points = re.split(r"^- ", rejected, flags=re.MULTILINE)[1:]
    assert len(points) >= 2
    assert all(len(point.split()) >= 8 for point in points)


@pytest.mark.parametrize("path", LINKING, ids=of)
def test_the_links_resolve(path: Path) -> None:
    broken = []
    for link in _LINK.findall(read(path)):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.is_file() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_contributing_lists_every_record() -> None:
    listed = set(_LINK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert {f"docs/adr/{path.name}" for path in RECORDS} <= listed


@pytest.mark.parametrize("path", LINKING, ids=of)
def test_prose_is_at_most_110_characters_wide(path: Path) -> None:
    wide = [line for line in path.read_text(encoding="utf-8").split("\n") if len(line) > 110 and line[0] != "|"]
    assert wide == []
