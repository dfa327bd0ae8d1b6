"""Which link tokens are good: their digests, never the tokens."""

from durchwahl.store.tx import Tx


def put_link(tx: Tx, booking: str, purpose: str, issue: int, digest: bytes) -> None:
    """Make this issue the only good one of its purpose."""
    tx.run(
        "INSERT INTO link (booking, purpose, issue, digest) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (booking, purpose) DO UPDATE SET issue = excluded.issue, digest = excluded.digest",
        (booking, purpose, issue, digest),
    )


def link(tx: Tx, booking: str, purpose: str) -> tuple[int, bytes] | None:
    """Return issue and digest."""
    row = tx.row("SELECT issue, digest FROM link WHERE booking = ? AND purpose = ?", (booking, purpose))
    return (int(row[0]), bytes(row[1])) if row else None


def drop_link(tx: Tx, booking: str, purpose: str) -> None:
    """Make every token of this purpose worthless."""
    tx.run("DELETE FROM link WHERE booking = ? AND purpose = ?", (booking, purpose))
