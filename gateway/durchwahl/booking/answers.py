"""The same key gets the same answer: what was answered is kept, sealed, for a day."""

from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import from_json, to_json

from durchwahl.booking.context import Context
from durchwahl.booking.keys import BookingKey, KeyMissing
from durchwahl.errors import Problem
from durchwahl.store import idempotency, journal
from durchwahl.store.idempotency import Claim, Earlier
from durchwahl.store.tx import Tx


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as it goes out and as it is kept: byte for byte the same on a repeat."""

    status: int
    body: bytes = field(repr=False)
    location: str | None = None
    retry_after: int | None = None

    @classmethod
    def of(cls, status: int, body: dict[str, Any], **headers: Any) -> "Answer":
        """Return an answer with a JSON body."""
        return cls(status, to_json(body), **headers)

    def sealed(self, key: BookingKey, claim: Claim) -> bytes:
        """Return the answer as it is kept with a booking, for this claim and for no other."""
        return key.seal(self.packed(), _place(claim.key))

    def packed(self) -> bytes:
        """Return the answer in one piece."""
        head = to_json([self.status, self.location, self.retry_after])
        return head + b"\n" + self.body

    @classmethod
    def unpacked(cls, packed: bytes) -> "Answer":
        """Return the answer that `packed` made."""
        head, _, body = packed.partition(b"\n")
        status, location, retry_after = from_json(head)
        return cls(status, body, location, retry_after)


class Decided(Problem):
    """The refusal that an effect ended with which had begun: it is the answer to its claim, and to nobody else's."""


def claim_for(context: Context, key: str, *request: bytes, client: str = "") -> Claim:
    """Return the claim of a request: route and body under the client's key.

    `client` is who asks, where nothing in the request is known to one citizen only: then the same key from two is two
    keys. With several installation keys, what was claimed under any of them is found.
    """
    keys = context.keys.asking(key.encode(), request[0], *([client.encode()] if client else []))
    first, *older = (Claim(*both) for both in zip(keys, context.keys.asking(*request), strict=True))
    return replace(first, older=tuple(older)) if older else first


async def earlier_answer(context: Context, claim: Claim) -> Answer | str | None:
    """Return the answer to an earlier request with this key; the booking's id where the answer was lost; or None.

    Raises:
        Problem: `idempotency-key-reused` for another request, `idempotency-in-flight` while the first one is worked on.
    """
    found = await context.store.look(idempotency.earlier, claim)
    return None if found is None else await judged(context, found)


async def judged(context: Context, found: Earlier) -> Answer | str | None:
    """Say what an earlier claim means for a repeat; see `earlier_answer`."""
    if not found.same_request:
        raise Problem("idempotency-key-reused")
    if found.answer is not None:
        return await _opened(context, found)
    if found.in_flight:
        raise Problem("idempotency-in-flight", retry_after=1)
    return found.booking


async def _opened(context: Context, found: Earlier) -> Answer:
    assert found.answer is not None  # noqa: S101  # the caller has looked
    if found.booking is None:
        return Answer.unpacked(context.keys.unseal(found.answer, _place(found.key)))
    booking = await context.store.look(journal.booking_by_id, found.booking)
    if booking is None:
        raise Problem("not-found")
    try:
        return Answer.unpacked(context.key_of(booking).unseal(found.answer, _place(found.key)))
    except KeyMissing as error:
        raise Problem("not-found") from error


async def keep_answer(context: Context, claim: Claim, answer: Answer, key: BookingKey) -> Answer:
    """Keep an answer about a booking, and return the one that counts: a repeat may have been quicker."""
    sealed = answer.sealed(key, claim)
    kept = await context.store.write(idempotency.answer, claim, sealed)
    # Erased meanwhile, nothing is kept any more; what was decided before that is still this request's answer.
    return answer if kept in (sealed, b"") else Answer.unpacked(key.unseal(kept, _place(claim.key)))


def keep_refusal(tx: Tx, claim: Claim, sealed: bytes) -> Earlier | None:
    """Keep a refusal that led to no booking; returns what somebody else kept first."""
    return idempotency.begin(tx, claim, None, sealed)


def refusal_sealed(context: Context, answer: Answer, claim: Claim) -> bytes:
    """Return a refusal that led to no booking as it is kept for this claim, and for no other."""
    return context.keys.seal(answer.packed(), _place(claim.key))


def _place(key: bytes) -> str:
    """Say which record an answer belongs to: one that is moved to another cannot be opened."""
    return f"answer {key.hex()}"
