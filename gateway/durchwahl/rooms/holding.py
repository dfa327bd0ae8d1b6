"""Whether a seat is its sender's. Anybody with a link can make seats up: that costs a read each, and not too many."""

from durchwahl.errors import Problem
from durchwahl.model.room import Role
from durchwahl.rooms.allowance import Allowance
from durchwahl.store import rooms
from durchwahl.store.rooms import SeatKey
from durchwahl.store.tx import Store

Side = tuple[str, Role]
"""A link, by its booking and role. Allowances are a link's and no seat's, of which one can make up any number."""


class Holding:
    """Looks seats up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._may_guess = Allowance(a_second=2, burst=20)

    async def must(self, seat: SeatKey) -> None:
        """Raise `seat-lost` or `room-ended` for a seat that nobody holds, and `too-many-signals` for who goes on."""
        try:
            await self._store.look(rooms.must_sit, seat)
        except Problem:
            moderate(self._may_guess, side_of(seat))
            raise

    async def holds(self, seat: SeatKey) -> bool:
        """Whether somebody holds the seat; raises `too-many-signals`."""
        try:
            await self.must(seat)
        except Problem as problem:
            if problem.code == "too-many-signals":
                raise
            return False
        return True


def side_of(seat: SeatKey) -> Side:
    """Return whose allowance it is."""
    return seat.booking, seat.role


def moderate(allowance: Allowance, side: Side) -> None:
    """Count once more; raises `too-many-signals`."""
    if not allowance.takes(side):
        raise Problem("too-many-signals", retry_after=1)
