"""The last good records of each catalogue, so that a restart beside a failing source loses nothing."""

from durchwahl.store.tx import Tx


def put_page(tx: Tx, source: str, as_of: int, body: bytes) -> None:
    """Replace a source's records."""
    tx.run(
        "INSERT INTO catalogue_page (source, as_of, body) VALUES (?, ?, ?)"
        " ON CONFLICT (source) DO UPDATE SET as_of = excluded.as_of, body = excluded.body",
        (source, as_of, body),
    )


def page(tx: Tx, source: str) -> tuple[int, bytes] | None:
    """Return when the records were good (milliseconds), and the records."""
    row = tx.row("SELECT as_of, body FROM catalogue_page WHERE source = ?", (source,))
    return (int(row[0]), bytes(row[1])) if row else None
