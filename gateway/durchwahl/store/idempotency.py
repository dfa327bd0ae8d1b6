"""Requests that were answered before: the same key gets the same answer for a day."""

from dataclasses import dataclass

from durchwahl.store.tx import Tx

KEPT = 24 * 3_600_000
LEASE = 30_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A request under an `Idempotency-Key`; both values are HMACs, so that the store knows neither.

    `older` is the same request as it would have been written before the installation's key was replaced.
    """

    key: bytes
    request: bytes
    older: tuple["Claim", ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of an earlier request with the same key.

    `answer` is None while it is open; `in_flight` says whether somebody still works on it; `key` is that of the record;
    `placement` is the number that the new place of a move was given.
    """

    same_request: bool
    booking: str | None
    answer: bytes | None
    in_flight: bool
    key: bytes
    placement: int | None = None


def earlier(tx: Tx, claim: Claim) -> Earlier | None:
    """Return what is known of the key, None where it is new or older than a day."""
    return _known(tx, claim, tx.now())


def begin(
    tx: Tx, claim: Claim, booking: str | None, sealed: bytes | None = None, placement: int | None = None
) -> Earlier | None:
    """Write the claim, in the transaction that starts the effect; return what was there first, and write nothing then.

    `sealed` is the answer, where that transaction decides it too. A claim that is older than a day is replaced.
    """
    now = tx.now()
    for older in claim.older:
        if (found := _known(tx, older, now)) is not None:
            return found
    lease = now + LEASE if sealed is None else 0
    written = tx.run(
        "INSERT INTO idempotency (key, request, booking, lease, answer, expires, placement)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET request = excluded.request, booking = excluded.booking,"
        " lease = excluded.lease, answer = excluded.answer, expires = excluded.expires,"
        " placement = excluded.placement WHERE idempotency.expires <= ?",
        (claim.key, claim.request, booking, lease, sealed, now + KEPT, placement, now),
    )
    return None if written else _known(tx, claim, now)


def answer(tx: Tx, claim: Claim, sealed: bytes) -> bytes:
    """Keep the answer, in the transaction that decides it or when the wait for it ends; return the one that is kept.

    The first one stays. What is answered without a record, because a day has gone by, is kept nowhere.
    """
    tx.run("UPDATE idempotency SET answer = ?, lease = 0 WHERE key = ? AND answer IS NULL", (sealed, claim.key))
    row = tx.row("SELECT answer FROM idempotency WHERE key = ?", (claim.key,))
    return bytes(row[0]) if row else sealed


def forget_answers(tx: Tx, booking: str) -> None:
    """Let the answers about a booking be nothing, for good: neither what was said nor what is said late is kept.

    The claims stay: a repeat must not begin anew what was done.
    """
    tx.run("UPDATE idempotency SET answer = ?, lease = 0 WHERE booking = ?", (b"", booking))


def drop_expired(tx: Tx) -> int:
    """Forget what is older than a day."""
    return tx.run("DELETE FROM idempotency WHERE expires <= ?", (tx.now(),))


def _known(tx: Tx, claim: Claim, now: int) -> Earlier | None:
    for one in (claim, *claim.older):
        row = tx.row(
            "SELECT request, booking, answer, lease, placement FROM idempotency WHERE key = ? AND expires > ?",
            (one.key, now),
        )
        if row is not None:
            return Earlier(bytes(row[0]) == one.request, row[1], row[2], row[3] > now, one.key, row[4])
    return None
