"""Mails never keep a request waiting for more than one of them."""

import asyncio
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any, cast

from durchwahl.booking.correspondence import Correspondence
from tests.gateways import Outbox


async def test_letters_are_written_one_a_turn_of_the_loop() -> None:
    turn, turns = 0, []
    outbox = Outbox()
    correspondence = Correspondence(cast("Any", SimpleNamespace(outgoing=outbox)))

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    def written() -> EmailMessage:
        turns.append(turn)
        return EmailMessage()

    counting = asyncio.create_task(count())
    await asyncio.gather(*(correspondence._send(written) for _ in range(10)))
    counting.cancel()
    assert len(outbox.mails) == 10
    assert len(set(turns)) == 10
