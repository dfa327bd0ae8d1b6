"""An effect that happens once per key, its refusals said in the language of whoever asks."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from durchwahl.booking.answers import Answer
from durchwahl.booking.once import once
from durchwahl.store.idempotency import Claim
from durchwahl.web.assembly import Gateway
from durchwahl.web.problems import problem_answer


async def answered_once(
    gateway: Gateway,
    request: Request,
    claim: Claim,
    effect: Callable[[], Awaitable[Answer]],
    rebuilt: Callable[[str], Awaitable[Answer]],
) -> Answer:
    """Return the answer to a claim: the earlier one, or that of `effect`; a refusal that is kept is an answer, too.

    Raises:
        Problem: what is refused and not kept, because the asker can mend it.
    """
    return await once(
        gateway.context,
        claim,
        effect,
        rebuilt=rebuilt,
        rendered=lambda problem: problem_answer(problem, request, gateway),
    )
