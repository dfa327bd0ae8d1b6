"""Which of PostgreSQL's errors concern everybody, which only want a repetition, and which are an operation's own."""

from psycopg import errors
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from durchwahl.errors import DurchwahlError
from durchwahl.store.tx import StoreUnavailable


class Conflict(DurchwahlError):
    """Another transaction was quicker: nothing was kept, and the same may succeed when it is run again."""


_CONFLICTS = frozenset({"40001", "40P01"})
"""Serialisation failure, deadlock."""
_CLASSES = frozenset({"08", "28", "53", "57", "58", "XX"})
"""No connection, not let in, no room left (disk, memory, connections), stopped or cancelled, disk errors, damage."""
_STATES = frozenset({"25006", "25P03", "3D000", "40003", "42501", "42P01", "55000", "55P03"})
"""Read-only, idle too long, no such database, outcome unknown, no rights, no such table, not ready, locked too long."""


def error_of(result: PGresult) -> Exception:
    """Return what to raise for a result that is a failure."""
    said = result.error_field(DiagnosticField.SQLSTATE)
    state = said.decode("ascii", "replace") if said else ""
    text = result.get_error_message("utf-8").strip().splitlines()[:1]
    if state in _CONFLICTS:
        return Conflict(*text)
    if not state or state[:2] in _CLASSES or state in _STATES:
        return StoreUnavailable(*text or ["the connection to the database was lost"])
    return errors.error_from_result(result)
