"""Plugins' code in our process: what it raises costs itself, what it prints goes to stderr, what hangs is named.

A plugin's own words are kept out of the log: an exception may hold a citizen's name or a link.
"""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from traceback import extract_tb
from types import FrameType, TracebackType
from typing import Any, NoReturn

PATIENCE = 5.0
"""Seconds after which foreign code that has not come back is named."""

Traced = tuple[type[BaseException], BaseException, TracebackType | None]

logger = logging.getLogger("durchwahl.sources")


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C; a `KeyboardInterrupt` of a plugin's own is a failure like any other."""


@contextmanager
def foreign_code(doing: str) -> Iterator[None]:
    """Run a plugin's code that does not wait for anything, e.g. `importing plugin x`.

    Raises:
        Interrupted: the user has pressed Ctrl-C meanwhile.
    """
    with _ctrl_c_told_apart(), named_when_hanging(doing), quiet_output():
        yield


@contextmanager
def named_when_hanging(doing: str) -> Iterator[None]:
    """Say in the log what the process is at, if it is still at it after `PATIENCE`; a thread says so."""
    message = "%s goes on for more than %g s; nothing else can be done meanwhile"
    timer = threading.Timer(PATIENCE, logger.warning, (message, doing, PATIENCE), {"extra": {"is_urgent": True}})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def quiet_output() -> Iterator[None]:
    """Send what is printed to standard error: standard output may be read by a program."""
    with redirect_stdout(sys.stderr):
        yield


def without_words(error: BaseException) -> Traced:
    """Return what `exc_info` takes, with types and frames but no exception's text; causes included."""
    shown = _stand_in(error)
    at, copy = error, shown
    for _ in range(10):
        cause = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
        if cause is None:
            break
        copy.__cause__ = _stand_in(cause).with_traceback(cause.__traceback__)
        at, copy = cause, copy.__cause__
    return type(shown), shown, error.__traceback__


def place_of(error: BaseException, *, with_words: bool = False) -> str:
    """Return the type, or the text `with_words`, and the innermost frame: `KeyError in plugin.py, line 12`."""
    frames = extract_tb(error.__traceback__)
    at = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{(with_words and str(error)) or type(error).__name__}{at}"


def _stand_in(error: BaseException) -> BaseException:
    kind: Any = type(type(error).__name__, (Exception,), {"__module__": type(error).__module__})
    stand_in: BaseException = kind()
    return stand_in


@contextmanager
def _ctrl_c_told_apart() -> Iterator[None]:
    """Let Ctrl-C raise `Interrupted`; only the main thread has a say in it, and only while nobody else has."""
    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise Interrupted
