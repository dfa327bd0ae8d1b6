"""A history: what was asked and answered, and what really stood in each system. One JSON object a line.

Nothing in it is personal: a booking is its random id, a citizen's answer is a digest. All times are milliseconds since
the epoch, UTC, of the clock of whoever wrote the line.

An operation that was answered is `ok` or refused with `fail`; one of which nobody heard again is `info`: it may have
happened or not. That is the distinction of Jepsen's histories (jepsen.io), and the checker rests on it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter, ValidationError, with_config
from pydantic_core import from_json, to_json

from durchwahl.errors import DurchwahlError

Outcome = Literal["ok", "fail", "info"]
Asked = Literal["hold", "extend", "release", "book", "verify", "reschedule", "contact", "cancel", "erase"]


class Unreadable(DurchwahlError):
    """A line is none of a history; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What somebody asked of a booking, and what was answered.

    `key` and `request` are digests, of the `Idempotency-Key` with whoever sent it and of what was asked; `answer` is
    one of the answer's bytes. `state` and `starts` are what the answer said of the appointment.
    """

    kind: ClassVar[str] = "operation"
    asked: Asked
    invoked: int
    returned: int | None
    outcome: Outcome
    booking: str | None = None
    status: int | None = None
    code: str | None = None
    state: str | None = None
    starts: int | None = None
    key: str | None = None
    request: str | None = None
    answer: str | None = None
    node: str = ""
    until: int | None = None
    """Until when the answer says that the time is held."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking as the journal has it. `names` are those of its places; `first` to `last` is what it occupies."""

    kind: ClassVar[str] = "standing"
    booking: str
    state: str
    source: str | None
    lane: str | None
    first: int | None
    last: int | None
    starts: int
    ends: int
    names: tuple[str, ...] = ()
    room: str | None = None
    steps: tuple[str, ...] = ()
    """Kinds of steps that are still to be done outside."""
    sequence: int = 0
    """How often what the calendar shows has changed."""
    guards: str = "calendar"
    """`journal` where the journal itself is the calendar, so that nothing stands outside."""
    has_mail: bool = False
    """Whether its citizen has given an address for mails."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An appointment as a calendar has it, or a room as a video platform has it (then without a lane).

    One without a `name` is somebody else's, and stands there from `since` on.
    """

    kind: ClassVar[str] = "entry"
    source: str
    name: str | None
    lane: str | None = None
    first: int | None = None
    last: int | None = None
    starts: int | None = None
    ends: int | None = None
    sequence: int | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something with our mark came to stand in a calendar, or stands there no more.

    `by` says who did it where it was not the gateway: a `clerk`, or a `loss` of the calendar's own.
    """

    kind: ClassVar[str] = "change"
    at: int
    booking: str
    source: str
    name: str
    stands: bool
    by: Literal["", "clerk", "loss"] = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that went out. `id` is a digest of its Message-ID: the same twice is one mail that was sent twice."""

    kind: ClassVar[str] = "letter"
    at: int
    booking: str
    letter: str
    id: str
    to: Literal["citizen", "clerk"]
    starts: int | None = None
    """When the talk begins by this letter, where it says so."""
    version: int = 0
    """Rises with what the letters of a booking tell anew."""


@dataclass(frozen=True, slots=True)
class Looked:
    """From here the lines say how things stand: `complete` names the systems that were read to the end.

    `is_quiet`: whatever went wrong before is over, and so long ago that everything should be in order again. `reported`
    are names that may stand in a system which cannot be asked, and of which the operator is told.
    """

    kind: ClassVar[str] = "looked"
    at: int
    complete: tuple[str, ...]
    is_quiet: bool
    reported: tuple[str, ...] = ()
    lines: int | None = None
    """How many lines say how things stand; a look with fewer was cut off."""


Line = Operation | Standing | Entry | Change | Letter | Looked
_KINDS: dict[str, type[Line]] = {one.kind: one for one in (Operation, Standing, Entry, Change, Letter, Looked)}
_READERS: dict[str, TypeAdapter[Any]] = {
    kind: TypeAdapter(with_config(extra="forbid")(cls)) for kind, cls in _KINDS.items()
}


def written(line: Line) -> bytes:
    """Return a line as a file has it, with its end; what is as usual is left out."""
    said = {one.name: value for one in fields(line) if (value := getattr(line, one.name)) != one.default}
    return to_json({"kind": line.kind, **said}) + b"\n"


def read(raw: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines of a file.

    A last line without an end is what a crash leaves: it is left out.

    Raises:
        Unreadable: a line is no JSON object, or not one of a history.
    """
    for number, one in enumerate(raw, 1):
        if not one.endswith(b"\n"):
            return
        yield _line(number, one)


def _line(number: int, raw: bytes) -> Line:
    try:
        value = from_json(raw)
        reader = _READERS[value.pop("kind")]
        line: Line = reader.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unreadable(f"line {number}: {place}: {first['msg']}") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unreadable(f"line {number} is none of a history") from error
    return line
