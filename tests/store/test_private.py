"""The journal is its owner's alone."""

import os
from pathlib import Path

from durchwahl.store.schema import DATABASE, migrate, open_store


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_nobody_else_reads_a_new_journal_or_what_stands_beside_it(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        migrate(tmp_path / "data")
        store = open_store(tmp_path / "data")
        await store.write(lambda tx: tx.run("DELETE FROM step"))
        files = {path.name: rights(path) for path in (tmp_path / "data").iterdir()}
        await store.aclose()
    finally:
        os.umask(mask)
    assert f"{DATABASE}-wal" in files
    assert set(files.values()) == {0o600}
    assert rights(tmp_path / "data") == 0o700


def test_migrating_takes_the_rights_of_others_from_an_older_journal(tmp_path: Path) -> None:
    migrate(tmp_path)
    (tmp_path / DATABASE).chmod(0o644)
    migrate(tmp_path)
    assert rights(tmp_path / DATABASE) == 0o640
