"""Runs an effect at most once per `Idempotency-Key`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from durchwahl.booking.answers import Answer, Decided, earlier_answer, judged, keep_answer, keep_refusal, refusal_sealed
from durchwahl.booking.context import Context
from durchwahl.errors import DurchwahlError, Problem
from durchwahl.store import idempotency, journal
from durchwahl.store.idempotency import Claim, Earlier
from durchwahl.store.tx import Tx

KEPT = frozenset({"slot-taken", "slot-withdrawn", "hold-expired", "not-cancellable", "not-reschedulable"})
"""Refusals that a repeat must hear again. What the client can mend (a wrong field) it may send again at once."""


class Repeated(DurchwahlError):
    """The transaction found that the same key was there first."""

    def __init__(self, earlier: Earlier) -> None:
        super().__init__("repeated")
        self.earlier = earlier


def begin_once(tx: Tx, claim: Claim, booking: str, sealed: bytes | None = None, placement: int | None = None) -> None:
    """Write the claim, in the transaction that starts the effect; with the sealed answer, where it decides that too.

    `placement` is the number of the place that a move is to bring.

    Raises:
        Repeated: the same key was there first.
    """
    if (found := idempotency.begin(tx, claim, booking, sealed, placement)) is not None:
        raise Repeated(found)


async def once(
    context: Context,
    claim: Claim,
    effect: Callable[[], Awaitable[Answer]],
    *,
    rebuilt: Callable[[str], Awaitable[Answer]],
    rendered: Callable[[Problem], Answer],
) -> Answer:
    """Return the answer to a request: the earlier one, or that of `effect`.

    `rebuilt` answers from a booking's row, where the first answer was lost in a crash. `rendered` makes an answer from
    a refusal, so that it can be kept.
    """
    found = await earlier_answer(context, claim)
    try:
        if found is None:
            return await effect()
    except Repeated as repeated:
        found = await judged(context, repeated.earlier)
    except Problem as problem:
        if problem.code not in KEPT:
            raise
        return await _kept(context, claim, rendered(problem), begun=isinstance(problem, Decided))
    return await _rebuilt(context, claim, found, rebuilt, rendered) if isinstance(found, str) else _answered(found)


def _answered(found: Answer | None) -> Answer:
    if found is None:
        raise Problem("idempotency-in-flight", retry_after=1)
    return found


async def _rebuilt(
    context: Context,
    claim: Claim,
    booking_id: str,
    rebuilt: Callable[[str], Awaitable[Answer]],
    rendered: Callable[[Problem], Answer],
) -> Answer:
    """Answer from the booking's row, and keep that: the next repeat hears the same, whatever becomes of the booking."""
    try:
        answer = await rebuilt(booking_id)
    except Problem as problem:
        if problem.code not in KEPT:
            raise
        answer = rendered(problem)
    booking = await context.store.look(journal.booking_by_id, booking_id)
    if booking is None or booking.key is None:
        return answer
    found = await context.store.look(idempotency.earlier, claim)
    known = claim if found is None else replace(claim, key=found.key)  # under the key with which it was claimed
    return await keep_answer(context, known, answer, context.key_of(booking))


async def _kept(context: Context, claim: Claim, answer: Answer, *, begun: bool) -> Answer:
    found = await context.store.look(idempotency.earlier, claim)
    if begun and found is not None and found.booking is not None:
        booking = await context.store.look(journal.booking_by_id, found.booking)
        if booking is not None:
            return await keep_answer(context, claim, answer, context.key_of(booking))
    # Not begun by this request: where somebody else with the same key was faster, that answer counts.
    first = await context.store.write(keep_refusal, claim, refusal_sealed(context, answer, claim))
    if first is not None and isinstance(other := await judged(context, first), Answer):
        return other
    return answer
