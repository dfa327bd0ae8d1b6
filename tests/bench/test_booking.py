"""The benches' citizens really book: every booking is confirmed, on disk, and followed by its mails."""

import asyncio
import itertools
from email.message import EmailMessage
from pathlib import Path

import pytest

from bench.booking import Commits
from bench.citizens import Citizens
from bench.city import City
from bench.dropped import Dropped
from bench.journal_only import Journal, wanted_from
from bench.tokens import slot_tokens
from durchwahl.errors import Problem
from durchwahl.model.states import State
from durchwahl.settings.load import load
from durchwahl.store.schema import migrate
from durchwahl.store.tx import Row, Tx
from durchwahl.web.assembly import Gateway

CITY = City(departments=2, services=3, lanes=2, days=3)


def states(tx: Tx) -> list[Row]:
    return tx.rows("SELECT state, count(*) FROM booking GROUP BY state")


def due_mails(tx: Tx) -> int:
    return len(tx.rows("SELECT id FROM step WHERE kind IN ('mail', 'clerk')"))


async def test_every_booking_is_confirmed_and_leaves_its_mails(tmp_path: Path) -> None:
    settings = load(CITY.write(tmp_path / "city", 8000))
    assert settings.findings == ()
    migrate(settings.data_dir)
    gateway = Gateway(settings, outgoing=Dropped())
    assert gateway.sources.findings == []
    snapshot = await gateway.sync()
    assert len(snapshot.services) == 6
    tokens = await slot_tokens(gateway)
    citizens = Citizens(gateway, iter(tokens))
    assert await citizens.book(5) > 0
    assert await gateway.store.read(due_mails) == 10
    journal = Journal(gateway, wanted_from(gateway, citizens.tokens), citizens.numbers)
    assert await journal.book(4) > 0
    assert await journal.book_one_by_one(3) > 0
    assert await gateway.store.read(states) == [(State.CONFIRMED, 12)]
    assert await gateway.store.read(due_mails) == 24
    with pytest.raises(ExceptionGroup) as failed:
        await Citizens(gateway, itertools.repeat("forged"), itertools.count(100)).book(1)
    assert failed.group_contains(Problem, match="slot-forged")
    await gateway.stop()


def test_every_service_of_the_measured_catalogue_has_texts_of_its_own(tmp_path: Path) -> None:
    settings = load(City().write(tmp_path / "city", 8000))
    sheet = (settings.folder / "departments" / "amt-1.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(sheet) == 301
    assert len(set(sheet)) == 301


async def test_dropped_mails_are_counted_and_waited_for() -> None:
    dropped = Dropped()
    waiting = asyncio.create_task(dropped.reached(2))
    await asyncio.sleep(0)
    await dropped.send(EmailMessage())
    assert not waiting.done()
    await dropped.send(EmailMessage())
    await waiting
    assert dropped.sent == 2


def test_bare_commits_are_on_disk(tmp_path: Path) -> None:
    commits = Commits(tmp_path / "bare.db")
    assert commits.a_second(0.01) > 0
    commits.close()
    assert (tmp_path / "bare.db").stat().st_size > 0
