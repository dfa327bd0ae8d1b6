"""Statements and values in the forms that PostgreSQL's protocol wants, and its answers in those of Python.

Integers go as text, so that the server finds their width; everything else goes as bytes, so that nothing has to be
escaped and a NUL in a text is refused by the server in place of ending the text.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

from psycopg.pq.abc import PGresult

from durchwahl.store.tx import Row

Decode = Callable[[bytes], Any]

_TEXT, _BINARY = 0, 1


@lru_cache(maxsize=1_024)
def numbered(sql: str) -> bytes:
    """Return the statement with `$1`, `$2`, … for its `?`; our own SQL has no `?` within quotes."""
    first, *rest = sql.split("?")
    numbers = count(1)
    return "".join([first, *(f"${next(numbers)}{part}" for part in rest)]).encode()


def encoded(values: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """Return the values as the protocol sends them, bytes or None, and each one's format."""
    sent: list[bytes | None] = []
    formats: list[int] = []
    for value in values:
        if isinstance(value, int):
            sent.append(b"%d" % value)
            formats.append(_TEXT)
            continue
        sent.append(value.encode() if isinstance(value, str) else None if value is None else bytes(value))
        formats.append(_BINARY)
    return sent, formats


def decoders_of(result: PGresult) -> tuple[Decode, ...]:
    """Return how each column of a binary answer is read.

    Raises:
        TypeError: a column has a type that no statement of ours should return.
    """
    kinds = [result.ftype(column) for column in range(result.nfields)]
    if unknown := [kind for kind in kinds if kind not in _DECODERS]:
        raise TypeError(f"a statement returns a type that is not read: {unknown}")
    return tuple(_DECODERS[kind] for kind in kinds)


def row_of(result: PGresult, number: int, decoders: Sequence[Decode]) -> Row:
    """Return one row of a binary answer."""
    values = (result.get_value(number, column) for column in range(len(decoders)))
    return tuple(None if value is None else decode(value) for value, decode in zip(values, decoders, strict=True))


def _integer(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


def _truth(value: bytes) -> bool:
    return value != b"\0"


_DECODERS: dict[int, Decode] = {
    16: _truth,
    17: bytes,
    20: _integer, 21: _integer, 23: _integer,
    19: bytes.decode, 25: bytes.decode, 705: bytes.decode, 1043: bytes.decode,
}  # fmt: skip
"""By the fixed numbers of PostgreSQL's own types: boolean, bytea, integers of three widths, texts."""
