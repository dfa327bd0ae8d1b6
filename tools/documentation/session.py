r"""Sessions: blocks below `<!-- session -->` are one conversation by curl with a running gateway; a test has it.

What is shown below a command is compared with what came: JSON by its shape, where `…` in a text stands for any text,
`…` for a value for any value, and `…` at the end of a list or table for more of it; anything else line by line.
A last line of three digits is the HTTP status, which `curl -w '\n%{http_code}'` adds.
"""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.documentation.console import agrees
from tools.documentation.markdown import blocks

SHOWN_BASE = "http://127.0.0.1:8000"
MORE = "…"
_SESSION = re.compile(r"session(?: with (?P<variables>.+))?")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(\+\d{2}:\d{2})")
_BARE = re.compile(r'"(?:[^"\\]|\\.)*"|…')


@dataclass(frozen=True)
class Call:
    """A command as it is shown, and what is shown below it."""

    line: int
    command: str
    shown: str


def sessions(text: str) -> dict[str, list[Call]]:
    """Return the calls by the environment that their gateway wants, each group in its order."""
    found: dict[str, list[Call]] = {}
    for block in blocks(text):
        if match := _SESSION.fullmatch(block.comment):
            found.setdefault(match["variables"] or "", []).extend(_calls(block.body, block.line))
    return found


def _calls(body: str, line: int) -> Iterator[Call]:
    for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
        lines = part.splitlines(keepends=True)
        length = next((count for count in range(1, len(lines) + 1) if _is_whole("".join(lines[:count]))), None)
        if length is not None:
            command = "".join(lines[:length]).removeprefix("$ ").rstrip("\n")
            yield Call(line + 1 + body[: body.index(part)].count("\n"), command, "".join(lines[length:]))


def _is_whole(command: str) -> bool:
    """Whether a command does not go on in the next line: by a backslash or an open quotation mark."""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return not command.endswith("\\\n")


def talk(calls: Sequence[Call], base: str, folder: Path) -> list[str]:
    """Run the calls in one shell, in `folder`, against the gateway at `base`, and return what each printed."""
    files = [folder / f"said-{number}" for number in range(len(calls))]
    script = "\n".join(
        f"{{ {call.command}\n}} >{shlex.quote(str(file))} 2>&1" for call, file in zip(calls, files, strict=True)
    )
    subprocess.run(["/bin/bash", "-c", script.replace(SHOWN_BASE, base)], cwd=folder, check=False, timeout=60)
    return [file.read_text(encoding="utf-8").replace("\r\n", "\n").replace(base, SHOWN_BASE) for file in files]


def difference(shown: str, printed: str) -> str | None:
    """Return in what the two differ, None where they do not."""
    if not shown.lstrip().startswith(("{", "[")):
        return None if agrees(shown, printed) else f"shown: {shown!r}, printed: {printed!r}"
    shown_json, shown_status = _status(shown)
    printed_json, printed_status = _status(printed)
    if shown_status and shown_status != printed_status:
        return f"shown: status {shown_status}, printed: {printed}"
    try:
        return _list_differs(_values(_BARE.sub(_named(shown_json), shown_json)), _values(printed_json), "")
    except json.JSONDecodeError as error:
        return f"is not JSON: {error}: {shown_json!r} or {printed_json!r}"


def _values(text: str) -> list[Any]:
    """Return the JSON values that stand one after another."""
    decoder, found, rest = json.JSONDecoder(), [], text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    return found


def _status(text: str) -> tuple[str, str]:
    body, _, last = text.rstrip().rpartition("\n")
    return (body, last) if re.fullmatch(r"\d{3}", last) else (text, "")


def _named(text: str) -> Any:
    """Return how a bare `…` is written in JSON: as a value, as an element, or as a key."""

    def written(match: re.Match[str]) -> str:
        if match[0] != MORE:
            return match[0]
        before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
        is_key = after.startswith("}") and not before.endswith(":")
        return f'"{MORE}": null' if is_key else f'"{MORE}"'

    return written


def _differs(shown: Any, real: Any, place: str) -> str | None:
    if isinstance(shown, dict) and isinstance(real, dict):
        return _table_differs(shown, real, place)
    if isinstance(shown, list) and isinstance(real, list):
        return _list_differs(shown, real, place)
    if isinstance(shown, str) and isinstance(real, str) and _alike(shown, real):
        return None
    if shown == MORE or (type(shown) is type(real) and shown == real):
        return None
    return f"{place or '/'}: shown {shown!r}, came {real!r}"


def _alike(shown: str, real: str) -> bool:
    if _INSTANT.fullmatch(shown) and _INSTANT.fullmatch(real):
        return True
    return re.fullmatch(".*".join(re.escape(part) for part in shown.split(MORE)), real, re.DOTALL) is not None


def _table_differs(shown: Mapping[str, Any], real: Mapping[str, Any], place: str) -> str | None:
    named = [key for key in shown if key != MORE]
    missing = [key for key in named if key not in real]
    more = [key for key in real if key not in shown]
    if missing or (more and MORE not in shown):
        return f"{place or '/'}: shown and not there {missing}, there and not shown {more}"
    return next((found for key in named if (found := _differs(shown[key], real[key], f"{place}/{key}"))), None)


def _list_differs(shown: Sequence[Any], real: Sequence[Any], place: str) -> str | None:
    is_open = bool(shown) and shown[-1] == MORE
    wanted = shown[:-1] if is_open else shown
    if len(real) < len(wanted) or (len(real) > len(wanted) and not is_open):
        return f"{place or '/'}: {len(wanted)} shown, {len(real)} there"
    pairs = zip(wanted, real, strict=False)
    return next((found for number, (a, b) in enumerate(pairs) if (found := _differs(a, b, f"{place}/{number}"))), None)
