"""Bugs of what citizens are answered and written."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from durchwahl.booking import correspondence, keys, once
from durchwahl.booking.transitions import confirm
from durchwahl.model import states
from durchwahl.notify import clerk_letters, letters
from durchwahl.store import idempotency
from durchwahl.store import steps as outbox
from tests.simulation.planted.planting import planted


@planted
def keys_are_not_looked_at() -> Iterator[None]:
    """A request under a known idempotency key is done once more."""
    with (
        patch.object(idempotency, "begin", lambda *_, **__: None),
        patch.object(idempotency, "earlier", lambda *_: None),
    ):
        yield


@planted
def answers_are_not_kept() -> Iterator[None]:
    """A repeat is answered by what is true now, and not by what was said."""
    with (
        patch.object(idempotency, "answer", lambda tx, claim, sealed: sealed),
        patch.object(idempotency, "LEASE", 0),
        patch.object(
            confirm, "begin_once", lambda tx, claim, booking, sealed=None: once.begin_once(tx, claim, booking)
        ),
    ):
        yield


@planted
def mails_are_new_at_each_try() -> Iterator[None]:
    """A mail that is sent once more has another Message-ID."""

    def message_id(booking: str, kind: str, version: int, host: str) -> str:
        return f"<{booking}.{kind}.{keys.secrets.token_hex(4)}@{host}>"

    with patch.object(letters, "message_id", message_id), patch.object(clerk_letters, "message_id", message_id):
        yield


@planted
def reminded_whatever_has_become_of_it() -> Iterator[None]:
    """A reminder goes out although the appointment was cancelled."""

    everything = {kind: frozenset(states.State) for kind in correspondence.STILL_TRUE}
    real = outbox.drop_steps

    def drop_steps(tx: Any, booking: str, *kinds: str) -> None:
        real(tx, booking, *(kind for kind in kinds if kind != "remind"))

    with patch.object(correspondence, "STILL_TRUE", everything), patch.object(outbox, "drop_steps", drop_steps):
        yield


@planted
def nobody_is_told() -> Iterator[None]:
    """The letter that confirms is held to be out of date."""
    with patch.object(correspondence, "STILL_TRUE", {**correspondence.STILL_TRUE, "confirmation": frozenset()}):
        yield


@planted
def letters_name_the_old_time() -> Iterator[None]:
    """Who has moved an appointment is written the time that it had before."""
    real = correspondence.letter_for

    def letter_for(view: Any, kind: Any, *, previous: Any = None, **more: Any) -> Any:
        letter = real(view, kind, previous=previous, **more)
        return replace(letter, start=previous) if previous is not None else letter

    with patch.object(correspondence, "letter_for", letter_for):
        yield
