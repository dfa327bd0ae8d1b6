"""What goes on behind the answers goes on, whatever happens to it."""

import logging

import pytest

from durchwahl.web import assembly
from durchwahl.web.assembly import kept_running


async def test_work_that_a_bug_has_ended_begins_again_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(assembly, "FIRST_PAUSE", 0.001)
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 4:
            raise ZeroDivisionError

    await kept_running("outbox", work)
    assert begun == 4
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(said) == 3
    assert "outbox" in said[0].getMessage()
