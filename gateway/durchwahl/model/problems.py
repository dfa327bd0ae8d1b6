"""The problems (RFC 9457) that the interface knows: code to HTTP status. The list is complete."""

PROBLEMS: dict[str, int] = {
    "invalid-parameter": 422,
    "invalid-body": 422,
    "not-json": 415,
    "body-too-large": 413,
    "unknown-host": 400,
    "idempotency-key-missing": 400,
    "idempotency-key-reused": 422,
    "idempotency-in-flight": 409,
    "not-found": 404,
    "method-not-allowed": 405,
    "slot-forged": 422,
    "slot-taken": 409,
    "slot-withdrawn": 410,
    "hold-expired": 410,
    "already-booked": 409,
    "hold-limit": 429,
    "not-extendable": 409,
    "not-cancellable": 409,
    "not-reschedulable": 409,
    "verification-not-needed": 409,
    "room-closed": 409,
    "source-unavailable": 503,
    "store-unavailable": 503,
    "internal": 500,
}
"""`internal` is what a bug would answer; it is not documented, because it must not occur."""
