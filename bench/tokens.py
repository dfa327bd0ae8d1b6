"""Slots to book: a token for every free place, in an order that nobody would call a rush."""

import random
from pathlib import Path

from durchwahl.availability import present
from durchwahl.availability.slots import Wish, unit_window
from durchwahl.booking.placing import SEARCHED
from durchwahl.settings.load import load
from durchwahl.web.assembly import Gateway

SEED = 64
MOST_SLOTS = 10_000


async def slot_tokens(gateway: Gateway) -> list[str]:
    """Return a token for every free place of the next eight weeks by video, shuffled."""
    now = gateway.clock()
    window = unit_window(now, now + 4 * SEARCHED)
    tokens: list[str] = []
    for offer in gateway.offers.values():
        found = await gateway.slots.find(Wish(((offer.services[0], 1),), window, ("video",)), limit=MOST_SLOTS)
        for one in found.slots:
            tokens.extend([present.sealed(one, gateway.sealer, now)] * one.remaining)
    random.Random(SEED).shuffle(tokens)
    return tokens


async def shuffled_tokens(config: Path) -> list[str]:
    """Return the tokens of a city that another interpreter will serve; its journal is not kept open."""
    gateway = Gateway(load(config))
    try:
        return await slot_tokens(gateway)
    finally:
        await gateway.stop()
