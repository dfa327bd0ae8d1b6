"""What is to be done with one booking of a batch, as it stands at this moment."""

from collections.abc import Iterable, Mapping
from typing import Any

from durchwahl.booking.context import Context, milliseconds
from durchwahl.booking.day.closed import Closings
from durchwahl.booking.day.orders import Decision, Order
from durchwahl.booking.day.replacement import NothingKnown, Replacements, tried_before
from durchwahl.booking.transitions.office import Elsewhere
from durchwahl.model.states import State
from durchwahl.store.listed import Listed

MOST_TRIES = 5
"""A booking that so many other places were refused for is left to people."""
AWAITED = "waits for approval: approve or refuse it"


class Deciding:
    """Decides by an order. `places` remembers what a plan has promised."""

    def __init__(self, context: Context, order: Order) -> None:
        self._context = context
        self._order = order
        self._closings = Closings(context.settings, context.offers)
        self.places = Replacements(context, order.which)

    async def decide(self, one: Listed, tried: Iterable[Mapping[str, Any]] = (), *, keeping_time: bool) -> Decision:
        """Return what is to be done; `open` where that cannot be said yet. `tried` are places that were refused.

        With `keeping_time` it can be said only where another lane is free at the same time: who changes times must not
        take that from somebody who need not.
        """
        order, state = self._order, one.booking.state
        if why := self._why_over(one):
            return Decision("gone", why=why)
        if order.kind == "cancel":
            return Decision("cancelled")
        if state in (State.CONFIRMING, State.RESCHEDULING):
            return Decision("open", why="is being booked or moved at this moment")
        try:
            is_asked = state == State.AWAITING_APPROVAL
            found = AWAITED if is_asked else await self._found(one, list(tried), keeping_time=keeping_time)
        except NothingKnown as error:
            return Decision("open", why=str(error))
        if not isinstance(found, str):
            return Decision("moved", to=found)
        if keeping_time:
            return Decision("open", why=found)
        return Decision("cancelled" if order.else_cancel else "left", why=found)

    async def _found(self, one: Listed, tried: list[Mapping[str, Any]], *, keeping_time: bool) -> Elsewhere | str:
        if len(tried) >= MOST_TRIES:
            return f"its calendar has refused {len(tried)} other places"
        return await self.places.find(one, tried_before(tried, one), keeping_time=keeping_time)

    def _why_over(self, one: Listed) -> str:
        order, booking = self._order, one.booking
        if booking.state not in order.states:
            return f"is {booking.state} by now"
        if booking.starts <= milliseconds(self._context.clock()):
            return "has begun"
        is_meant = order.which.holds(one) and (not order.hit_by_closures or self._closings.closes(one))
        return "" if is_meant else "has another time or lane by now"
