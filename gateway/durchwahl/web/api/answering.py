"""How holds and bookings are answered: decided once per `Idempotency-Key`, and stored by nobody on the way."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response

from durchwahl.booking.answers import Answer, claim_for
from durchwahl.store.idempotency import Claim
from durchwahl.texts import negotiate
from durchwahl.web.api.parameters import checked_key
from durchwahl.web.assembly import Gateway
from durchwahl.web.keyed import answered_once

STORE = "store-unavailable"
LOST = ("invalid-parameter", "not-found", STORE)
"""What happens to whoever asks for something by its id and token."""
NO_HOLD = ("hold-expired", "already-booked", "booking-cancelled")
"""What whoever comes with a hold hears when it is none any more."""
KEYED = ("idempotency-key-missing", "idempotency-key-reused")
SLOT = ("slot-taken", "slot-withdrawn", "source-unavailable")


def answered(answer: Answer, gateway: Gateway) -> Response:
    """Return a kept or new answer as a response."""
    headers = {"cache-control": "no-store"}
    if answer.location is not None:
        headers["location"] = gateway.settings.gateway.public_url + answer.location
    if answer.retry_after is not None:
        headers["retry-after"] = str(answer.retry_after)
    media_type = "application/json" if answer.status < 400 else "application/problem+json"
    return Response(answer.body, answer.status, headers, media_type)


class KeyedRoutes:
    """Routes whose effect happens once per key."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._holds, self._bookings = gateway.holds, gateway.bookings

    async def _claim(self, request: Request, key: str | None, *, client: str = "") -> Claim:
        checked, path = checked_key(key), request.url.path.encode()
        return claim_for(self._gateway.context, checked, path, await request.body(), client=client)

    async def _once(
        self,
        request: Request,
        claim: Claim,
        effect: Callable[[], Awaitable[Answer]],
        rebuilt: Callable[[str], Awaitable[Answer]],
    ) -> Response:
        return answered(await answered_once(self._gateway, request, claim, effect, rebuilt), self._gateway)


def language_asked(request: Request, asked: str | None) -> str:
    """Return the language that the citizen wants to be written to in."""
    return negotiate(asked or request.headers.get("accept-language"))
